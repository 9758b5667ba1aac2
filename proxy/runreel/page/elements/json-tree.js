import { createElement, replaceChildren } from "../base/dom.js";
import { formatCount } from "../base/format.js";
import { showBlock, showLine } from "../base/visible.js";
import { WrittenNumber } from "../model/json-text.js";

/** Members of an object or array that are shown at once. */
const MEMBERS_AT_ONCE = 100;

/** Characters of a text that are shown before it is unfolded. */
const TEXT_AT_ONCE = 400;

/** Characters of the line that stands for what is folded. */
const PREVIEW_SIZE = 80;

/** A JSON value, folded below its first level; what is folded is not built before it is opened. */
export class JsonTree extends HTMLElement {
  /**
   * @param {unknown} value
   * @param {{open?: number}} [options] open: levels that are unfolded
   */
  setValue(value, { open = 1 } = {}) {
    const isFlat = !isContainer(value);
    replaceChildren(this, isFlat ? buildScalar(value) : buildMembers(value, open - 1));
  }
}

/**
 * @param {unknown} value
 * @returns {value is object}
 */
function isContainer(value) {
  return typeof value === "object" && value !== null && !(value instanceof WrittenNumber);
}

/**
 * @param {object} value
 * @param {number} open
 */
function buildMembers(value, open) {
  const entries = Object.entries(value);
  const list = createElement("ul", { class: "json-tree-members" });
  const isArray = Array.isArray(value);
  let shown = 0;
  const addMore = () => {
    list.querySelector(":scope > .json-tree-more")?.remove();
    const part = entries.slice(shown, shown + MEMBERS_AT_ONCE);
    list.append(...part.map(([name, member]) => buildMember(name, member, isArray, open)));
    shown += part.length;
    if (shown < entries.length) list.append(buildMore(entries.length - shown, addMore));
  };
  addMore();
  return entries.length === 0
    ? createElement("span", { class: "muted" }, isArray ? "[]" : "{}")
    : list;
}

/**
 * @param {number} rest
 * @param {() => void} onMore
 */
function buildMore(rest, onMore) {
  const button = createElement(
    "button",
    { class: "button", onclick: onMore },
    `${formatCount(rest)} more`,
  );
  return createElement("li", { class: "json-tree-more" }, button);
}

/**
 * @param {string} name
 * @param {unknown} value
 * @param {boolean} isArray
 * @param {number} open
 */
function buildMember(name, value, isArray, open) {
  const label = createElement(
    "span",
    { class: isArray ? "json-tree-index" : "json-tree-name" },
    ...showLine(name),
  );
  if (!isContainer(value) || Object.keys(value).length === 0) {
    return createElement(
      "li",
      {},
      label,
      ": ",
      isContainer(value) ? (Array.isArray(value) ? "[]" : "{}") : buildScalar(value),
    );
  }
  const preview = createElement(
    "span",
    { class: "json-tree-preview" },
    ...showLine(previewValue(value)),
  );
  const details = createElement("details", {}, createElement("summary", {}, label, ": ", preview));
  const build = () => {
    if (details.open && details.childElementCount === 1) {
      details.append(buildMembers(value, open - 1));
    }
  };
  details.addEventListener("toggle", build);
  if (open > 0) {
    details.open = true;
    build();
  }
  return createElement("li", {}, details);
}

/** @param {unknown} value */
function buildScalar(value) {
  const type = value === null ? "null" : value instanceof WrittenNumber ? "number" : typeof value;
  if (typeof value !== "string") {
    return createElement("span", { class: `json-tree-${type}` }, String(value));
  }
  const text = createElement(
    "span",
    { class: "json-tree-string", dir: "auto" },
    ...showBlock(value.slice(0, TEXT_AT_ONCE)),
  );
  if (value.length <= TEXT_AT_ONCE) return text;
  const unfold = () => replaceChildren(text, ...showBlock(value));
  const label = `${formatCount(value.length - TEXT_AT_ONCE)} more characters`;
  const button = createElement("button", { class: "button", onclick: unfold }, label);
  text.append("… ", button);
  return text;
}

/**
 * Return a line that stands for an object or an array.
 *
 * @param {object} value
 * @returns {string}
 */
function previewValue(value) {
  const members = Object.values(value);
  const parts = [];
  let size = 0;
  for (const [name, member] of Object.entries(value)) {
    const shown = Array.isArray(value)
      ? previewMember(member)
      : `${name}: ${previewMember(member)}`;
    size += shown.length;
    if (size > PREVIEW_SIZE) break;
    parts.push(shown);
  }
  const more = parts.length < members.length ? [`… ${members.length - parts.length} more`] : [];
  const text = [...parts, ...more].join(", ");
  return Array.isArray(value) ? `[${text}]` : `{${text}}`;
}

/**
 * @param {unknown} member
 * @returns {string}
 */
function previewMember(member) {
  if (typeof member === "string") {
    return JSON.stringify(member.length > 32 ? `${member.slice(0, 31)}…` : member);
  }
  if (!isContainer(member)) return String(member);
  return nameOf(member) ?? (Array.isArray(member) ? `[${member.length}]` : "{…}");
}

/**
 * Return the name by which an object goes, such as that of a tool.
 *
 * @param {object} value
 * @returns {string | null}
 */
function nameOf(value) {
  const { name, function: inner, role, type } = /** @type {Record<string, unknown>} */ (value);
  if (typeof name === "string") return name.slice(0, 60);
  if (isContainer(inner)) return nameOf(inner);
  const other = typeof role === "string" ? role : type;
  return typeof other === "string" ? other.slice(0, 60) : null;
}

customElements.define("json-tree", JsonTree);
