import { ApiError } from "../base/api.js";
import { addressOfDiff, addressOfRun } from "../base/addresses.js";
import { createElement, setText } from "../base/dom.js";
import { ExchangeFeed } from "../base/exchange-feed.js";
import { formatCount, formatPlural } from "../base/format.js";
import { marks } from "../base/marks.js";
import { goTo, keepState } from "../base/router.js";
import { server } from "../base/server.js";
import { COLUMNS, ExchangeRow, addressOfRow } from "../elements/exchange-row.js";
import { RecordingRow } from "../elements/recording-row.js";
import { ViewState } from "../elements/view-state.js";
import { VirtualList } from "../elements/virtual-list.js";

/** The list of exchanges: recorded ones and those under way. */
export class ListView extends HTMLElement {
  scope = "list";
  heading = "";
  #list = new VirtualList();
  #state = new ViewState();
  #footer = createElement("footer", { class: "list-view-footer" });
  #counts = createElement("span", { role: "status" });
  #feed = new ExchangeFeed();
  #isFollowing = false;

  /** @type {import("../base/keys.js").Commands} */
  commands = {
    next: () => this.#move(1),
    previous: () => this.#move(-1),
    "page-down": () => this.#move(this.#list.pageSize),
    "page-up": () => this.#move(-this.#list.pageSize),
    first: () => this.#select(0),
    last: () => this.#select(this.#store.count - 1),
    open: () => this.#open(this.#list.currentIndex),
    "open-run": () => this.#openRun(),
    mark: () => this.#mark(this.#list.currentIndex),
    follow: () => this.#follow(!this.#isFollowing),
    fold: () => this.#fold(true),
    unfold: () => this.#fold(false),
  };

  connectedCallback() {
    if (this.firstChild === null) this.#build();
  }

  /** @param {import("../base/router.js").Route} route */
  show(route) {
    const recording = route.query.get("recording") ?? "";
    const filter = route.query.get("filter") ?? "";
    const feed = this.#feed;
    if (feed.isLoaded && recording === feed.recording && filter === feed.filter) return;
    if (!feed.isLoaded) this.#state.showLoading();
    void feed.load(recording, filter);
  }

  #build() {
    this.#list.setAttribute("role", "treegrid");
    this.#list.setAttribute("aria-label", "Exchanges");
    this.#list.setHead(buildHead());
    this.#list.setSource(this.#source);
    this.#list.addEventListener("click", (event) => this.#click(event));
    this.#footer.append(this.#counts);
    this.append(this.#list, this.#state, this.#footer);
    server.addEventListener("recordings", () => this.#update());
    this.#feed.addEventListener("change", () => this.#update());
    this.#feed.addEventListener("error", (event) =>
      this.#showError(/** @type {CustomEvent} */ (event).detail),
    );
    marks.addEventListener("change", () => this.#list.refresh());
  }

  /** @type {import("../elements/virtual-list.js").RowSource} */
  #source = {
    getCount: () => this.#store.count,
    getKey: (index) => this.#getKey(index),
    findKey: (key) => this.#store.findKey(key),
    createRow: (key) => (this.#store.groups.has(key) ? new RecordingRow() : new ExchangeRow()),
    updateRow: (row, index) => this.#updateRow(row, index),
  };

  get #store() {
    return this.#feed.store;
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
    if (element instanceof RecordingRow) {
      const entry = server.recordings.find((candidate) => candidate.name === group.recording);
      const context = {
        count: group.items.length,
        isFolded: group.isFolded,
        rank: marks.rank(group.recording),
      };
      element.update(group.recording, entry, context);
    } else if (element instanceof ExchangeRow && item !== null) {
      const rank =
        item.row.number === null ? 0 : marks.rank(`${item.row.recording}:${item.row.number}`);
      element.update(item.row, { rank, elapsed_us: null });
    }
  }

