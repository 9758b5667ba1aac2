import { createElement, replaceChildren } from "../base/dom.js";
import { escapeLine, showLine } from "../base/visible.js";
import { RangeBar } from "./range-bar.js";
import { STATS_COLUMNS, listErrors } from "./stats-columns.js";

/**
 * @typedef {import("../base/types.js").StatsGroup} StatsGroup
 * @typedef {(group: StatsGroup) => string | null} FindAddress address of a group's exchanges
 */

/** Names of what makes a group, for the heads of columns. */
const KEY_NAMES = /** @type {Record<string, string>} */ ({ cassette: "Recording" });

/** Groups of calls with their figures, sorted by a column. Dispatches `sort` with its name. */
export class StatsTable extends HTMLElement {
  /**
   * @param {{by: string[], groups: StatsGroup[], total?: StatsGroup}} stats
   * @param {{sort: string, findAddress: FindAddress}} options sort: name of a column, "" for none
   */
  update({ by, groups, total }, { sort, findAddress }) {
    const most = Math.max(0, ...groups.map((group) => group.duration_us.max ?? 0));
    const rows = sortGroups(groups, sort).map((group) => buildRow(group, by, most, findAddress));
    const foot = total && groups.length > 1 ? buildFoot(total, by) : null;
    replaceChildren(
      this,
      createElement(
        "table",
        {},
        createElement("caption", { class: "visually-hidden" }, "Figures of calls by group"),
        this.#buildHead(by, sort),
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
   * @param {string} sort
   * @returns {HTMLElement}
   */
  #buildHead(by, sort) {
    const keys = by.map((key) => createElement("th", { scope: "col", rowspan: 2 }, nameKey(key)));
    const groups = [];
    const titles = [];
    for (const [index, entry] of STATS_COLUMNS.entries()) {
      const span = STATS_COLUMNS.filter((other) => other.group === entry.group).length;
      const isFirst = STATS_COLUMNS[index - 1]?.group !== entry.group;
      const head = this.#buildColumnHead(entry, sort);
      if (entry.group === "") groups.push(head);
      else titles.push(head);
      if (entry.group === "") head.rowSpan = 2;
      else if (isFirst) {
        groups.push(createElement("th", { scope: "colgroup", colspan: span }, entry.group));
      }
    }
    const bar = createElement(
      "th",
      { scope: "col", rowspan: 2, class: "stats-table-bar" },
      "Duration",
    );
    groups.splice(4, 0, bar);
    return createElement(
      "thead",
      {},
      createElement("tr", {}, ...keys, ...groups),
      createElement("tr", {}, ...titles),
    );
  }

  /**
   * @param {import("./stats-columns.js").StatsColumn} entry
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
 * @param {string[]} by
 * @param {number} most
 * @param {FindAddress} findAddress
 * @returns {HTMLElement}
 */
function buildRow(group, by, most, findAddress) {
  const bar = new RangeBar();
  bar.draw(group.duration_us, most);
  const cells = buildCells(group);
  cells.splice(5, 0, createElement("td", { class: "stats-table-bar" }, bar));
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
 * @returns {HTMLElement[]}
 */
function buildCells(group) {
  return STATS_COLUMNS.map(({ name, read, format }) => {
    const value = read(group);
    const isError = name === "errors" && (value ?? 0) > 0;
    const attributes = {
      class: isError ? "number stats-table-error" : "number",
      title: isError ? escapeLine(listErrors(group)) : false,
    };
    return createElement("td", attributes, format(value));
  });
}

/**
 * @param {StatsGroup} total
 * @param {string[]} by
 * @returns {HTMLElement}
 */
function buildFoot(total, by) {
  const title = createElement("th", { scope: "row", colspan: by.length }, "All");
  const cells = buildCells(total);
  cells.splice(5, 0, createElement("td", {}));
  return createElement("tfoot", {}, createElement("tr", {}, title, ...cells));
}

/**
 * @param {string} key
 * @returns {string}
 */
function nameKey(key) {
  return KEY_NAMES[key] ?? key.charAt(0).toUpperCase() + key.slice(1);
}

customElements.define("stats-table", StatsTable);
