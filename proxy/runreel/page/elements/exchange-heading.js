import { addressOfExchange, addressOfRun, PLAY, REDACTION } from "../base/addresses.js";
import { createElement, replaceChildren } from "../base/dom.js";
import { marks } from "../base/marks.js";
import { buildAddress } from "../base/router.js";
import { escapeLine, showLine } from "../base/visible.js";
import { listFacts } from "../model/exchange-facts.js";
import { CopyMenu } from "./copy-menu.js";

/**
 * @typedef {import("../model/types.js").ExchangeAnswer} ExchangeAnswer
 */

/** The name of an exchange, its numbers, and the ways from it to other views. */
export class ExchangeHeading extends HTMLElement {
  #copy = new CopyMenu();
  #side = "";
  #run = createElement("a", { class: "button" }, "Run");
  #mark = createElement("button", { class: "button", onclick: () => this.toggleMark() });
  #onMarks = () => this.#showMark();

  connectedCallback() {
    marks.addEventListener("change", this.#onMarks);
  }

  disconnectedCallback() {
    marks.removeEventListener("change", this.#onMarks);
  }

  /** @param {ExchangeAnswer} answer */
  setAnswer(answer) {
    const { recording, exchange, links } = answer;
    this.#side = `${recording}:${exchange.number}`;
    this.#copy.setExchange(recording, exchange.number);
    this.#showMark();
    this.setRun(recording, links.run);
    replaceChildren(
      this,
      createElement(
        "div",
        { class: "exchange-heading-line" },
        buildTitle(answer),
        this.#buildActions(recording, exchange.number, links),
      ),
      buildFacts(listFacts(answer)),
    );
  }

  /**
   * @param {string} recording
   * @param {string | null} run null: it belongs to none, or that is not known yet
   */
  setRun(recording, run) {
    this.#run.hidden = run === null;
    this.#run.setAttribute("href", addressOfRun(recording, run ?? ""));
  }

  openCopyMenu() {
    this.#copy.open();
  }

  /** Mark the exchange for a comparison, and return whether two are marked now. */
  toggleMark() {
    return marks.toggle(this.#side);
  }

  #showMark() {
    const rank = marks.rank(this.#side);
    this.#mark.setAttribute("aria-pressed", String(rank > 0));
    this.#mark.textContent = rank > 0 ? `Marked ${"AB"[rank - 1]}` : "Mark for diff";
  }

  /**
   * @param {string} recording
   * @param {number} number
   * @param {import("../model/types.js").ExchangeLinks} links
   */
  #buildActions(recording, number, links) {
    const place = { recording, number };
    return createElement(
      "nav",
      { class: "exchange-heading-actions", "aria-label": "From this exchange" },
      buildStep(
        "‹",
        "Previous exchange",
        links.previous && addressOfExchange(recording, links.previous),
      ),
      buildStep("›", "Next exchange", links.next && addressOfExchange(recording, links.next)),
      this.#run,
      createElement("a", { class: "button", href: buildAddress(PLAY, place) }, "Play"),
      createElement("a", { class: "button", href: buildAddress(REDACTION, place) }, "Redaction"),
      this.#mark,
      this.#copy,
    );
  }
}

/**
 * @param {string} sign
 * @param {string} label
 * @param {string | null | 0} address
 */
function buildStep(sign, label, address) {
  const attributes = { class: "button exchange-heading-step", "aria-label": label };
  if (address) return createElement("a", { ...attributes, href: address, title: label }, sign);
  return createElement("span", { ...attributes, role: "link", "aria-disabled": "true" }, sign);
}

/** @param {ExchangeAnswer} answer */
function buildTitle({ exchange }) {
  const call = `${exchange.method} ${exchange.target}`;
  return createElement(
    "h1",
    { class: "exchange-heading-title" },
    createElement("span", { class: "exchange-heading-number" }, `#${exchange.number}`),
    createElement(
      "span",
      { class: "exchange-heading-operation" },
      ...showLine(exchange.operation || exchange.method),
    ),
    createElement(
      "span",
      { class: "exchange-heading-call", title: escapeLine(call) },
      ...showLine(call),
    ),
  );
}

/** @param {import("../model/exchange-facts.js").Fact[]} facts */
function buildFacts(facts) {
  const entries = facts.map(({ name, value, note = "", tone = "" }) =>
    createElement(
      "div",
      { class: "fact", "data-tone": tone || null },
      createElement("dt", {}, name),
      createElement("dd", {}, showLine(value), note && createElement("small", {}, showLine(note))),
    ),
  );
  // In a narrow window they are in one line, which the keyboard has to scroll.
  const scroller = { class: "fact-scroller", tabindex: "0", role: "group", "aria-label": "Facts" };
  return createElement("div", scroller, createElement("dl", { class: "fact-list" }, entries));
}

customElements.define("exchange-heading", ExchangeHeading);
