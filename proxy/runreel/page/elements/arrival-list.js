import { createElement, replaceChildren } from "../base/dom.js";
import { formatBytes, formatDuration } from "../base/format.js";

/** Arrivals that are shown: the last ones. */
const ARRIVALS_SHOWN = 200;

/** What has arrived of a call under way: a line for each report, the newest first. */
export class ArrivalList extends HTMLElement {
  #size = 0;
  #head = createElement("p", { class: "arrival-list-head muted", hidden: true }, [
    ...["when", "arrived", "in all"].map((name) =>
      createElement("span", { class: "number" }, name),
    ),
  ]);
  #list = createElement("ol", { class: "arrival-list-rows", "aria-label": "What has arrived" });

  connectedCallback() {
    if (this.firstChild === null) this.append(this.#head, this.#list);
  }

  clear() {
    this.#size = 0;
    replaceChildren(this.#list);
    this.#head.hidden = true;
  }

  /**
   * @param {number} size bytes so far
   * @param {number} atUs
   */
  add(size, atUs) {
    if (size <= this.#size) return;
    const cells = [formatDuration(atUs), `+${formatBytes(size - this.#size)}`, formatBytes(size)];
    this.#size = size;
    this.#head.hidden = false;
    this.#list.prepend(
      createElement(
        "li",
        {},
        cells.map((text) => createElement("span", { class: "number" }, text)),
      ),
    );
    if (this.#list.childElementCount > ARRIVALS_SHOWN) this.#list.lastElementChild?.remove();
  }
}

customElements.define("arrival-list", ArrivalList);
