import { setAttribute } from "../base/dom.js";

/** Rows above and below the visible ones that are in the document too. */
const MARGIN = 6;

/**
 * A scroller of many rows of equal height, of which only the visible ones are in the document.
 *
 * The height is the stylesheet's `--row-height`. The row with the focus stays in the document
 * wherever the list is scrolled to. Rows are counted from 0, for assistive technology from 2, if the
 * list has a head, else from 1.
 *
 * @typedef {object} RowSource
 * @property {() => number} getCount
 * @property {(index: number) => string} getKey the same row has the same key at another index
 * @property {(key: string) => number} findKey its index, -1 if it is gone
 * @property {(key: string) => HTMLElement} createRow
 * @property {(row: HTMLElement, index: number) => void} updateRow
 */
export class VirtualList extends HTMLElement {
  /** @type {RowSource | null} */
  #source = null;
  /** @type {Map<string, HTMLElement>} */
  #rows = new Map();
  #spacer = document.createElement("div");
  /** @type {HTMLElement | null} */
  #head = null;
  #rowHeight = 26;
  #currentKey = "";
  /** Row at the upper edge: it stays there when others come before it. */
  #anchor = { key: "", index: 0 };
  #frame = 0;
  #observer = new ResizeObserver(() => this.#measure());

  connectedCallback() {
    if (this.#spacer.parentNode === null) this.#build();
    this.#observer.observe(this);
    this.#measure();
  }

  disconnectedCallback() {
    this.#observer.disconnect();
  }

  /** @param {RowSource} source */
  setSource(source) {
    this.#source = source;
    this.refresh();
  }

  /**
   * Set what stays at the top, such as the names of columns.
   *
   * @param {HTMLElement} head
   */
  setHead(head) {
    this.#head = head;
    head.classList.add("virtual-list-head");
    this.prepend(head);
  }

  /** Show the source's rows anew, within the next frame. */
  refresh() {
    if (this.#frame === 0) this.#frame = requestAnimationFrame(() => this.#render());
  }

  /** Show the source's rows anew, now. */
  refreshNow() {
    cancelAnimationFrame(this.#frame);
    this.#render();
  }

  /**
   * Make a row the one that Tab reaches, and scroll to it.
   *
   * @param {number} index
   * @param {{focus?: boolean}} [options]
   */
  setCurrent(index, { focus = false } = {}) {
    if (this.#source === null || index < 0 || index >= this.#source.getCount()) return;
    this.#currentKey = this.#source.getKey(index);
    this.scrollToRow(index);
    this.refreshNow();
    if (focus) this.#rows.get(this.#currentKey)?.focus({ preventScroll: true });
  }

  /**
   * Scroll as little as it takes to show a row.
   *
   * @param {number} index
   */
  scrollToRow(index) {
    const top = index * this.#rowHeight;
    const height = this.clientHeight - this.#headHeight();
    if (top < this.scrollTop) this.scrollTo({ top });
    else if (top + this.#rowHeight > this.scrollTop + height) {
      this.#sizeSpacer();
      this.scrollTo({ top: top + this.#rowHeight - height });
    }
  }

  /**
   * Scroll so that a row stands in the middle.
   *
   * @param {number} index
   */
  centerRow(index) {
    this.#sizeSpacer();
    this.#anchor = { key: "", index: 0 };
    this.scrollTo({ top: index * this.#rowHeight - this.clientHeight / 2 });
  }

  /** Number of rows that fit. @returns {number} */
  get pageSize() {
    return Math.max(1, Math.floor((this.clientHeight - this.#headHeight()) / this.#rowHeight) - 1);
  }

  /** Index of the row that Tab reaches, -1 if there is none. @returns {number} */
  get currentIndex() {
    return this.#currentKey === "" ? -1 : (this.#source?.findKey(this.#currentKey) ?? -1);
  }

  #build() {
    this.#spacer.className = "virtual-list-rows";
    this.#spacer.setAttribute("role", "rowgroup");
    this.append(this.#spacer);
    this.addEventListener("scroll", () => this.#scroll(), { passive: true });
  }

  #scroll() {
    this.#setAnchor();
    this.refresh();
  }

  #measure() {
    const height = parseFloat(getComputedStyle(this.#spacer).lineHeight);
    if (height > 0) this.#rowHeight = height;
    this.refresh();
  }

  #headHeight() {
    return this.#head?.offsetHeight ?? 0;
  }

  #sizeSpacer() {
    this.#spacer.style.height = `${(this.#source?.getCount() ?? 0) * this.#rowHeight}px`;
  }

  #render() {
    this.#frame = 0;
    if (this.#source === null || !this.isConnected) return;
    this.#sizeSpacer();
    this.#holdAnchor();
    setAttribute(this, "aria-rowcount", String(this.#source.getCount() + (this.#head ? 1 : 0)));
    this.#show(this.#listVisible());
  }

  #holdAnchor() {
    const source = /** @type {RowSource} */ (this.#source);
    const index = this.#anchor.key === "" ? -1 : source.findKey(this.#anchor.key);
    if (index >= 0 && index !== this.#anchor.index && this.scrollTop > 0) {
      this.scrollBy({ top: (index - this.#anchor.index) * this.#rowHeight });
    }
    this.#setAnchor();
  }

  #setAnchor() {
    const index = Math.floor(this.scrollTop / this.#rowHeight);
    const count = this.#source?.getCount() ?? 0;
    this.#anchor = { key: index < count ? (this.#source?.getKey(index) ?? "") : "", index };
  }

  /**
   * Return the indices of the rows to be in the document: the visible ones and the one that Tab
   * reaches, in their order.
   *
   * @returns {number[]}
   */
  #listVisible() {
    const source = /** @type {RowSource} */ (this.#source);
    const first = Math.max(0, Math.floor(this.scrollTop / this.#rowHeight) - MARGIN);
    const size = Math.ceil(this.clientHeight / this.#rowHeight) + 2 * MARGIN;
    const last = Math.min(source.getCount(), first + size);
    const indices = Array.from(
      { length: Math.max(0, last - first) },
      (_, offset) => first + offset,
    );
    const current = this.#currentKey === "" ? -1 : source.findKey(this.#currentKey);
    if (current >= last) indices.push(current);
    if (current >= 0 && current < first) indices.unshift(current);
    return indices;
  }

  /** @param {number[]} indices */
  #show(indices) {
    const source = /** @type {RowSource} */ (this.#source);
    const keys = new Map(indices.map((index) => [source.getKey(index), index]));
    for (const [key, row] of this.#rows) {
      if (!keys.has(key)) this.#drop(key, row);
    }
    let next = this.#spacer.firstChild;
    for (const [key, index] of keys) {
      const row = this.#rows.get(key) ?? this.#create(key);
      if (row === next) next = next.nextSibling;
      else this.#spacer.insertBefore(row, next);
      this.#place(row, key, index);
    }
  }

  /**
   * @param {HTMLElement} row
   * @param {string} key
   * @param {number} index
   */
  #place(row, key, index) {
    const isCurrent = key === this.#currentKey || (this.#currentKey === "" && index === 0);
    row.style.transform = `translateY(${index * this.#rowHeight}px)`;
    setAttribute(row, "aria-rowindex", String(index + (this.#head ? 2 : 1)));
    row.tabIndex = isCurrent ? 0 : -1;
    row.classList.toggle("virtual-list-current", key === this.#currentKey);
    /** @type {RowSource} */ (this.#source).updateRow(row, index);
  }

  /**
   * @param {string} key
   * @returns {HTMLElement}
   */
  #create(key) {
    const row = /** @type {RowSource} */ (this.#source).createRow(key);
    row.classList.add("virtual-list-row");
    this.#rows.set(key, row);
    return row;
  }

  /**
   * @param {string} key
   * @param {HTMLElement} row
   */
  #drop(key, row) {
    row.remove();
    this.#rows.delete(key);
  }
}

customElements.define("virtual-list", VirtualList);
