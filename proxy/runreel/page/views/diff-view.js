import { addressOfDiff } from "../base/addresses.js";
import { getJson } from "../base/api.js";
import { createElement, replaceChildren } from "../base/dom.js";
import { formatPlural } from "../base/format.js";
import { changeQuery, goTo } from "../base/router.js";
import { escapeLine } from "../base/visible.js";
import { DiffChangeCard } from "../elements/diff-change.js";
import { DiffExchangeCard } from "../elements/diff-exchange.js";
import { DiffHeading } from "../elements/diff-heading.js";
import { ViewState } from "../elements/view-state.js";

/** @typedef {import("../base/types.js").DiffDocument} DiffDocument */

/** Exchanges that are shown before the rest is asked for. */
const FIRST_EXCHANGES = 100;
const EQUAL = ["identical", "equivalent"];

/** Where two exchanges, runs or recordings part, as `runreel diff` finds it. */
export class DiffView extends HTMLElement {
  scope = "diff";
  heading = "Comparison";
  #head = new DiffHeading();
  #body = createElement("div", { class: "diff-view-body" });
  #scroller = createElement("div", { class: "diff-view-scroller", tabindex: -1 });
  state = new ViewState();
  #query = { a: "", b: "", timing: "", ignore: "" };
  #withEqual = false;
  /** @type {DiffDocument | null} */
  #document = null;
  /** @type {AbortController | null} */
  #pending = null;

  /** @type {import("../base/keys.js").Commands} */
  commands = {
    next: () => this.#move(1),
    previous: () => this.#move(-1),
    "open-left": () => this.#open("left"),
    "open-right": () => this.#open("right"),
    swap: () => goTo(addressOfDiff(this.#query.b, this.#query.a)),
    equal: () => changeQuery({ equal: this.#withEqual ? "" : "1" }, { replace: true }),
    timing: () => changeQuery({ timing: this.#query.timing ? "" : "1" }, { replace: true }),
  };

  connectedCallback() {
    if (this.firstChild !== null) return;
    this.#scroller.append(this.#head, this.#body);
    this.append(this.#scroller, this.state);
    for (const name of ["swap", "equal", "timing"]) {
      this.#head.addEventListener(
        name,
        () => void this.commands[name]?.(new KeyboardEvent("keydown")),
      );
    }
    this.addEventListener("focusin", (event) => this.#markCurrent(event.target));
  }

  /** @param {import("../base/router.js").Route} route */
  show({ query }) {
    const read = (/** @type {string} */ name) => query.get(name) ?? "";
    const wanted = { a: read("a"), b: read("b"), timing: read("timing"), ignore: read("ignore") };
    const isSame = JSON.stringify(wanted) === JSON.stringify(this.#query);
    this.#query = wanted;
    this.#withEqual = read("equal") !== "";
    this.heading = escapeLine(`${wanted.a} → ${wanted.b}`);
    if (isSame && this.#document !== null) this.#showDocument(this.#document);
    else void this.#load();
  }

  async #load() {
    this.#pending?.abort();
    const { signal } = (this.#pending = new AbortController());
    this.#document = null;
    this.#showState(() => this.state.showLoading());
    if (this.#query.a === "" || this.#query.b === "") {
      this.state.showEmpty(
        "Nothing to compare",
        "Mark two exchanges, runs or recordings in the list with d.",
      );
      return;
    }
    try {
      const document = await getJson("/-/api/diff", this.#query, signal);
      if (!signal.aborted) this.#showDocument(document);
    } catch (error) {
      if (!signal.aborted) {
        this.state.showError(/** @type {Error} */ (error), () => void this.#load());
      }
    }
  }

  /** @param {() => void} show */
  #showState(show) {
    this.#scroller.hidden = true;
    show();
  }

  /** @param {DiffDocument} document */
  #showDocument(document) {
    this.#document = document;
    this.#scroller.hidden = false;
    this.state.clear();
    const { a, b, timing } = this.#query;
    this.#head.setDocument(document, {
      a,
      b,
      withEqual: this.#withEqual,
      withTimes: timing !== "",
    });
    const shown = document.exchanges.filter(
      ({ verdict }) => this.#withEqual || !EQUAL.includes(verdict),
    );
    replaceChildren(this.#body);
    this.#showExchanges(document, shown, FIRST_EXCHANGES);
  }

  /**
   * @param {DiffDocument} document
   * @param {import("../base/types.js").DiffExchange[]} shown
   * @param {number} count
   */
  #showExchanges(document, shown, count) {
    for (const exchange of shown.slice(this.#body.childElementCount, count)) {
      const card = new DiffExchangeCard();
      card.setExchange(exchange, document.left_side, document.right_side);
      this.#body.append(card);
    }
    const rest = shown.length - count;
    if (rest <= 0) return;
    const onclick = () => {
      more.remove();
      this.#showExchanges(document, shown, count + 10 * FIRST_EXCHANGES);
    };
    const more = createElement(
      "button",
      { class: "button", onclick },
      `Show ${formatPlural(rest, "more exchange")}`,
    );
    this.#body.append(more);
  }

  /** @param {number} offset */
  #move(offset) {
    const cards = [...this.querySelectorAll("diff-change")];
    const current = cards.findIndex((card) => card.classList.contains("diff-change-current"));
    const card = cards[Math.max(0, Math.min(cards.length - 1, current + offset))];
    if (!(card instanceof HTMLElement)) return;
    card.focus({ preventScroll: true });
    card.scrollIntoView({ block: "nearest" });
  }

  /** @param {EventTarget | null} target */
  #markCurrent(target) {
    const card = target instanceof Element ? target.closest("diff-change") : null;
    if (card === null) return;
    for (const other of this.querySelectorAll(".diff-change-current")) {
      other.classList.remove("diff-change-current");
    }
    card.classList.add("diff-change-current");
  }

  /**
   * @param {"left" | "right"} side
   * @returns {boolean | void}
   */
  #open(side) {
    const card = this.querySelector(".diff-change-current") ?? this.querySelector("diff-change");
    const address = card instanceof DiffChangeCard ? card[side] : null;
    if (address === null) return false;
    goTo(address);
  }
}

customElements.define("diff-view", DiffView);
