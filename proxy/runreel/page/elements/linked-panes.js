import { createElement, setAttribute } from "../base/dom.js";
import { ExchangeSelection } from "../model/exchange-selection.js";
import { EventPages } from "../model/event-pages.js";
import { buildTimelineSource, describeNoText } from "../model/timeline-source.js";
import { BytePane } from "./byte-pane.js";
import { EventTimeline } from "./event-timeline.js";
import { showNotice } from "./notice-list.js";
import { RequestPane } from "./request-pane.js";
import { StreamTranscript } from "./stream-transcript.js";

/**
 * @typedef {import("../model/types.js").ExchangeAnswer} ExchangeAnswer
 * @typedef {import("../model/types.js").Piece} Piece
 *
 * @typedef {object} ExchangeSource reads the parts of one exchange
 * @property {(from: number, limit: number) => Promise<import("../model/types.js").TimelineEvent[]>} readEvents
 * @property {import("./byte-pane.js").ByteSource} readBytes
 */

/** Panes; a narrow window shows one or two of them. */
const PANE_NAMES = /** @type {[string, string][]} */ ([
  ["request", "Request"],
  ["timeline", "Events"],
  ["transcript", "Transcript"],
  ["bytes", "Bytes"],
]);

/** Milliseconds for which an event has to stay selected before its bytes are read. */
const BYTES_DELAY = 60;

/**
 * Request, events, transcript and bytes of an exchange: what is selected in one of them is marked
 * in the others. Dispatches `event-change` with the number of the selected event, and `pane-change`.
 */
