import { createSvg, setAttributes } from "../base/dom.js";

/** Size of the drawing, in its own units. */
const WIDTH = 100;
const HEIGHT = 8;

/** Median, 95th percentile and maximum on one scale with those of the neighbours. */
export class RangeBar extends HTMLElement {
  /**
   * @param {{p50: number | null, p95: number | null, max: number | null}} range
   * @param {number} most the maximum of all neighbours
   */
  draw(range, most) {
    const { p50, p95, max } = range;
    if (p50 === null || p95 === null || max === null || most <= 0) {
      this.replaceChildren();
      return;
    }
    const [first, second, third] = [p50, p95, max].map((value) => (WIDTH * value) / most);
    const box = { viewBox: `0 0 ${WIDTH} ${HEIGHT}`, preserveAspectRatio: "none" };
    this.replaceChildren(
      createSvg(
        "svg",
        { ...box, "aria-hidden": "true" },
        buildBox("max", 0, third, 3),
        buildBox("p95", 0, second, 5),
        buildBox("p50", 0, first, HEIGHT),
      ),
    );
  }
}

/**
 * @param {string} name
 * @param {number} left
 * @param {number | undefined} width
 * @param {number} height
 * @returns {SVGRectElement}
 */
function buildBox(name, left, width = 0, height) {
  const box = createSvg("rect", { class: `range-bar-${name}` });
  setAttributes(box, { x: left, y: (HEIGHT - height) / 2, width: Math.max(width, 0.5), height });
  return box;
}

customElements.define("range-bar", RangeBar);
