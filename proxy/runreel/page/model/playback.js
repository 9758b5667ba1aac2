import { countBelow } from "./text-offsets.js";

/** @typedef {import("./links.js").LinkedBlock} LinkedBlock */

/**
 * Return the moment of each event, in microseconds since the request.
 *
 * @param {number} firstUs moment of the first event
 * @param {number[]} gaps microseconds between successive events
 * @param {number} count number of events
 * @returns {number[]}
 */
export function sumMoments(firstUs, gaps, count) {
  let at = firstUs;
  return Array.from({ length: count }, (_, index) => {
    at += index === 0 ? 0 : (gaps[index - 1] ?? 0);
    return at;
  });
}

/** The state of a stream's transcript at each moment. */
export class Playback {
  #texts;

  /**
   * @param {number[]} moments of the events
   * @param {LinkedBlock[]} blocks
   * @param {number} endUs
   */
  constructor(moments, blocks, endUs) {
    this.moments = moments;
    this.endUs = Math.max(endUs, moments.at(-1) ?? 0);
    this.#texts = blocks.map(orderPieces);
  }

  /**
   * Return the number of events that have arrived at a moment.
   *
   * @param {number} atUs
   */
  countEvents(atUs) {
    return countBelow(this.moments, atUs + 1);
  }

  /**
   * Return the code points of each block, in their order, that have arrived with so many events.
   *
   * @param {number} events
   * @returns {number[]}
   */
  measureTexts(events) {
    return this.#texts.map(({ order, ends }) => ends[countBelow(order, events + 1) - 1] ?? 0);
  }

  /**
   * Return the moment of the event after or before a moment; the ends if there is none.
   *
   * @param {number} atUs
   * @param {1 | -1} direction
   */
  findNext(atUs, direction) {
    if (direction > 0) return this.moments[this.countEvents(atUs)] ?? this.endUs;
    return this.moments[countBelow(this.moments, atUs) - 1] ?? 0;
  }
}

/**
 * Return the events of a block's pieces in their order, and how far its text reaches with each.
 *
 * @param {LinkedBlock} block
 */
function orderPieces(block) {
  const pieces = [...block.pieces].sort((one, other) => one[0] - other[0]);
  let end = 0;
  const ends = pieces.map((piece) => (end = Math.max(end, piece[4])));
  return { order: pieces.map((piece) => piece[0]), ends };
}
