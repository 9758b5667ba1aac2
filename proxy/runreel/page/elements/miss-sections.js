import { addressOfExchange } from "../base/addresses.js";
import { createElement } from "../base/dom.js";
import { formatMoment, formatPlural } from "../base/format.js";
import { showBlock, showLine } from "../base/visible.js";
import { copyWithNotice } from "./copy-menu.js";
import { DifferenceCard } from "./difference-card.js";

/**
 * @typedef {object} MissDocument the answer of `/-/api/misses/RECORDING/ID`
 * @property {string | number} id
 * @property {string} at
 * @property {string} recording
 * @property {string} method
 * @property {string} path
 * @property {number | null} nearest
 * @property {import("./difference-card.js").RequestDifference[]} differences
 * @property {number} more_differences
 * @property {{lines: string[]}} proposal
 * @property {number | null} would_match
 * @property {string[]} advice
 * @property {string} command
 * @property {string} message
 */

/**
 * @param {string} recording
 * @param {MissDocument} miss
 */
export function buildMissHeading(recording, miss) {
  const call = createElement("code", {}, showLine(`${miss.method} ${miss.path}`));
  const nearest =
    miss.nearest === null
      ? ["The recording has no exchange to compare it with."]
      : ["Nearest: ", buildExchangeLink(recording, miss.nearest)];
  const facts = [...showLine(recording), " · ", formatMoment(miss.at), " · ", ...nearest];
  return createElement(
    "header",
    { class: "miss-view-heading" },
    createElement("h1", {}, "No exchange answers ", call),
    createElement("p", { class: "muted" }, facts),
  );
}

/** @param {MissDocument} miss */
export function buildMissAdvice({ advice, command }) {
  const copy = () => void copyWithNotice(command, "The command");
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
export function buildMissDifferences({ differences, more_differences: more, nearest }) {
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
    createElement("h2", {}, `Sent against exchange ${nearest}: ${count}`),
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
  if (proposal.lines.length === 0) return null;
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
export function buildMissMessage({ message }) {
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
