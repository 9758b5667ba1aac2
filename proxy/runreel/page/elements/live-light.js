import { createElement, setText } from "../base/dom.js";
import { server } from "../base/server.js";

const TEXTS = {
  connecting: ["connecting", "Connecting to the proxy"],
  live: ["live", "Connected: calls appear as they happen"],
  files: ["files", "Cassettes on disk: what is added to them appears"],
  lost: ["offline", "The proxy does not answer. This page tries again by itself."],
  file: ["exported", "An exported file: nothing changes"],
};

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
    const isStill = server.connection === "live" && server.document?.live === false;
    const state = isStill ? "files" : server.connection;
    const [text = "", title = ""] = TEXTS[state];
    this.dataset.state = state;
    this.title = title;
    setText(this.#text, text);
  };
}

customElements.define("live-light", LiveLight);
