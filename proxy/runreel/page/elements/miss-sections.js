import { addressOfExchange } from "../base/addresses.js";
import { createElement } from "../base/dom.js";
import { formatMoment, formatPlural } from "../base/format.js";
import { showBlock, showLine } from "../base/visible.js";
import { copyWithNotice } from "./copy-menu.js";
import { DifferenceCard } from "./difference-card.js";
import { JsonTree } from "./json-tree.js";

/**
 * @typedef {object} MissDocument the answer of `/-/api/misses/RECORDING/ID`
 * @property {number} id
 * @property {string} recording
 * @property {string} at the moment
 * @property {object | null} request what was sent, redacted
 * @property {{number: number, request: object} | null} nearest
 * @property {{method: string, path: string, more_differences: number, message: string}} document
 * @property {import("./difference-card.js").RequestDifference[]} differences
 * @property {{lines: string[]} | null} proposal
 * @property {number | null} would_match the exchange that answers with the lines of the proposal
 * @property {string[]} advice
 * @property {string | null} command that records again
 */

/**
 * @param {string} recording
 * @param {MissDocument} miss
 */
export function buildMissHeading(recording, miss) {
  const { method, path } = miss.document;
  const call = createElement("code", {}, showLine(`${method} ${path}`));
  const nearest =
    miss.nearest === null
      ? ["The recording has no exchange to compare it with."]
      : ["Nearest: ", buildExchangeLink(recording, miss.nearest.number)];
  const place = ` · miss ${miss.id} · ${formatMoment(miss.at)} · `;
  const facts = [...showLine(recording), place, ...nearest];
  return createElement(
    "header",
    { class: "miss-view-heading" },
    createElement("h1", {}, "No exchange answers ", call),
    createElement("p", { class: "muted" }, facts),
  );
}

/** @param {MissDocument} miss */
export function buildMissAdvice({ advice, command }) {
  const copy = () => void copyWithNotice(command ?? "", "The command");
  return createElement(
    "section",
    { class: "miss-view-section" },
    createElement("h2", {}, "What to do"),
    advice.map((sentence) => createElement("p", {}, showBlock(sentence))),
    command && createElement("pre", { class: "copied-lines" }, showBlock(command)),
    command && createElement("button", { class: "button", onclick: copy }, "Copy the command"),
  );
}

/** @param {MissDocument} miss */
export function buildMissDifferences({
  differences,
  document: { more_differences: more },
  nearest,
}) {
  if (differences.length === 0) return null;
  const count = formatPlural(differences.length + more, "difference");
  const rest = createElement(
    "p",
    { class: "muted" },
    `and ${formatPlural(more, "more difference")}`,
  );
  return createElement(
    "section",
    { class: "miss-view-section" },
    createElement("h2", {}, `Sent against exchange ${nearest?.number}: ${count}`),
    differences.map(buildCard),
    more > 0 && rest,
  );
}

/** @param {import("./difference-card.js").RequestDifference} difference */
function buildCard(difference) {
  const card = new DifferenceCard();
  card.setDifference(difference);
  return card;
}

/**
 * @param {string} recording
 * @param {MissDocument} miss
 */
export function buildMissProposal(recording, { proposal, would_match: match }) {
  if (proposal === null || proposal.lines.length === 0) return null;
  const lines = formatProposal(proposal.lines);
  const outcome =
    match === null
      ? ["With these lines alone, no exchange answers yet: other differences are left."]
      : ["With these lines, ", buildExchangeLink(recording, match), " answers this request."];
  const copy = () => void copyWithNotice(lines, "The lines");
  return createElement(
    "section",
    { class: "miss-view-section" },
    createElement("h2", {}, "Configuration that helps"),
    createElement("pre", { class: "copied-lines" }, showBlock(lines)),
    createElement("p", {}, outcome),
    createElement("button", { class: "button button-main", onclick: copy }, "Copy the lines"),
  );
}

/** @param {MissDocument} miss */
export function buildMissMessage({ document: { message } }) {
  return createElement(
    "details",
    { class: "miss-view-section" },
    createElement("summary", {}, "The message that the client got"),
    createElement("pre", {}, showBlock(message)),
  );
}

/**
 * Return lines of configuration with the name of their table.
 *
 * @param {string[]} lines
 */
export function formatProposal(lines) {
  return ["[runreel.match]", ...lines, ""].join("\n");
}

/**
 * @param {string} recording
 * @param {number} number
 */
function buildExchangeLink(recording, number) {
  return createElement("a", { href: addressOfExchange(recording, number) }, `exchange ${number}`);
}

/**
 * Build what was sent and what was recorded, whole, to be unfolded.
 *
 * @param {MissDocument} miss
 */
export function buildMissRequests({ request, nearest }) {
  return [
    buildRequest("What was sent", request),
    buildRequest(`What exchange ${nearest?.number} has recorded`, nearest?.request ?? null),
  ];
}

/**
 * @param {string} title
 * @param {object | null} request
 */
function buildRequest(title, request) {
  if (request === null) return null;
  const tree = new JsonTree();
  const summary = createElement("summary", {}, title);
  const details = createElement("details", { class: "miss-view-section" }, summary, tree);
  details.addEventListener("toggle", () => tree.setValue(request, { open: 2 }), { once: true });
  return details;
}
