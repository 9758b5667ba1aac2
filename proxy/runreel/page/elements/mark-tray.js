import { addressOfDiff } from "../base/addresses.js";
import { createElement, replaceChildren } from "../base/dom.js";
import { marks } from "../base/marks.js";
import { escapeLine } from "../base/visible.js";

/** What is marked for a comparison, and the way to it; hidden if nothing is. */
export class MarkTray extends HTMLElement {
  connectedCallback() {
    marks.addEventListener("change", this.#update);
    this.#update();
  }

  disconnectedCallback() {
    marks.removeEventListener("change", this.#update);
  }

  #update = () => {
    const [left, right] = marks.sides;
    this.hidden = left === undefined;
    if (left === undefined) return;
    const clear = createElement(
      "button",
      {
        class: "shell-button",
        "aria-label": "Clear marks",
        title: "Clear marks",
        onclick: () => marks.clear(),
      },
      "×",
    );
    replaceChildren(this, this.#buildBody(left, right), clear);
  };

  /**
   * @param {string} left
   * @param {string | undefined} right
   * @returns {HTMLElement}
   */
  #buildBody(left, right) {
    const first = createElement("b", {}, shorten(left));
    if (right === undefined) {
      return createElement(
        "span",
        { title: escapeLine(left) },
        first,
        " marked; d marks the second",
      );
    }
    const title = escapeLine(`Compare ${left} and ${right}`);
    return createElement(
      "a",
      { href: addressOfDiff(left, right), title },
      "Compare ",
      first,
      " with ",
      createElement("b", {}, shorten(right)),
    );
  }
}

/**
 * Shorten a side to what tells it apart: the number or id, or the end of the recording's name.
 *
 * @param {string} side
 * @returns {string}
 */
function shorten(side) {
  const [, number] = /:([^/:]+)$/.exec(side) ?? [];
  if (number === undefined) return escapeLine(side.slice(-20));
  return /^\d+$/.test(number) ? `#${number}` : escapeLine(number.slice(-16));
}

customElements.define("mark-tray", MarkTray);
