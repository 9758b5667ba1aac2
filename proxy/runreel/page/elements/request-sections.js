import { addressOfExchange, REDACTION } from "../base/addresses.js";
import { createElement } from "../base/dom.js";
import { formatBytes, formatCount, formatPlural } from "../base/format.js";
import { buildAddress } from "../base/router.js";
import { showBlock, showLine } from "../base/visible.js";
import { tryParseJson } from "../model/json-text.js";
import { JsonTree } from "./json-tree.js";

/**
 * @typedef {import("../model/types.js").ExchangeDocument} ExchangeDocument
 * @typedef {import("../model/types.js").Body} Body
 */

/** Characters of a body that is not JSON which are shown beside its bytes. */
const BODY_START = 4000;

const OMITTED_TEXTS = /** @type {Record<string, string>} */ ({
  max_body: "It is not in the cassette: it was larger than max_body.",
  max_memory: "It is not in the cassette: max_memory was used up.",
  encoding:
    "It is not in the cassette: its content encoding cannot be decoded, so it cannot be redacted.",
});

/**
 * Build a section that can be folded.
 *
 * @param {string} title
 * @param {string} note
 * @param {Node | null} content
 * @param {boolean} isOpen
 */
export function buildSection(title, note, content, isOpen) {
  const summary = createElement(
    "summary",
    {},
    createElement("h3", {}, title),
    createElement("span", { class: "muted" }, note),
  );
  return createElement(
    "details",
    { class: "request-pane-section", open: isOpen },
    summary,
    content,
  );
}

/**
 * Build the problems of the request and of the stream; those of an event lead to it.
 *
 * @param {string} recording
 * @param {ExchangeDocument} exchange
 */
export function buildProblems(recording, { problems, number }) {
  if (problems.length === 0) return null;
  const items = problems.map(({ path, message }) => {
    const event = /^events\[(\d+)\]/.exec(path)?.[1];
    const place = createElement("code", {}, showLine(path));
    const address = addressOfExchange(recording, number, { event });
    const link = event === undefined ? place : createElement("a", { href: address }, place);
    return createElement("li", {}, link, " ", showLine(message));
  });
  const list = createElement("ul", { class: "request-pane-problems" }, items);
  return buildSection("Problems", formatCount(problems.length), list, true);
}

/** @param {ExchangeDocument} exchange */
export function buildRunSettings({ run }) {
  if (run === null) return null;
  const { tools, ...fields } = run.fields;
  const count = Object.keys(run.fields).length;
  const content = createElement(
    "div",
    {},
    Object.keys(fields).length > 0 && buildTree(fields),
    Array.isArray(tools) && buildTools(tools),
    Object.keys(run.unknown).length > 0 && buildUnknown(run.unknown),
  );
  return buildSection("Run as asked", formatPlural(count, "field"), content, true);
}

/** @param {unknown[]} tools */
function buildTools(tools) {
  const count = createElement("span", { class: "muted" }, formatCount(tools.length));
  const details = createElement("details", {}, createElement("summary", {}, "tools ", count));
  details.addEventListener("toggle", () => details.append(buildTree(tools)), { once: true });
  return details;
}

/** @param {Record<string, unknown>} fields */
function buildUnknown(fields) {
  const title = createElement("h4", {}, "Not in the API's reference");
  return createElement("div", { class: "request-pane-unknown" }, title, buildTree(fields));
}

/**
 * Build what is seen of a body beside its bytes.
 *
 * @param {string} title
 * @param {Body} body
 * @param {() => void} onBytes
 */
export function buildBodySection(title, body, onBytes) {
  return buildSection(title, formatBytes(body.size), buildBody(body, onBytes), false);
}

/**
 * @param {Body} body
 * @param {() => void} onBytes
 */
function buildBody(body, onBytes) {
  const text = describeEmpty(body);
  if (text !== null) return createElement("p", { class: "muted" }, text);
  const button = createElement("button", { class: "button", onclick: onBytes }, "Show its bytes");
  const value = body.truncated ? undefined : tryParseJson(body.text);
  const content = value === undefined ? buildBodyText(body) : buildTree(value);
  return createElement("div", {}, content, button);
}

/** @param {Body} body */
function describeEmpty({ omitted, size }) {
  if (omitted) return OMITTED_TEXTS[omitted] ?? "It is not in the cassette.";
  return size === 0 ? "It is empty." : null;
}

/** @param {Body} body */
function buildBodyText({ text, size }) {
  if (text === undefined) return createElement("p", { class: "muted" }, "It is not text.");
  const start = showBlock(text.slice(0, BODY_START));
  const rest = size > BODY_START && " …";
  return createElement("pre", { class: "request-pane-text" }, start, rest);
}

/**
 * @param {string} title
 * @param {[string, string][]} pairs
 */
export function buildPairs(title, pairs) {
  if (pairs.length === 0) return null;
  const rows = pairs.map(([name, value]) => {
    const label = createElement("th", { scope: "row" }, showLine(name));
    return createElement("tr", {}, label, createElement("td", {}, showLine(value)));
  });
  const body = createElement("tbody", {}, rows);
  const table = createElement("table", { class: "request-pane-pairs" }, body);
  return buildSection(title, formatCount(pairs.length), table, false);
}

/**
 * @param {string} recording
 * @param {ExchangeDocument} exchange
 */
export function buildRedactions(recording, { redactions, number }) {
  if (redactions.length === 0) return null;
  const items = redactions.map(({ rule, where, count }) => {
    const place = createElement("code", {}, showLine(where));
    const name = createElement("b", {}, showLine(rule));
    return createElement("li", {}, name, ` ${formatCount(count)} in `, place);
  });
  const address = buildAddress(REDACTION, { recording, number });
  const content = createElement(
    "div",
    {},
    createElement("ul", { class: "request-pane-redactions" }, items),
    createElement("a", { href: address }, "Show where they are"),
  );
  const total = redactions.reduce((sum, { count }) => sum + count, 0);
  return buildSection("Redactions", formatCount(total), content, false);
}

/** @param {unknown} value */
function buildTree(value) {
  const tree = new JsonTree();
  tree.setValue(value);
  return tree;
}
