import { createElement, replaceChildren } from "../base/dom.js";
import { server } from "../base/server.js";
import { escapeLine } from "../base/visible.js";

/** Chooses the recording that the list and the numbers are about. Dispatches `choose`. */
export class RecordingMenu extends HTMLElement {
  #select = createElement("select", { "aria-label": "Recording", onchange: () => this.#choose() });
  #chosen = "";

  connectedCallback() {
    if (this.firstChild === null) this.append(this.#select);
    server.addEventListener("recordings", this.#update);
    this.#update();
  }

  disconnectedCallback() {
    server.removeEventListener("recordings", this.#update);
  }

  /** @param {string} recording "" for all of them */
  setChosen(recording) {
    this.#chosen = recording;
    this.#update();
  }

  open() {
    this.#select.focus();
    this.#select.showPicker?.();
  }

  #choose() {
    this.dispatchEvent(new CustomEvent("choose", { detail: this.#select.value }));
  }

  #update = () => {
    const names = server.recordings.map((entry) => entry.name);
    if (this.#chosen !== "" && !names.includes(this.#chosen)) names.unshift(this.#chosen);
    const all = createElement(
      "option",
      { value: "" },
      names.length === 1 ? "All recordings" : `All ${names.length} recordings`,
    );
    const options = names.map((name) => createElement("option", { value: name }, escapeLine(name)));
    replaceChildren(this.#select, all, ...options);
    this.#select.value = this.#chosen;
  };
}

customElements.define("recording-menu", RecordingMenu);