  #update() {
    const { filter, recording, store, progress, isLoaded } = this.#feed;
    if (filter === "" && recording === "") {
      store.setRecordings(server.recordings.map((entry) => entry.name));
    }
    const isEmpty = store.size === 0 && (progress.isDone || !isLoaded);
    this.#list.hidden = isEmpty;
    if (isEmpty && isLoaded) this.#showEmpty();
    else if (isLoaded) this.#state.clear();
    this.#showCounts();
    this.#list.refresh();
  }

  #showCounts() {
    const { filter, store, progress } = this.#feed;
    const shown = formatPlural(store.size, "exchange");
    const matches = filter === "" ? shown : `${shown} of ${formatCount(progress.total)} match`;
    setText(
      this.#counts,
      progress.isDone ? matches : `${matches}, ${formatCount(progress.searched)} searched …`,
    );
  }

  #showEmpty() {
    if (this.#feed.filter !== "") {
      this.#state.showEmpty(
        "No exchange matches this filter",
        "Esc clears it. The language: docs/filter.md.",
      );
    } else {
      this.#state.showEmpty(
        "No exchange yet",
        "Send a request through the proxy, and it appears here at once.",
      );
    }
  }

  /** @param {Error} error */
  #showError(error) {
    const { filter, recording, isLoaded } = this.#feed;
    const isFilter = error instanceof ApiError && error.status === 400 && filter !== "";
    if (isFilter && isLoaded) return;
    this.#list.hidden = true;
    this.#state.showError(error, () => void this.#feed.load(recording, filter));
  }

  /** @param {number} offset */
  #move(offset) {
    const current = this.#list.currentIndex;
    if (current < 0) this.#select(0);
    else this.#select(Math.max(0, Math.min(this.#store.count - 1, current + offset)));
  }

  /** @param {number} index */
  #select(index) {
    if (index < 0 || index >= this.#store.count) return;
    this.#list.setCurrent(index, { focus: true });
    keepState({ key: this.#getKey(index) });
  }

  /**
   * @param {number} index
   * @returns {boolean | void}
   */
  #open(index) {
    if (index < 0) return false;
    const { group, item } = this.#store.at(index);
    if (item === null) return this.#fold(!group.isFolded);
    const address = addressOfRow(item.row);
    if (address !== null) goTo(address);
  }

  #openRun() {
    const item = this.#list.currentIndex < 0 ? null : this.#store.at(this.#list.currentIndex).item;
    if (item?.row.run) goTo(addressOfRun(item.row.recording, item.row.run));
  }

  /** @param {number} index */
  #mark(index) {
    if (index < 0) return;
    const { group, item } = this.#store.at(index);
    if (item !== null && item.row.number === null) return;
    const side = item === null ? group.recording : `${group.recording}:${item.row.number}`;
    const [left, right] = marks.toggle(side) ? marks.sides : [];
    if (left !== undefined && right !== undefined) goTo(addressOfDiff(left, right));
  }

  /** @param {boolean} isFolded */
  #fold(isFolded) {
    const index = this.#list.currentIndex;
    if (index < 0) return;
    const { group } = this.#store.at(index);
    this.#store.fold(group.recording, isFolded);
    this.#select(this.#store.findKey(group.recording));
  }

  /** @param {boolean} isFollowing */
  #follow(isFollowing) {
    this.#isFollowing = isFollowing;
    if (isFollowing) this.#list.scrollToEnd();
  }

  /** @param {MouseEvent} event */
  #click(event) {
    if (!(event.target instanceof Element) || event.target.closest("a")) return;
    const row = event.target.closest("[role=row][aria-level]");
    if (row === null || String(getSelection()) !== "") return;
    const index = Number(row.getAttribute("aria-rowindex")) - 2;
    this.#select(index);
    if (event.target.closest(".exchange-row-toggle")) this.#mark(index);
    else this.#open(index);
  }
}

/** @returns {HTMLElement} */
function buildHead() {
  const cells = COLUMNS.map(({ name, title, about }) =>
    createElement(
      "span",
      { class: `exchange-row-${name}`, role: "columnheader", title: about ?? false },
      title,
    ),
  );
  const row = createElement(
    "div",
    { class: "exchange-row-head", role: "row", "aria-rowindex": 1 },
    ...cells,
  );
  return createElement("div", { role: "rowgroup" }, row);
}

customElements.define("list-view", ListView);