export class LinkedPanes extends HTMLElement {
  timeline = new EventTimeline();
  transcript = new StreamTranscript();
  bytes = new BytePane();
  /** The number of the selected event, or 0. */
  event = 0;
  #request = new RequestPane();
  #tabs = createElement("div", { class: "pane-tabs", role: "group", "aria-label": "Panes" });
  #grid = createElement("div", { class: "exchange-panes" });
  #count = 0;
  /** @type {ExchangeSelection | null} */
  #selection = null;
  #pages = new EventPages(
    () => Promise.resolve([]),
    () => {},
  );
  #timer = 0;

  connectedCallback() {
    if (this.firstChild !== null) return;
    const contents = [this.#request, this.timeline, this.transcript, this.bytes];
    for (const [index, [name, label]] of PANE_NAMES.entries()) {
      const onclick = () => this.dispatchEvent(new CustomEvent("pane-change", { detail: name }));
      this.#tabs.append(
        createElement("button", { class: "button", "data-pane": name, onclick }, label),
      );
      this.#grid.append(buildPane(name, label, /** @type {HTMLElement} */ (contents[index])));
    }
    this.append(this.#tabs, this.#grid);
    this.#listen(this.timeline, "event-select", (number) => this.#chooseEvent(number, null));
    this.#listen(this.transcript, "word-select", (word) => this.#chooseWord(word));
    this.#listen(this.#request, "word-select", (word) => this.#chooseMessage(word));
    this.#listen(this.#request, "body-select", (part) => this.#showBody(part));
  }

  /**
   * @param {ExchangeAnswer} answer
   * @param {ExchangeSource} source
   */
  setAnswer(answer, source) {
    const { exchange, recording } = answer;
    clearTimeout(this.#timer);
    this.event = 0;
    this.#count = exchange.events ?? 0;
    this.#selection = new ExchangeSelection(exchange);
    this.#pages = new EventPages(source.readEvents, () => this.timeline.refresh());
    this.bytes.setSource(source.readBytes);
    this.#request.setExchange(recording, exchange);
    this.timeline.setSource(buildTimelineSource(answer, this.#pages, tellReadError));
    this.transcript.setBlocks(exchange.trace.blocks, describeNoText(answer));
    this.dataset.stream = String(exchange.trace.is_stream);
    if (!exchange.trace.is_stream) this.#showBody("answer");
  }

  /**
   * Select an event, the nearest one if there is none of this number: its words are marked at once,
   * its bytes follow.
   *
   * @param {number} number
   * @param {Piece | null} [piece] the part of its text that was chosen; null: all of it
   * @returns {number} the event
   */
  selectEvent(number, piece = null) {
    if (this.#count === 0) return 0;
    const event = Math.min(Math.max(number, 1), this.#count);
    if (event === this.event && piece === null) return event;
    this.event = event;
    this.timeline.select(event);
    this.transcript.markPieces(this.#selection?.findPieces(event) ?? []);
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => void this.#showEventBytes(event, piece), BYTES_DELAY);
    return event;
  }

  /**
   * Say which pane a narrow window shows.
   *
   * @param {string} name
   */
  setPane(name) {
    this.dataset.pane = name;
    for (const tab of this.#tabs.children) {
      setAttribute(tab, "aria-pressed", String(tab.getAttribute("data-pane") === name));
    }
  }

  /** @param {string} name */
  focusPane(name) {
    const pane = this.#grid.querySelector(`.pane-${name} [tabindex="0"]`);
    if (pane instanceof HTMLElement) pane.focus({ preventScroll: true });
  }

  /**
   * @param {HTMLElement} element
   * @param {string} type
   * @param {(detail: any) => void} listener
   */
  #listen(element, type, listener) {
    element.addEventListener(type, (event) => listener(/** @type {CustomEvent} */ (event).detail));
  }

  /**
   * @param {number} number
   * @param {Piece | null} piece
   */
  #chooseEvent(number, piece) {
    const detail = this.selectEvent(number, piece);
    this.dispatchEvent(new CustomEvent("event-change", { detail }));
  }

  /**
   * @param {number} event
   * @param {Piece | null} piece
   */
  async #showEventBytes(event, piece) {
    try {
      const document = await this.#pages.read(event);
      if (document === null || event !== this.event || this.#selection === null) return;
      this.bytes.select(this.#selection.selectEvent(document, piece));
    } catch (error) {
      tellReadError(/** @type {Error} */ (error));
    }
  }

  /** @param {{block: number, codePoint: number}} word */
  #chooseWord({ block, codePoint }) {
    const piece = this.#selection?.findPiece(block, codePoint);
    if (!piece) return;
    if (piece[0] > 0) {
      this.#chooseEvent(piece[0], piece);
      return;
    }
    this.transcript.markPieces([{ block, piece }]);
    this.#showBytes(this.#selection?.selectPiece("answer", piece));
  }

  /** @param {{block: number, codePoint: number}} word */
  #chooseMessage({ block, codePoint }) {
    const piece = this.#selection?.findMessagePiece(block, codePoint);
    if (piece) this.#showBytes(this.#selection?.selectPiece("request", piece));
  }

  /** @param {import("../model/types.js").BodyPart} part */
  #showBody(part) {
    this.#showBytes(this.#selection?.selectBody(part));
  }

  /** @param {import("../model/types.js").ByteSelection | undefined} selection */
  #showBytes(selection) {
    clearTimeout(this.#timer);
    if (selection) this.bytes.select(selection);
  }
}

/** @param {Error} error */
function tellReadError(error) {
  if (error.name !== "AbortError") showNotice(error.message, { kind: "error" });
}

/**
 * @param {string} name
 * @param {string} label
 * @param {HTMLElement} content
 */
function buildPane(name, label, content) {
  const hasHeading = name !== "bytes";
  const title = createElement("h2", {}, label);
  const heading = hasHeading && createElement("header", { class: "pane-heading" }, title);
  if (name === "request" || name === "transcript") {
    content.tabIndex = 0;
    content.setAttribute("role", "group");
    content.setAttribute("aria-label", label);
  }
  return createElement(
    "section",
    { class: `pane pane-${name}`, "data-pane": name },
    heading,
    content,
  );
}

customElements.define("linked-panes", LinkedPanes);
