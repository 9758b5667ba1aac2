import { addressOfExchange, REDACTION } from "../base/addresses.js";
import { buildPath, getJson } from "../base/api.js";
import { createElement, replaceChildren, setText } from "../base/dom.js";
import { buildAddress, changeQuery, goTo } from "../base/router.js";
import { escapeLine, showLine } from "../base/visible.js";
import { setHighlight } from "../elements/highlights.js";
import { showNotice } from "../elements/notice-list.js";
import { findSpan, MarkedHeaders } from "../elements/marked-headers.js";
import { describeMarks, RedactionList } from "../elements/redaction-list.js";
import { RulePanel } from "../elements/rule-panel.js";
import { SelectableText } from "../elements/selectable-text.js";
import { ViewState } from "../elements/view-state.js";

/**
 * @typedef {import("../model/types.js").ExchangeAnswer} ExchangeAnswer
 * @typedef {import("../model/types.js").BodyPart} BodyPart
 * @typedef {import("../elements/redaction-list.js").RedactionMark} RedactionMark
 */

/** Where placeholders stand, which rule put them there, and the rule for any other text. */
export class RedactionView extends HTMLElement {
  scope = "redaction";
  heading = "";
  state = new ViewState();
  #title = createElement("h1", {});
  #summary = createElement("p", { class: "muted", role: "status" });
  #parts = createElement("span", {
    class: "redaction-view-parts",
    role: "group",
    "aria-label": "Part",
  });
  #link = createElement("a", { class: "button" }, "Exchange");
  #list = new RedactionList();
  #headers = new MarkedHeaders();
  #text = new SelectableText();
  #rule = new RulePanel();
  #body = createElement("div", { class: "redaction-view-body" });
  #path = "";
  #place = "";
  /** @type {BodyPart} */
  #part = "request";
  /** @type {ExchangeAnswer | null} */
  #answer = null;
  #controller = new AbortController();
  #ruleController = new AbortController();

  /** @type {import("../base/keys.js").Commands} */
  commands = {
    next: () => this.#move(1),
    previous: () => this.#move(-1),
    "show-request": () => void this.#showPart("request"),
    "show-answer": () => void this.#showPart("answer"),
    "go-text": () => this.#text.focusText(),
    copy: () => void this.#rule.copy(),
    "next-exchange": () => this.#goTo("next"),
    "previous-exchange": () => this.#goTo("previous"),
    close: () => goTo(this.#link.hash),
  };

  connectedCallback() {
    if (this.firstChild !== null) return;
    this.#build();
    this.#list.addEventListener(
      "mark-select",
      (event) => void this.#showMark(/** @type {CustomEvent} */ (event).detail),
    );
    this.#text.addEventListener(
      "text-select",
      (event) => void this.#propose(/** @type {CustomEvent} */ (event).detail),
    );
  }

  #build() {
    for (const part of /** @type {BodyPart[]} */ (["request", "answer"])) {
      const onclick = () => void this.#showPart(part);
      const label = part === "request" ? "Request" : "Answer";
      const attributes = { class: "button", "data-part": part, onclick };
      this.#parts.append(createElement("button", attributes, label));
    }
    const marks = { class: "redaction-view-marks", "aria-label": "Placeholders" };
    const text = { class: "redaction-view-text", "aria-label": "Text" };
    this.#body.append(
      createElement("section", marks, this.#list),
      createElement("section", text, this.#headers, this.#text, this.#rule),
    );
    const parts = [this.#title, this.#summary, this.#parts, this.#link];
    const header = createElement("header", { class: "view-heading" }, parts);
    this.append(header, this.#body, this.state);
  }

  /** @param {import("../base/router.js").Route} route */
  show(route) {
    const { recording = "", number = "" } = route.parameters;
    this.#link.setAttribute("href", addressOfExchange(recording, Number(number)));
    const place = `${recording}:${number}`;
    if (place === this.#place) return;
    this.#place = place;
    this.#path = buildPath("x", recording, number);
    void this.#open(route.query.get("part") === "answer" ? "answer" : "request");
  }

  hide() {
    this.#controller.abort();
    this.#place = "";
    for (const name of ["placeholders", "current-mark"]) setHighlight(name, []);
  }

  /** @param {BodyPart} part */
  async #open(part) {
    this.#controller.abort();
    this.#controller = new AbortController();
    const { signal } = this.#controller;
    this.state.showLoading();
    this.#body.hidden = true;
    try {
      const [answer, { marks }] = await Promise.all([
        getJson(this.#path, {}, signal),
        getJson(`${this.#path}/marks`, {}, signal),
      ]);
      if (signal.aborted) return;
      this.#setAnswer(answer, marks);
      await this.#showPart(part);
    } catch (error) {
      if (!signal.aborted) {
        this.state.showError(/** @type {Error} */ (error), () => void this.#open(part));
      }
    }
  }

  /**
   * @param {ExchangeAnswer} answer
   * @param {RedactionMark[]} marks
   */
  #setAnswer(answer, marks) {
    const { exchange, recording } = answer;
    this.#answer = answer;
    this.heading = escapeLine(`Redaction of #${exchange.number} · ${recording}`);
    document.title = `${this.heading} · runreel`;
    replaceChildren(
      this.#title,
      `#${exchange.number} `,
      ...showLine(exchange.operation || exchange.method),
      createElement("small", {}, "redaction"),
    );
    setText(this.#summary, describeMarks(marks));
    this.#list.setMarks(marks);
    this.#rule.clear();
    this.state.clear();
    this.#body.hidden = false;
  }

  /** @param {BodyPart} part */
  async #showPart(part) {
    const { signal } = this.#controller;
    if (signal.aborted) return;
    this.#part = part;
    changeQuery({ part: part === "answer" ? "answer" : null }, { replace: true });
    for (const button of this.#parts.children) {
      button.setAttribute("aria-pressed", String(button.getAttribute("data-part") === part));
    }
    this.#headers.setMarks(this.#list.marks, part, this.#answer?.exchange ?? null);
    const spans = this.#list.marks.filter((mark) => mark.part === part).map(findSpan);
    const fetchBytes = (/** @type {number} */ from, /** @type {number} */ to) =>
      getJson(`${this.#path}/bytes`, { part, from, to }, signal);
    try {
      await this.#text.setBody(
        fetchBytes,
        spans.filter((span) => span !== null),
      );
    } catch (error) {
      if (!signal.aborted) showNotice(/** @type {Error} */ (error).message, { kind: "error" });
    }
  }

  /** @param {1 | -1} direction */
  #move(direction) {
    const { marks, current } = this.#list;
    if (marks.length === 0) return;
    void this.#showMark(Math.max(0, Math.min(marks.length - 1, current + direction)));
  }

  /** @param {number} index */
  async #showMark(index) {
    const mark = this.#list.marks[index];
    if (!mark) return;
    this.#list.setCurrent(index);
    if (mark.part !== this.#part) await this.#showPart(mark.part);
    const span = findSpan(mark);
    if (span) await this.#text.showSpan(span);
  }

  /** @param {[number, number] | null} span */
  async #propose(span) {
    this.#ruleController.abort();
    if (span === null) return;
    this.#ruleController = new AbortController();
    const { signal } = this.#ruleController;
    try {
      const rule = await getJson(
        `${this.#path}/rule`,
        { part: this.#part, from: span[0], to: span[1] },
        signal,
      );
      if (!signal.aborted) this.#rule.setRule(rule);
    } catch (error) {
      if (!signal.aborted) this.#rule.setError(/** @type {Error} */ (error));
    }
  }

  /** @param {"next" | "previous"} direction */
  #goTo(direction) {
    const number = this.#answer?.links[direction];
    if (this.#answer && number) {
      goTo(buildAddress(REDACTION, { recording: this.#answer.recording, number }));
    } else {
      showNotice(
        direction === "next" ? "This is the last exchange." : "This is the first exchange.",
      );
    }
  }
}

customElements.define("redaction-view", RedactionView);
