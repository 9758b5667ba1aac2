import { NUMBERS, addressOfDiff, addressOfExchange } from "../base/addresses.js";
import { buildPath, getWhole } from "../base/api.js";
import { createElement, replaceChildren } from "../base/dom.js";
import { formatCount, formatDuration, formatPlural, formatTokens } from "../base/format.js";
import { marks } from "../base/marks.js";
import { buildAddress, goTo, keepState } from "../base/router.js";
import { server } from "../base/server.js";
import { escapeLine, showLine } from "../base/visible.js";
import { RunLanes } from "../elements/run-lanes.js";
import { RunTranscript } from "../elements/run-transcript.js";
import { ViewState } from "../elements/view-state.js";

/** @typedef {import("../base/types.js").RunDocument} RunDocument */

/** A run: all its exchanges on one time line, and what is said in it. */
export class RunView extends HTMLElement {
  scope = "run";
  heading = "Run";
  #head = createElement("header", { class: "run-view-head" });
  #lanes = new RunLanes();
  #transcript = new RunTranscript();
  #body = createElement("div", { class: "run-view-body" });
  state = new ViewState();
  /** @type {RunDocument | null} */
  #run = null;
  #recording = "";
  #id = "";
  #current = 0;
  #timer = 0;
  /** @type {AbortController | null} */
  #pending = null;

  /** @type {import("../base/keys.js").Commands} */
  commands = {
    next: () => this.#move(1),
    previous: () => this.#move(-1),
    open: () => this.#open(),
    mark: () => this.#mark(),
  };

  connectedCallback() {
    if (this.firstChild !== null) return;
    this.#body.append(this.#head, this.#lanes, this.#transcript);
    this.append(this.#body, this.state);
    server.addEventListener("row", (event) =>
      this.#renew(/** @type {CustomEvent} */ (event).detail),
    );
    server.addEventListener("reload", () => this.isConnected && void this.#load());
    marks.addEventListener("change", () => this.#showHead());
  }

  /** @param {import("../base/router.js").Route} route */
  show({ parameters, state }) {
    const { recording = "", id = "" } = parameters;
    this.#current = state?.number ?? 0;
    this.heading = escapeLine(`Run ${id}`);
    if (this.#run !== null && recording === this.#recording && id === this.#id) {
      this.#showCurrent();
      return;
    }
    this.#recording = recording;
    this.#id = id;
    this.#run = null;
    this.#body.hidden = true;
    this.state.showLoading();
    void this.#load();
  }

  hide() {
    this.#pending?.abort();
    clearTimeout(this.#timer);
  }

  async #load() {
    this.#pending?.abort();
    const { signal } = (this.#pending = new AbortController());
    try {
      const path = buildPath("runs", this.#recording, this.#id);
      this.#showRun(await getWhole(path, {}, signal, (unread) => this.#showUnread(unread)));
    } catch (error) {
      if (signal.aborted) return;
      this.#body.hidden = true;
      this.state.showError(/** @type {Error} */ (error), () => void this.#load());
    }
  }

  /** @param {number} unread */
  #showUnread(unread) {
    if (this.#run !== null) return;
    this.state.showLoading(`Reading: ${formatCount(unread)} answers left …`);
  }

  /**
   * Read the run again soon: an exchange has come that may belong to it.
   *
   * @param {import("../base/types.js").Row} row
   */
  #renew(row) {
    if (!this.isConnected || row.recording !== this.#recording) return;
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => void this.#load(), 500);
  }

  /** @param {RunDocument} run */
  #showRun(run) {
    this.#run = run;
    this.state.clear();
    this.#body.hidden = false;
    this.#showHead();
    this.#lanes.setExchanges(run.exchanges, run.timing.end_us);
    this.#transcript.setRun(run);
    this.#showCurrent();
  }

  #showHead() {
    const run = this.#run;
    if (run === null) return;
    const rank = marks.rank(this.#side);
    const label = rank === 0 ? "Mark for a comparison" : `Marked as ${rank === 1 ? "A" : "B"}`;
    const mark = createElement(
      "button",
      {
        class: "button",
        title: "d",
        "aria-pressed": String(rank > 0),
        onclick: () => this.#mark(),
      },
      label,
    );
    const numbers = buildAddress(
      NUMBERS,
      {},
      { recording: this.#recording, filter: `run:${this.#id}` },
    );
    const title = createElement("h1", {}, "Run ", createElement("code", {}, ...showLine(run.id)));
    const facts = createElement("p", { class: "muted" }, ...showLine(listFacts(run).join(" · ")));
    const actions = createElement(
      "p",
      { class: "run-view-actions" },
      createElement("a", { href: numbers }, "Numbers"),
      mark,
    );
    replaceChildren(this.#head, createElement("div", {}, title, facts), actions);
  }

  get #side() {
    return `${this.#recording}:${this.#id}`;
  }

  #mark() {
    const [left, right] = marks.toggle(this.#side) ? marks.sides : [];
    if (left !== undefined && right !== undefined) goTo(addressOfDiff(left, right));
  }

  /** @param {number} offset */
  #move(offset) {
    const numbers = (this.#run?.exchanges ?? []).map(({ row }) => row.number ?? 0);
    const index = numbers.indexOf(this.#current);
    const next = index < 0 ? 0 : Math.max(0, Math.min(numbers.length - 1, index + offset));
    this.#current = numbers[next] ?? 0;
    keepState({ number: this.#current });
    this.#showCurrent();
    this.#lanes.focusCurrent();
  }

  #showCurrent() {
    this.#lanes.setCurrent(this.#current);
    this.#transcript.setCurrent(this.#current);
  }

  /** @returns {boolean | void} */
  #open() {
    if (this.#current === 0) return false;
    goTo(addressOfExchange(this.#recording, this.#current));
  }
}

/**
 * @param {RunDocument} run
 * @returns {string[]}
 */
function listFacts(run) {
  const { timing, usage } = run;
  const tokens = formatTokens(usage?.input_tokens, usage?.output_tokens);
  const first = formatDuration(timing.first_content_us);
  return [
    `of ${run.recording}`,
    formatPlural(run.exchanges.length, "exchange"),
    formatDuration(timing.end_us),
    first === "" ? "" : `first content after ${first}`,
    tokens === "" ? "" : `tokens ${tokens}`,
    run.thread && run.thread !== run.id ? `thread ${run.thread}` : "",
  ].filter((fact) => fact !== "");
}

customElements.define("run-view", RunView);
