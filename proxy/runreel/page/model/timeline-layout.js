import { countBelow } from "./text-offsets.js";

/** Height of a row of the timeline in pixels, as in the styles. */
export const TIMELINE_ROW = 22;

/** Greatest distance that a gap makes between two rows, in pixels. */
const MAX_DISTANCE = 56;

/** Pixels for the square root of a millisecond. */
const DISTANCE_SCALE = 1.25;

/**
 * Return the distance in pixels that stands for a gap.
 *
 * @param {number} gapUs
 */
function measureDistance(gapUs) {
  const distance = DISTANCE_SCALE * Math.sqrt(Math.max(0, gapUs) / 1000);
  return Math.min(MAX_DISTANCE, Math.round(distance));
}

/** The places of the rows of a timeline: the events, and the end as its last row. */
export class TimelineLayout {
  /** @type {number[]} microseconds before each row; the first row has no distance */
  gaps;
  /** @type {number[]} */
  #tops = [];
  height = 0;

  /**
   * @param {number} count number of events
   * @param {number[]} gaps microseconds between successive events
   * @param {number} endGapUs microseconds between the last event and the end
   */
  constructor(count, gaps, endGapUs) {
    const between = Array.from({ length: Math.max(0, count - 1) }, (_, index) => gaps[index] ?? 0);
    this.gaps = count === 0 ? [0] : [0, ...between, endGapUs];
    for (const gap of this.gaps) {
      this.#tops.push(this.height + measureDistance(gap));
      this.height += measureDistance(gap) + TIMELINE_ROW;
    }
  }

  get rows() {
    return this.gaps.length;
  }

  /** @param {number} row */
  findTop(row) {
    return this.#tops[row] ?? 0;
  }

  /**
   * Return the rows that are visible between two heights: the first, and the one after the last.
   *
   * @param {number} from
   * @param {number} to
   */
  findRows(from, to) {
    const first = countBelow(this.#tops, from - TIMELINE_ROW + 1);
    return { first, end: countBelow(this.#tops, to) };
  }
}
