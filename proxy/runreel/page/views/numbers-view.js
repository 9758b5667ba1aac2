import { LIST, addressOfExchange } from "../base/addresses.js";
import { getWhole } from "../base/api.js";
import { createElement, replaceChildren } from "../base/dom.js";
import { formatBytes, formatCount } from "../base/format.js";
import { buildAddress, changeQuery } from "../base/router.js";
import { server } from "../base/server.js";
import { showLine } from "../base/visible.js";
import { countErrors } from "../elements/stats-columns.js";
import { GROUP_KEYS, buildGroupFilter } from "../model/group-filter.js";
import { StatsTable } from "../elements/stats-table.js";
import { ViewState } from "../elements/view-state.js";

const DEFAULT_BY = "operation,model";

/** Figures of the exchanges that the filter selects. */
export class NumbersView extends HTMLElement {
  scope = "numbers";
  heading = "Numbers";
  #facts = createElement("dl", { class: "numbers-view-facts" });
  #keys = createElement("fieldset", { class: "numbers-view-keys" });
  #table = new StatsTable();
  #partNote = createElement(
    "p",
    { class: "muted", hidden: true },
    "These numbers are of one of several processes. Choose a recording for its own.",
  );
  #largest = createElement("section", { class: "numbers-view-largest" });
  #scroller = createElement("div", { class: "numbers-view-body" });
  state = new ViewState();
  /** @type {import("../base/types.js").StatsDocument | null} */
  #stats = null;
  #query = { recording: "", filter: "", by: DEFAULT_BY };
  #sort = "";
  /** @type {AbortController | null} */
  #pending = null;
  #timer = 0;

  /** @type {import("../base/keys.js").Commands} */
  commands = {
    next: () => this.#table.moveFocus(1),
    previous: () => this.#table.moveFocus(-1),
    open: () => false,
    group: () => this.#keys.querySelector("input")?.focus(),
  };

  connectedCallback() {
    if (this.firstChild !== null) return;
    const frame = createElement(
      "div",
      { class: "numbers-view-table", tabindex: 0, role: "region", "aria-label": "Figures" },
      this.#table,
    );
    this.#scroller.append(this.#partNote, this.#facts, this.#keys, frame, this.#largest);
    this.append(this.#scroller, this.state);
    this.#table.addEventListener("sort", (event) =>
      changeQuery({ sort: /** @type {CustomEvent} */ (event).detail }, { replace: true }),
    );
    this.#keys.addEventListener("change", () => this.#chooseKeys());
    for (const type of ["row", "reload"]) server.addEventListener(type, () => this.#renew());
  }

  /** @param {import("../base/router.js").Route} route */
  show({ query }) {
    const read = (/** @type {string} */ name) => query.get(name) ?? "";
    const wanted = {
      recording: read("recording"),
      filter: read("filter"),
      by: read("by") || DEFAULT_BY,
    };
    const isSame = this.#stats !== null && JSON.stringify(wanted) === JSON.stringify(this.#query);
    this.#query = wanted;
    this.#sort = read("sort");
    this.#showKeys();
    if (isSame && this.#stats !== null) this.#showStats(this.#stats);
    else void this.#load();
  }

  hide() {
    this.#pending?.abort();
    clearTimeout(this.#timer);
    this.#stats = null;
  }

  async #load() {
    this.#pending?.abort();
    const { signal } = (this.#pending = new AbortController());
    if (this.#stats === null) this.#showState(() => this.state.showLoading());
    try {
      const stats = await getWhole("/-/api/stats", this.#query, signal, (unread) =>
        this.#showUnread(unread),
      );
      if (!signal.aborted) this.#showStats(stats);
    } catch (error) {
      if (signal.aborted) return;
      this.#stats = null;
      this.#showState(() =>
        this.state.showError(/** @type {Error} */ (error), () => void this.#load()),
      );
    }
  }

  /** @param {number} unread */
  #showUnread(unread) {
    if (this.#stats !== null) return;
    this.#showState(() => this.state.showLoading(`Reading: ${formatCount(unread)} answers left …`));
  }

  /** Read the numbers again soon: exchanges have come. */
  #renew() {
    if (!this.isConnected) return;
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => void this.#load(), 1000);
  }

  /** @param {import("../base/types.js").StatsDocument} stats */
  #showStats(stats) {
    this.#stats = stats;
    if (stats.groups.length === 0) {
      this.#showState(() => this.state.showEmpty(...this.#describeEmpty()));
      return;
    }
    this.#scroller.hidden = false;
    this.state.clear();
    this.#table.update(stats, {
      sort: this.#sort,
      findAddress: (group) => this.#findAddress(group),
    });
    this.#partNote.hidden = this.#query.recording !== "" || (server.document?.workers ?? 1) === 1;
    replaceChildren(this.#facts, ...(stats.total ? listFacts(stats.total) : []));
    this.#showLargest(stats);
  }

  /** @returns {[string, string]} */
  #describeEmpty() {
    return this.#query.filter === ""
      ? ["No numbers yet", "They appear with the first exchange."]
      : ["No exchange matches this filter", "Change it, or clear it with Esc."];
  }

  /** @param {() => void} show */
  #showState(show) {
    this.#scroller.hidden = true;
    show();
  }

  #showKeys() {
    const chosen = this.#query.by.split(",");
    const boxes = GROUP_KEYS.map((key) => {
      const box = createElement("input", {
        type: "checkbox",
        name: "by",
        value: key,
        checked: chosen.includes(key),
      });
      return createElement("label", {}, box, key === "cassette" ? "recording" : key);
    });
    const focused =
      document.activeElement instanceof HTMLInputElement ? document.activeElement.value : "";
    replaceChildren(this.#keys, createElement("legend", {}, "Groups by"), ...boxes);
    for (const box of this.#keys.querySelectorAll("input")) if (box.value === focused) box.focus();
  }

  #chooseKeys() {
    const boxes = [...this.#keys.querySelectorAll("input")];
    const by = boxes.filter((box) => box.checked).map((box) => box.value);
    changeQuery({ by: by.join(",") || DEFAULT_BY }, { replace: true });
  }

  /**
   * @param {import("../base/types.js").StatsGroup} group
   * @returns {string | null} the list of its exchanges; null if no filter says which they are
   */
  #findAddress(group) {
    const { recording, by } = this.#query;
    const filter = buildGroupFilter(group, by.split(","), this.#query.filter);
    return filter === null ? null : buildAddress(LIST, {}, { recording, filter });
  }

  /** @param {import("../base/types.js").StatsDocument} stats */
  #showLargest({ largest }) {
    const items = largest.map(({ recording, cassette, exchange, operation, bytes }) => {
      const link = createElement(
        "a",
        { href: addressOfExchange(recording ?? cassette, exchange) },
        `#${exchange} `,
        ...showLine(operation),
      );
      return createElement(
        "li",
        {},
        link,
        createElement("span", { class: "number" }, formatBytes(bytes)),
        createElement("span", { class: "muted" }, ...showLine(recording ?? cassette)),
      );
    });
    replaceChildren(
      this.#largest,
      createElement("h2", {}, "Largest answers"),
      createElement("ol", {}, ...items),
    );
  }
}

/**
 * @param {import("../base/types.js").StatsGroup} total
 * @returns {HTMLElement[]}
 */
function listFacts(total) {
  const { tokens } = total;
  const facts = [
    ["calls", formatCount(total.calls)],
    ["streamed", formatCount(total.streamed)],
    ["with an error", formatCount(countErrors(total))],
    ["repeated", formatCount(total.repeated)],
    ["of answers", formatBytes(total.bytes)],
    ["tokens in", formatCount(tokens.input)],
    ["cached", formatCount(tokens.cached)],
    ["tokens out", formatCount(tokens.output)],
    ["reasoning", formatCount(tokens.reasoning)],
  ];
  return facts
    .filter(([, value]) => value !== "" && value !== "0")
    .map(([name, value]) =>
      createElement("div", {}, createElement("dt", {}, name), createElement("dd", {}, value)),
    );
}

customElements.define("numbers-view", NumbersView);
