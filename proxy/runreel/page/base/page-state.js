/**
 * Return if the answers of all rows of a page are read.
 *
 * @param {import("./types.js").ExchangesPage} page
 * @returns {boolean}
 */
export function isEachRead({ rows }) {
  return rows.every((row) => row.is_read !== false);
}

/**
 * Return if the answers of all exchanges are read, so that all runs are known.
 *
 * @param {import("./types.js").ExchangesPage} page
 * @returns {boolean}
 */
export function isAllRead({ unread }) {
  return !unread;
}
