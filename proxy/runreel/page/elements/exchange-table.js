import { addressOfDiff, addressOfRun } from "../base/addresses.js";
import { createElement } from "../base/dom.js";
import { marks } from "../base/marks.js";
import { goTo } from "../base/router.js";
import { RowStore } from "../base/row-store.js";
import { COLUMNS, ExchangeRow, addressOfRow } from "./exchange-row.js";
import { showNotice } from "./notice-list.js";
import { RecordingRow } from "./recording-row.js";
import { VirtualList } from "./virtual-list.js";

/**
 * Exchanges as rows below the heads of their recordings, with one that is current.
 *
 * Dispatches `current` with the key of the row that the user has made current.
 */
export class ExchangeTable extends HTMLElement {
  #list = new VirtualList();
  #store = new RowStore();

  connectedCallback() {
    if (this.firstChild !== null) return;
    this.#list.setAttribute("role", "treegrid");
    this.#list.setAttribute("aria-label", "Exchanges");
    this.#list.setHead(buildHead());
    this.#list.setSource({
      getCount: () => this.#store.count,
      getKey: (index) => this.#getKey(index),
      findKey: (key) => this.#store.findKey(key),
      createRow: (key) => (this.#store.groups.has(key) ? new RecordingRow() : new ExchangeRow()),
      updateRow: (row, index) => this.#updateRow(row, index),
    });
    this.#list.addEventListener("click", (event) => this.#click(event));
    this.append(this.#list);
    marks.addEventListener("change", () => this.#list.refresh());
  }

  /** The scroller, for its position. @returns {VirtualList} */
  get list() {
    return this.#list;
  }

  /**
   * Show rows; those that are shown already are brought up to date.
   *
   * @param {RowStore} store
   */
  update(store) {
    this.#store = store;
    this.#list.refresh();
  }

  /** @param {number} offset in rows */
  move(offset) {
    const current = this.#list.currentIndex;
    const index = current < 0 ? this.#findStart() : current + offset;
    this.select(Math.max(0, Math.min(this.#store.count - 1, index)));
  }

  movePage(direction = 1) {
    this.move(direction * this.#list.pageSize);
  }

  /** @param {number} index a negative one counts from the end */
  select(index) {
    const place = index < 0 ? this.#store.count + index : index;
    if (place < 0 || place >= this.#store.count) return;
    this.#list.setCurrent(place, { focus: true });
    this.dispatchEvent(new CustomEvent("current", { detail: this.#getKey(place) }));
  }

  /**
   * Make a row current again, in the middle of the list.
   *
   * @param {string} key
   * @returns {boolean} false if there is no such row
   */
  restore(key) {
    const index = this.#store.findKey(key);
    if (index < 0) return false;
    this.#list.centerRow(index);
    this.#list.setCurrent(index, { focus: true });
    return true;
  }

  /** Give the focus to the current row. */
  focusCurrent() {
    const index = this.#list.currentIndex;
    if (index >= 0) this.#list.setCurrent(index, { focus: true });
  }

  /**
   * Scroll to a row.
   *
   * @param {string} key
   */
  reveal(key) {
    const index = this.#store.findKey(key);
    if (index >= 0) this.#list.scrollToRow(index);
  }

  revealLast() {
    this.#list.scrollToRow(this.#store.count - 1);
  }

  /** @returns {boolean | void} */
  openCurrent() {
    const current = this.#findCurrent();
    if (current === null) return false;
    this.#open(current);
  }

  /** The current row, if it is one of a call. */
  get currentRow() {
    return this.#findCurrent()?.item?.row ?? null;
  }

  openRun() {
    const row = this.currentRow;
    if (row?.run) goTo(addressOfRun(row.recording, row.run));
    else if (row) showNotice("No run of this exchange is known yet.");
  }

  markCurrent() {
    const current = this.#findCurrent();
    if (current !== null) this.#mark(current);
  }

  /** @param {boolean} isFolded */
  foldCurrent(isFolded) {
    const current = this.#findCurrent();
    if (current === null) return;
    this.#store.fold(current.group.recording, isFolded);
    this.select(this.#store.findKey(current.group.recording));
  }

  /** @returns {number} the first exchange */
  #findStart() {
    return this.#store.count > 1 && this.#store.at(0).item === null ? 1 : 0;
  }

  /** @returns {ReturnType<RowStore["at"]> | null} */
  #findCurrent() {
    const index = this.#list.currentIndex;
    return index < 0 ? null : this.#store.at(index);
  }

  /**
   * @param {number} index
   * @returns {string}
   */
  #getKey(index) {
    const { group, item } = this.#store.at(index);
    return item === null ? group.recording : item.key;
  }

  /**
   * @param {HTMLElement} element
   * @param {number} index
   */
  #updateRow(element, index) {
    const { group, item } = this.#store.at(index);
    if (element instanceof RecordingRow) element.update(group);
    else if (element instanceof ExchangeRow && item !== null) element.update(item.row);
  }

  /** @param {ReturnType<RowStore["at"]>} place */
  #open({ group, item }) {
    if (item === null) {
      this.foldCurrent(!group.isFolded);
      return;
    }
    const address = addressOfRow(item.row);
    if (address !== null) goTo(address);
  }

  /** @param {ReturnType<RowStore["at"]>} place */
  #mark({ group, item }) {
    if (item !== null && item.row.number === null) return;
    const side = item === null ? group.recording : `${group.recording}:${item.row.number}`;
    const [left, right] = marks.toggle(side) ? marks.sides : [];
    if (left !== undefined && right !== undefined) goTo(addressOfDiff(left, right));
  }

  /** @param {MouseEvent} event */
  #click(event) {
    if (!(event.target instanceof Element) || event.target.closest("a[href]")) return;
    const row = event.target.closest("[role=row][aria-level]");
    if (row === null || String(getSelection()) !== "") return;
    const index = Number(row.getAttribute("aria-rowindex")) - 2;
    this.select(index);
    if (event.target.closest("button")) this.#mark(this.#store.at(index));
    else this.#open(this.#store.at(index));
  }
}

/** @returns {HTMLElement} */
function buildHead() {
  const cells = COLUMNS.map(({ name, title, about }) => {
    const attributes = { class: `exchange-row-${name}`, role: "columnheader", title: about };
    return createElement(
      "span",
      attributes,
      title || createElement("span", { class: "visually-hidden" }, about),
    );
  });
  const row = { class: "exchange-row-head", role: "row", "aria-rowindex": 1 };
  return createElement("div", { role: "rowgroup" }, createElement("div", row, ...cells));
}

customElements.define("exchange-table", ExchangeTable);
