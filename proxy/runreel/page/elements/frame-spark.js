import { createSvg, setAttribute } from "../base/dom.js";

/** Size of the drawing, in its own units. */
const WIDTH = 96;
const HEIGHT = 16;

/** Bars of how many bytes came in each slice of an answer's time. */
export class FrameSpark extends HTMLElement {
  #path = createSvg("path", {});
  #drawn = "";

  connectedCallback() {
    if (this.firstChild !== null) return;
    const box = {
      viewBox: `0 0 ${WIDTH} ${HEIGHT}`,
      "aria-hidden": "true",
      preserveAspectRatio: "none",
    };
    this.append(createSvg("svg", box, this.#path));
  }

  /**
   * Draw the bars.
   *
   * @param {number[]} values 0 to 100
   */
  draw(values) {
    const text = values.join(" ");
    if (text === this.#drawn) return;
    this.#drawn = text;
    setAttribute(this.#path, "d", buildBars(values));
  }
}

/**
 * @param {number[]} values
 * @returns {string}
 */
function buildBars(values) {
  const step = WIDTH / Math.max(1, values.length);
  return values.map((value, index) => buildBar(index * step, step - 1, value)).join("");
}

/**
 * @param {number} left
 * @param {number} width
 * @param {number} value
 * @returns {string}
 */
function buildBar(left, width, value) {
  if (value <= 0) return "";
  const height = Math.max(1.5, (value / 100) * HEIGHT);
  return `M${left.toFixed(1)} ${HEIGHT}v${-height.toFixed(1)}h${width.toFixed(1)}v${height.toFixed(1)}z`;
}

customElements.define("frame-spark", FrameSpark);
