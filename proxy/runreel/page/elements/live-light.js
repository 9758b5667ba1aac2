import { createElement, setText } from "../base/dom.js";
import { server } from "../base/server.js";

const TEXTS = /** @type {Record<string, [string, string]>} */ ({
  connecting: ["connecting", "Connecting to the proxy"],
  live: ["live", "Connected: calls appear as they happen"],
  lost: ["offline", "The proxy does not answer. This page tries again by itself."],
  still: ["files", "Cassettes on disk: nothing changes by itself"],
  file: ["file", "An exported file: nothing changes"],
});

/** Says if the page follows a running proxy. */
export class LiveLight extends HTMLElement {
  #text = createElement("span", {});

  connectedCallback() {
    if (this.firstChild === null) {
      this.append(createElement("i", { "aria-hidden": "true" }), this.#text);
    }
    this.setAttribute("role", "status");
    server.addEventListener("connection", this.#update);
    server.addEventListener("recordings", this.#update);
    this.#update();
  }

  disconnectedCallback() {
    server.removeEventListener("connection", this.#update);
    server.removeEventListener("recordings", this.#update);
  }

  #update = () => {
    const state = server.error === null ? server.connection : "lost";
    const [text, title] = TEXTS[state] ?? [state, ""];
    this.dataset.state = state;
    this.title = title;
    setText(this.#text, text);
  };
}

customElements.define("live-light", LiveLight);
