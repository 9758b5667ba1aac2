import { createElement, replaceChildren } from "../base/dom.js";
import { escapeLine, showLine } from "../base/visible.js";
import { RangeBar } from "./range-bar.js";
import { STATS_COLUMNS, listErrors, listUsedColumns } from "./stats-columns.js";

/**
 * @typedef {import("../base/types.js").StatsGroup} StatsGroup
 * @typedef {import("./stats-columns.js").StatsColumn} StatsColumn
 * @typedef {(group: StatsGroup) => string | null} FindAddress address of a group's exchanges
 */

/** Name of the column that the bars stand before. */
const BAR_BEFORE = "duration-50";

/** Names of what makes a group, for the heads of columns. */
const KEY_NAMES = /** @type {Record<string, string>} */ ({ cassette: "Recording" });

/** Groups of calls with their figures, sorted by a column. Dispatches `sort` with its name. */
export class StatsTable extends HTMLElement {
  /**
   * @param {{by: string[], groups: StatsGroup[], total?: StatsGroup}} stats
   * @param {{sort: string, findAddress: FindAddress}} options sort: name of a column, "" for none
   */
  update({ by, groups, total }, { sort, findAddress }) {
    const columns = listUsedColumns(groups);
    const most = Math.max(0, ...groups.map((group) => group.duration_us.max ?? 0));
    const rows = sortGroups(groups, sort).map((group) =>
      buildRow(group, { by, columns, most, findAddress }),
    );
    const foot = total && groups.length > 1 ? buildFoot(total, by, columns) : null;
    replaceChildren(
      this,
      createElement(
        "table",
        {},
        createElement("caption", { class: "visually-hidden" }, "Figures of calls by group"),
        this.#buildHead(by, columns, sort),
        createElement("tbody", {}, ...rows),
        foot,
      ),
    );
  }

  /**
   * Give the focus to the link of a row.
   *
   * @param {number} offset from the one that has it
   */
  moveFocus(offset) {
    const links = [...this.querySelectorAll("tbody th a")];
    const current = links.findIndex((link) => link === document.activeElement);
    const index = current < 0 ? 0 : Math.max(0, Math.min(links.length - 1, current + offset));
    const link = links[index];
    if (link instanceof HTMLElement) link.focus();
  }

  /**
   * @param {string[]} by
   * @param {StatsColumn[]} columns
   * @param {string} sort
   * @returns {HTMLElement}
   */
  #buildHead(by, columns, sort) {
    /** @type {HTMLElement[]} */
    const upper = by.map((key) => createElement("th", { scope: "col", rowspan: 2 }, nameKey(key)));
    const lower = [];
    for (const [index, entry] of columns.entries()) {
      const head = this.#buildColumnHead(entry, sort);
      const span = columns.filter((other) => other.group === entry.group).length;
      if (entry.name === BAR_BEFORE) upper.push(buildBarHead());
      if (entry.group === "") upper.push(head);
      else if (columns[index - 1]?.group !== entry.group) {
        upper.push(buildGroupHead(entry.group, span));
      }
      if (entry.group === "") head.rowSpan = 2;
      else lower.push(head);
    }
    return createElement(
      "thead",
      {},
      createElement("tr", {}, ...upper),
      createElement("tr", {}, ...lower),
    );
  }

  /**
   * @param {StatsColumn} entry
   * @param {string} sort
   * @returns {HTMLTableCellElement}
   */
  #buildColumnHead({ name, title }, sort) {
    const isSorted = name === sort;
    const onclick = () =>
      this.dispatchEvent(new CustomEvent("sort", { detail: isSorted ? "" : name }));
    const button = createElement("button", { type: "button", onclick }, title);
    return createElement(
      "th",
      { scope: "col", class: "number", "aria-sort": isSorted ? "descending" : false },
      button,
    );
  }
}

/**
 * @param {StatsGroup[]} groups
 * @param {string} sort
 * @returns {StatsGroup[]} the greatest first; as they came if sort is no column
 */
function sortGroups(groups, sort) {
  const entry = STATS_COLUMNS.find((candidate) => candidate.name === sort);
  if (entry === undefined) return groups;
  return [...groups].sort(
    (first, second) => (entry.read(second) ?? -1) - (entry.read(first) ?? -1),
  );
}

/**
 * @param {StatsGroup} group
 * @param {{by: string[], columns: StatsColumn[], most: number, findAddress: FindAddress}} table
 * @returns {HTMLElement}
 */
function buildRow(group, { by, columns, most, findAddress }) {
  const bar = new RangeBar();
  bar.draw(group.duration_us, most);
  const cells = buildCells(group, columns, bar);
  return createElement("tr", {}, ...buildKeys(group, by, findAddress(group)), ...cells);
}

/**
 * @param {StatsGroup} group
 * @param {string[]} by
 * @param {string | null} address
 * @returns {HTMLElement[]}
 */
function buildKeys(group, by, address) {
  return by.map((key, index) => {
    const text = String(group[key] ?? "");
    const name = text === "" ? [createElement("span", { class: "muted" }, "–")] : showLine(text);
    const link = address === null ? name : [createElement("a", { href: address }, ...name)];
    return index === 0
      ? createElement("th", { scope: "row" }, ...link)
      : createElement("td", {}, ...name);
  });
}

/**
 * @param {StatsGroup} group
 * @param {StatsColumn[]} columns
 * @param {HTMLElement | null} bar
 * @returns {HTMLElement[]}
 */
function buildCells(group, columns, bar) {
  return columns.flatMap((entry) => {
    const cell = buildCell(group, entry);
    if (entry.name !== BAR_BEFORE) return [cell];
    return [createElement("td", { class: "stats-table-bar" }, bar), cell];
  });
}

/**
 * @param {StatsGroup} group
 * @param {StatsColumn} entry
 * @returns {HTMLElement}
 */
function buildCell(group, { name, read, format }) {
  const value = read(group);
  if (name !== "errors" || !value) return createElement("td", { class: "number" }, format(value));
  const attributes = { class: "number stats-table-error", title: escapeLine(listErrors(group)) };
  return createElement("td", attributes, format(value));
}

/**
 * @param {StatsGroup} total
 * @param {string[]} by
 * @param {StatsColumn[]} columns
 * @returns {HTMLElement}
 */
function buildFoot(total, by, columns) {
  const title = createElement("th", { scope: "row", colspan: by.length }, "All");
  return createElement(
    "tfoot",
    {},
    createElement("tr", {}, title, ...buildCells(total, columns, null)),
  );
}

/** @returns {HTMLTableCellElement} */
function buildBarHead() {
  const about = createElement("span", { class: "visually-hidden" }, "Distribution of durations");
  return createElement("th", { scope: "col", rowspan: 2, class: "stats-table-bar" }, about);
}

/**
 * @param {string} title
 * @param {number} span
 * @returns {HTMLTableCellElement}
 */
function buildGroupHead(title, span) {
  return createElement("th", { scope: "colgroup", colspan: span }, title);
}

/**
 * @param {string} key
 * @returns {string}
 */
function nameKey(key) {
  return KEY_NAMES[key] ?? key.charAt(0).toUpperCase() + key.slice(1);
}

customElements.define("stats-table", StatsTable);
