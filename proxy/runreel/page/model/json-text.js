/** A number of JSON that JavaScript would round: it is shown as it was written. */
export class WrittenNumber {
  /** @param {string} source */
  constructor(source) {
    this.source = source;
  }

  toString() {
    return this.source;
  }
}

/**
 * Parse JSON; a number that would be rounded becomes a `WrittenNumber`.
 *
 * @param {string} text
 * @returns {any}
 */
function parseJson(text) {
  return JSON.parse(text, keepNumber);
}

/**
 * Return the value that a text of JSON holds; undefined if it is not JSON.
 *
 * @param {string | null | undefined} text
 * @returns {any}
 */
export function tryParseJson(text) {
  if (text === null || text === undefined) return undefined;
  try {
    return parseJson(text);
  } catch {
    return undefined;
  }
}

/**
 * @param {string} _name
 * @param {any} value
 * @param {{source?: string}} [context] where the browser tells how a number was written
 */
function keepNumber(_name, value, context) {
  const source = context?.source;
  if (typeof value !== "number" || source === undefined || source === String(value)) return value;
  return new WrittenNumber(source);
}
