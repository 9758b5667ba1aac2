/**
 * Positions in a text, in the three units that meet in this page: the API counts code points in
 * the texts of blocks and bytes in bodies, a browser counts UTF-16 code units.
 */

/** Code units among which a place to cut a text is looked for. */
const BREAK_REACH = 1024;

/** Code points and code units of one text. */
export class TextOffsets {
  #pairs;

  /** @param {string} text */
  constructor(text) {
    /** Code point index of each character that takes two code units. */
    this.#pairs = findPairs(text);
  }

  /**
   * Return the code unit at which a code point begins.
   *
   * @param {number} codePoint
   */
  toUnit(codePoint) {
    return codePoint + countBelow(this.#pairs, codePoint);
  }

  /**
   * Return the code point that holds a code unit.
   *
   * @param {number} unit
   */
  toCodePoint(unit) {
    const pairs = countWhere(this.#pairs, (codePoint, index) => codePoint + index + 2 <= unit);
    const next = this.#pairs[pairs];
    const isInside = next !== undefined && next + pairs + 1 === unit;
    return unit - pairs - (isInside ? 1 : 0);
  }
}

/**
 * Return the number of bytes that UTF-8 needs for a text.
 *
 * @param {string} text
 */
export function countUtf8Bytes(text) {
  return new TextEncoder().encode(text).length;
}

/**
 * Return the code units at which bytes of the UTF-8 form of a text begin.
 *
 * @param {string} text
 * @param {number[]} offsets ascending offsets in bytes
 * @returns {number[]}
 */
export function findUnitsOfBytes(text, offsets) {
  let bytes = 0;
  let unit = 0;
  return offsets.map((offset) => {
    while (bytes < offset && unit < text.length) {
      const code = text.codePointAt(unit) ?? 0;
      bytes += measureUtf8(code);
      unit += code < 0x10000 ? 1 : 2;
    }
    return unit;
  });
}

/**
 * Return a place where a text can be cut: after a space or a line feed before a code unit, if there
 * is one nearby.
 *
 * @param {string} text
 * @param {number} unit
 */
export function findBreak(text, unit) {
  if (unit >= text.length) return text.length;
  const start = unit - BREAK_REACH;
  const reach = text.slice(Math.max(0, start), unit);
  const space = Math.max(reach.lastIndexOf(" "), reach.lastIndexOf("\n"));
  return space > 0 ? Math.max(0, start) + space + 1 : alignUnit(text, unit);
}

/**
 * Return a code unit that does not stand within a surrogate pair: the given one, or the one before.
 *
 * @param {string} text
 * @param {number} unit
 */
export function alignUnit(text, unit) {
  const isWithin = unit > 0 && unit < text.length;
  return isWithin && (text.codePointAt(unit - 1) ?? 0) > 0xffff ? unit - 1 : unit;
}

/**
 * Return the number of ascending values that are less than a limit.
 *
 * @param {ArrayLike<number>} values
 * @param {number} limit
 */
export function countBelow(values, limit) {
  return countWhere(values, (value) => value < limit);
}

/**
 * Return the number of values for which a condition holds, which holds for a beginning of them.
 *
 * @param {ArrayLike<number>} values
 * @param {(value: number, index: number) => boolean} holds
 */
function countWhere(values, holds) {
  let low = 0;
  let high = values.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (holds(/** @type {number} */ (values[middle]), middle)) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** @param {string} text */
function findPairs(text) {
  const pairs = [];
  for (let unit = 0; unit < text.length - 1; unit += 1) {
    if ((text.codePointAt(unit) ?? 0) < 0x10000) continue;
    pairs.push(unit - pairs.length);
    unit += 1;
  }
  return pairs;
}

/** @param {number} code a code point */
function measureUtf8(code) {
  if (code < 0x80) return 1;
  if (code < 0x800) return 2;
  return code < 0x10000 ? 3 : 4;
}
