import { createElement, createSvg, setAttribute } from "../base/dom.js";
import { formatDuration } from "../base/format.js";

/** Width of the drawing in its own units, in which a moment is a share of the whole time. */
const STRIP_UNITS = 1000;
const STRIP_HEIGHT = 24;

/**
 * The time of a stream from the request to its end: a tick for each event, stalls as areas, and a
 * control to go to a moment. Dispatches `seek` with microseconds since the request.
 */
export class TimeStrip extends HTMLElement {
  #endUs = 1;
  #plain = createSvg("path", { class: "time-strip-plain" });
  #content = createSvg("path", { class: "time-strip-content" });
  #stalls = createSvg("path", { class: "time-strip-stalls" });
  #played = createSvg("rect", {
    class: "time-strip-played",
    x: 0,
    y: 0,
    width: 0,
    height: STRIP_HEIGHT,
  });
  #field = createElement("input", {
    ...{ class: "time-strip-field", type: "range", min: 0, max: 1000, step: 1, value: 0 },
    "aria-label": "Moment of the stream",
    oninput: () => this.#seek(),
  });

  connectedCallback() {
    if (this.firstChild !== null) return;
    const box = {
      viewBox: `0 0 ${STRIP_UNITS} ${STRIP_HEIGHT}`,
      preserveAspectRatio: "none",
      "aria-hidden": "true",
    };
    this.append(
      createSvg("svg", box, this.#played, this.#stalls, this.#plain, this.#content),
      this.#field,
    );
  }

  /**
   * @param {number[]} moments of the events, in microseconds
   * @param {Set<number>} content numbers of the events that add to the transcript
   * @param {number[]} stalls numbers of the events that came after a stall
   * @param {number} endUs
   */
  draw(moments, content, stalls, endUs) {
    this.#endUs = Math.max(1, endUs);
    const ticks = moments.map((at, index) => ({
      x: this.#scale(at),
      isContent: content.has(index + 1),
    }));
    setAttribute(
      this.#content,
      "d",
      drawTicks(
        ticks.filter((tick) => tick.isContent),
        4,
      ),
    );
    setAttribute(
      this.#plain,
      "d",
      drawTicks(
        ticks.filter((tick) => !tick.isContent),
        14,
      ),
    );
    const areas = stalls.map((number) => [
      this.#scale(moments[number - 2] ?? 0),
      this.#scale(moments[number - 1] ?? 0),
    ]);
    setAttribute(
      this.#stalls,
      "d",
      areas.map(([from = 0, to = 0]) => `M${from} 0H${to}V${STRIP_HEIGHT}H${from}z`).join(""),
    );
    this.#field.max = String(Math.ceil(this.#endUs / 1000));
  }

  /**
   * Show how far the stream is.
   *
   * @param {number} atUs
   */
  setMoment(atUs) {
    setAttribute(this.#played, "width", this.#scale(atUs).toFixed(1));
    this.#field.value = String(Math.round(atUs / 1000));
    setAttribute(
      this.#field,
      "aria-valuetext",
      `${formatDuration(atUs)} of ${formatDuration(this.#endUs)}`,
    );
  }

  /** @param {number} atUs */
  #scale(atUs) {
    return Math.min(STRIP_UNITS, (atUs / this.#endUs) * STRIP_UNITS);
  }

  #seek() {
    const atUs = Math.min(this.#endUs, Number(this.#field.value) * 1000);
    this.dispatchEvent(new CustomEvent("seek", { detail: atUs }));
  }
}

/**
 * @param {{x: number}[]} ticks
 * @param {number} top
 */
function drawTicks(ticks, top) {
  const places = new Set(ticks.map(({ x }) => x.toFixed(1)));
  return [...places].map((x) => `M${x} ${top}V${STRIP_HEIGHT}`).join("");
}

customElements.define("time-strip", TimeStrip);
