import { buildPath, getJson, getWhole } from "../base/api.js";
import { changeQuery } from "../base/router.js";
import { escapeLine } from "../base/visible.js";
import { ExchangeHeading } from "../elements/exchange-heading.js";
import { LinkedPanes } from "../elements/linked-panes.js";
import { showNotice } from "../elements/notice-list.js";
import { ViewState } from "../elements/view-state.js";
import { buildExchangeCommands } from "./exchange-commands.js";

/** @typedef {import("../model/types.js").ExchangeAnswer} ExchangeAnswer */

/** One exchange: request, events, transcript and bytes, linked with each other. */
export class ExchangeView extends HTMLElement {
  scope = "exchange";
  heading = "";
  head = new ExchangeHeading();
  panes = new LinkedPanes();
  /** @type {ExchangeAnswer | null} */
  answer = null;
  /**
   * The answer with all that it leads to, as soon as that is known; null: there is none.
   *
   * @type {Promise<ExchangeAnswer | null>}
   */
  linkedAnswer = Promise.resolve(null);
  state = new ViewState();
  #place = "";
  #controller = new AbortController();
  commands = buildExchangeCommands(this);

  connectedCallback() {
    if (this.firstChild !== null) return;
    this.append(this.head, this.panes, this.state);
    this.panes.addEventListener("event-change", (event) =>
      this.#keepEvent(/** @type {CustomEvent} */ (event).detail),
    );
    this.panes.addEventListener("pane-change", (event) =>
      this.showPane(/** @type {CustomEvent} */ (event).detail),
    );
  }

  /** @param {import("../base/router.js").Route} route */
  show({ parameters, query }) {
    const { recording = "", number = "" } = parameters;
    const place = `${recording}:${number}`;
    this.panes.setPane(query.get("tab") ?? "timeline");
    if (place === this.#place) {
      this.#showQuery(query);
      return;
    }
    this.#place = place;
    void this.#open(buildPath("x", recording, number), query);
  }

  hide() {
    this.#controller.abort();
    this.#place = "";
  }

  /** @param {number} number */
  selectEvent(number) {
    this.#keepEvent(this.panes.selectEvent(number));
  }

  /** @param {string} name */
  showPane(name) {
    changeQuery({ tab: name === "timeline" ? null : name }, { replace: true });
    this.panes.focusPane(name);
  }

  /** @param {number} event */
  #keepEvent(event) {
    if (event > 0) changeQuery({ event, block: null }, { replace: true });
  }

  /**
   * @param {string} path
   * @param {URLSearchParams} query
   */
  async #open(path, query) {
    this.#controller.abort();
    this.#controller = new AbortController();
    const { signal } = this.#controller;
    this.linkedAnswer = Promise.resolve(null);
    this.state.showLoading();
    try {
      const answer = /** @type {ExchangeAnswer} */ (await getJson(path, {}, signal));
      if (signal.aborted) return;
      this.#setAnswer(answer, path, signal);
      this.linkedAnswer = this.#completeLinks(answer, path, signal);
      this.state.clear();
      this.#setShown(true);
      this.#showQuery(query);
    } catch (error) {
      if (signal.aborted) return;
      this.answer = null;
      this.#setShown(false);
      this.state.showError(/** @type {Error} */ (error), () => void this.#open(path, query));
    }
  }

  /**
   * @param {ExchangeAnswer} answer
   * @param {string} path
   * @param {AbortSignal} signal
   */
  #setAnswer(answer, path, signal) {
    const { exchange, recording } = answer;
    this.answer = answer;
    this.head.setAnswer(answer);
    this.panes.setAnswer(answer, {
      readEvents: async (from, limit) =>
        (await getJson(`${path}/events`, { from, limit }, signal)).events,
      readBytes: ({ part }, from, to, stop) => getJson(`${path}/bytes`, { part, from, to }, stop),
    });
    this.heading = escapeLine(`#${exchange.number} ${exchange.operation} · ${recording}`);
    document.title = `${this.heading} · runreel`;
  }

  /**
   * Read what the exchange leads to, if that was not known when it was read.
   *
   * @param {ExchangeAnswer} answer
   * @param {string} path
   * @param {AbortSignal} signal
   */
  async #completeLinks(answer, path, signal) {
    if (answer.links.unread === 0) return answer;
    try {
      const links = await getWhole(`${path}/links`, {}, signal);
      if (signal.aborted) return null;
      this.answer = { ...answer, links };
      this.head.setRun(answer.recording, links.run);
      return this.answer;
    } catch (error) {
      if (!signal.aborted) showNotice(/** @type {Error} */ (error).message, { kind: "error" });
      return null;
    }
  }

  /** @param {boolean} isShown */
  #setShown(isShown) {
    this.head.hidden = !isShown;
    this.panes.hidden = !isShown;
  }

  /** @param {URLSearchParams} query */
  #showQuery(query) {
    const event = Number(query.get("event") ?? 0);
    const block = Number(query.get("block") ?? 0);
    if (event > 0) this.panes.selectEvent(event);
    else if (block > 0) this.panes.transcript.showBlock(block);
  }
}

customElements.define("exchange-view", ExchangeView);
