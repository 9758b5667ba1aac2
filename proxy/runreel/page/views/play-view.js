import { addressOfExchange } from "../base/addresses.js";
import { buildPath, getJson } from "../base/api.js";
import { createElement, replaceChildren, setAttribute, setText } from "../base/dom.js";
import { formatCount, formatDuration } from "../base/format.js";
import { goTo } from "../base/router.js";
import { escapeLine } from "../base/visible.js";
import { PlayedBlock } from "../elements/played-block.js";
import { TimeStrip } from "../elements/time-strip.js";
import { ViewState } from "../elements/view-state.js";
import { Playback, sumMoments } from "../model/playback.js";
import { Player } from "../model/player.js";

/** @typedef {import("../model/types.js").ExchangeAnswer} ExchangeAnswer */

/** Microseconds that the arrow keys go with Shift. */
const LONG_STEP_US = 1_000_000;

/** A stream again at its recorded pace; also as nothing but its text, for a beamer. */
export class PlayView extends HTMLElement {
  scope = "play";
  heading = "";
  state = new ViewState();
  #blocks = createElement("div", { class: "play-view-blocks" });
  #stage = createElement(
    "div",
    { class: "play-view-stage", tabindex: "0", role: "region", "aria-label": "Transcript" },
    this.#blocks,
  );
  #strip = new TimeStrip();
  #playButton = createElement("button", {
    class: "button play-view-play",
    onclick: () => this.#player.toggle(),
  });
  #clock = createElement("span", { class: "play-view-clock" });
  #count = createElement("span", { class: "play-view-count muted" });
  #speed = createElement("span", { class: "play-view-speed" });
  #link = createElement("a", { class: "button" }, "Events");
  #bar = this.#buildBar();
  #player = new Player(() => this.#showMoment());
  #playback = new Playback([], [], 0);
  /** @type {PlayedBlock[]} */
  #played = [];
  #place = "";
  #exchangeAddress = "";
  #controller = new AbortController();

  /** @type {import("../base/keys.js").Commands} */
  commands = {
    toggle: () => this.#player.toggle(),
    forward: () => this.#step(1),
    back: () => this.#step(-1),
    "second-forward": () => this.#player.seek(this.#player.atUs + LONG_STEP_US),
    "second-back": () => this.#player.seek(this.#player.atUs - LONG_STEP_US),
    first: () => this.#player.seek(0),
    last: () => this.#player.seek(this.#player.endUs),
    faster: () => this.#player.changeSpeed(1),
    slower: () => this.#player.changeSpeed(-1),
    "full-screen": () => void this.#toggleFullScreen(),
    close: () => this.#close(),
  };

  connectedCallback() {
    if (this.firstChild !== null) return;
    this.append(this.#stage, this.#bar, this.state);
    this.#strip.addEventListener("seek", (event) =>
      this.#player.seek(/** @type {CustomEvent} */ (event).detail),
    );
  }

  /** @param {import("../base/router.js").Route} route */
  show(route) {
    const { recording = "", number = "" } = route.parameters;
    this.#exchangeAddress = addressOfExchange(recording, Number(number));
    this.#link.setAttribute("href", this.#exchangeAddress);
    const place = `${recording}:${number}`;
    if (place === this.#place) return;
    this.#place = place;
    void this.#open(buildPath("x", recording, number));
  }

  hide() {
    this.#controller.abort();
    this.#player.pause();
    this.#place = "";
  }

  /** @param {string} path */
  async #open(path) {
    this.#controller.abort();
    this.#controller = new AbortController();
    const { signal } = this.#controller;
    this.state.showLoading();
    this.#stage.hidden = this.#bar.hidden = true;
    try {
      const answer = /** @type {ExchangeAnswer} */ (await getJson(path, {}, signal));
      if (signal.aborted) return;
      this.#setAnswer(answer);
    } catch (error) {
      if (!signal.aborted) {
        this.state.showError(/** @type {Error} */ (error), () => void this.#open(path));
      }
    }
  }

  /** @param {ExchangeAnswer} answer */
  #setAnswer({ recording, exchange, figures }) {
    const { timing, blocks, is_stream: isStream } = exchange.trace;
    this.heading = escapeLine(`Play #${exchange.number} · ${recording}`);
    document.title = `${this.heading} · runreel`;
    if (!isStream || !exchange.events) {
      const link = createElement("a", { href: this.#exchangeAddress }, "See the exchange");
      this.state.showEmpty("This answer is not a stream", "It came in one piece. ", link);
      return;
    }
    this.state.clear();
    this.#stage.hidden = this.#bar.hidden = false;
    const moments = sumMoments(
      figures?.first_event_us ?? timing.first_byte_us ?? 0,
      timing.gaps_us,
      exchange.events,
    );
    this.#playback = new Playback(moments, blocks, timing.end_us);
    this.#played = blocks.map(buildPlayedBlock);
    replaceChildren(this.#blocks, this.#played);
    const content = new Set(blocks.flatMap((block) => block.pieces.map(([event]) => event)));
    this.#strip.draw(moments, content, timing.stalls, this.#playback.endUs);
    this.#player.load(this.#playback.endUs);
    if (prefersLessMotion()) this.#player.seek(this.#playback.endUs);
    else this.#player.play();
  }

  #showMoment() {
    const { atUs, endUs, isPlaying, speed } = this.#player;
    const events = this.#playback.countEvents(atUs);
    const lengths = this.#playback.measureTexts(events);
    const changes = this.#played.map((block, index) => block.showUntil(lengths[index] ?? 0));
    const isGrowing = changes.some(Boolean);
    if (isGrowing || !isPlaying) this.#markGrowing(isPlaying ? changes : []);
    this.#strip.setMoment(atUs);
    setText(this.#playButton, isPlaying ? "Pause" : atUs >= endUs ? "Again" : "Play");
    setText(this.#clock, `${formatDuration(atUs) || "0 ms"} / ${formatDuration(endUs)}`);
    setText(
      this.#count,
      `event ${formatCount(events)} of ${formatCount(this.#playback.moments.length)}`,
    );
    setText(this.#speed, `${speed}×`);
    setAttribute(this, "data-playing", String(isPlaying));
    if (isPlaying && isGrowing) this.#stage.scrollTop = this.#stage.scrollHeight;
  }

  /**
   * Mark the blocks to which something was added last.
   *
   * @param {boolean[]} changes
   */
  #markGrowing(changes) {
    for (const [index, block] of this.#played.entries()) {
      block.classList.toggle("played-block-last", changes[index] === true);
    }
  }

  /** @param {1 | -1} direction */
  #step(direction) {
    this.#player.pause();
    this.#player.seek(this.#playback.findNext(this.#player.atUs, direction));
  }

  async #toggleFullScreen() {
    if (document.fullscreenElement) await document.exitFullscreen();
    else await this.requestFullscreen();
    this.#stage.focus();
  }

  #close() {
    if (document.fullscreenElement) void document.exitFullscreen();
    else goTo(this.#exchangeAddress);
  }

  #buildBar() {
    const button = (
      /** @type {string} */ text,
      /** @type {string} */ label,
      /** @type {() => void} */ onclick,
    ) =>
      createElement(
        "button",
        { class: "button", "aria-label": label, title: label, onclick },
        text,
      );
    return createElement(
      "div",
      { class: "play-view-bar", role: "group", "aria-label": "Playback" },
      this.#playButton,
      this.#clock,
      this.#strip,
      this.#count,
      createElement(
        "span",
        { class: "play-view-speeds" },
        button("−", "Slower", () => this.#player.changeSpeed(-1)),
        this.#speed,
        button("+", "Faster", () => this.#player.changeSpeed(1)),
      ),
      button("Full screen", "Full screen (f)", () => void this.#toggleFullScreen()),
      this.#link,
    );
  }
}

/** @param {import("../model/types.js").Block} block */
function buildPlayedBlock(block) {
  const played = new PlayedBlock();
  played.setBlock(block);
  return played;
}

function prefersLessMotion() {
  return matchMedia("(prefers-reduced-motion: reduce)").matches;
}

customElements.define("play-view", PlayView);
