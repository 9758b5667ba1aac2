import { buildAddress } from "./router.js";

/** Addresses of the page's places; the one list of its routes. */

export const LIST = "/";
export const EXCHANGE = "/x/:recording/:number";
export const CALL = "/call/:recording/:call";
export const RUN = "/run/:recording/:id";
export const NUMBERS = "/numbers";
export const MISS = "/miss/:recording/:id";
export const DIFF = "/diff";
export const REDACTION = "/redaction/:recording/:number";
export const PLAY = "/play/:recording/:number";

/**
 * @param {string} recording
 * @param {number} number
 * @param {Record<string, string | number | null | undefined>} [query] event, block, tab
 * @returns {string}
 */
export function addressOfExchange(recording, number, query = {}) {
  return buildAddress(EXCHANGE, { recording, number }, query);
}

/**
 * @param {string} recording
 * @param {string} id
 * @returns {string}
 */
export function addressOfRun(recording, id) {
  return buildAddress(RUN, { recording, id });
}

/**
 * @param {string} recording
 * @param {string | number} id
 * @returns {string}
 */
export function addressOfMiss(recording, id) {
  return buildAddress(MISS, { recording, id });
}

/**
 * @param {string} left
 * @param {string} right
 * @returns {string}
 */
export function addressOfDiff(left, right) {
  return buildAddress(DIFF, {}, { a: left, b: right });
}

/**
 * @param {string} recording
 * @param {number} call the number of a call under way
 * @returns {string}
 */
export function addressOfCall(recording, call) {
  return buildAddress(CALL, { recording, call });
}
