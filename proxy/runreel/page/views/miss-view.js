import { addressOfExchange } from "../base/addresses.js";
import { buildPath, getJson } from "../base/api.js";
import { createElement, replaceChildren } from "../base/dom.js";
import { goTo } from "../base/router.js";
import { escapeLine } from "../base/visible.js";
import { copyWithNotice } from "../elements/copy-menu.js";
import {
  buildMissAdvice,
  buildMissDifferences,
  buildMissHeading,
  buildMissMessage,
  buildMissProposal,
  buildMissRequests,
  formatProposal,
} from "../elements/miss-sections.js";
import { showNotice } from "../elements/notice-list.js";
import { ViewState } from "../elements/view-state.js";

/** @typedef {import("../elements/miss-sections.js").MissDocument} MissDocument */

/** Why no recorded exchange answered a request, and what to do. */
export class MissView extends HTMLElement {
  scope = "miss";
  heading = "";
  state = new ViewState();
  #content = createElement("div", {
    class: "miss-view-content",
    tabindex: "0",
    role: "region",
    "aria-label": "Miss",
  });
  /** @type {MissDocument | null} */
  #miss = null;
  #recording = "";
  #place = "";
  #current = -1;
  #controller = new AbortController();

  /** @type {import("../base/keys.js").Commands} */
  commands = {
    next: () => this.#move(1),
    previous: () => this.#move(-1),
    copy: () => void this.#copyLines(),
    open: () => this.#openNearest(),
  };

  connectedCallback() {
    if (this.firstChild === null) this.append(this.#content, this.state);
  }

  /** @param {import("../base/router.js").Route} route */
  show({ parameters }) {
    const { recording = "", id = "" } = parameters;
    if (this.#place === `${recording}:${id}`) return;
    this.#place = `${recording}:${id}`;
    this.#recording = recording;
    void this.#open(buildPath("misses", recording, id));
  }

  hide() {
    this.#controller.abort();
    this.#place = "";
  }

  /** @param {string} path */
  async #open(path) {
    this.#controller.abort();
    this.#controller = new AbortController();
    const { signal } = this.#controller;
    this.state.showLoading();
    this.#content.hidden = true;
    try {
      const miss = await getJson(path, {}, signal);
      if (!signal.aborted) this.#setMiss(miss);
    } catch (error) {
      if (!signal.aborted) {
        this.state.showError(/** @type {Error} */ (error), () => void this.#open(path));
      }
    }
  }

  /** @param {MissDocument} miss */
  #setMiss(miss) {
    this.#miss = miss;
    this.#current = -1;
    this.heading = escapeLine(
      `Miss of ${miss.document.method} ${miss.document.path} · ${this.#recording}`,
    );
    document.title = `${this.heading} · runreel`;
    this.state.clear();
    this.#content.hidden = false;
    replaceChildren(
      this.#content,
      buildMissHeading(this.#recording, miss),
      buildMissAdvice(miss),
      buildMissDifferences(miss),
      buildMissProposal(this.#recording, miss),
      buildMissRequests(miss),
      buildMissMessage(miss),
    );
  }

  async #copyLines() {
    const lines = this.#miss?.proposal?.lines ?? [];
    if (lines.length === 0) showNotice("No line of configuration would help here.");
    else await copyWithNotice(formatProposal(lines), "The lines");
  }

  /** @param {1 | -1} direction */
  #move(direction) {
    const cards = [...this.#content.querySelectorAll("difference-card")];
    this.#current = Math.max(0, Math.min(cards.length - 1, this.#current + direction));
    const card = cards[this.#current];
    if (card instanceof HTMLElement) card.focus();
  }

  #openNearest() {
    const nearest = this.#miss?.nearest?.number;
    if (nearest) goTo(addressOfExchange(this.#recording, nearest));
  }
}

customElements.define("miss-view", MissView);
