/** Filters that select the calls of one group of the numbers. */

/** What makes a group, and the word of the filter language for it. */
const TERMS = /** @type {Record<string, string>} */ ({
  operation: "op",
  model: "model",
  session: "session",
  status: "status",
  dialect: "",
  cassette: "",
});

/** What a group can be made by. */
export const GROUP_KEYS = Object.keys(TERMS);

/**
 * Return the filter that selects the calls of a group; null if the language has no word for one of
 * its keys or values.
 *
 * @param {Record<string, any>} group
 * @param {string[]} by the keys that it is made by
 * @param {string} filter that selected all calls
 * @returns {string | null}
 */
export function buildGroupFilter(group, by, filter) {
  const terms = by.map((key) => buildTerm(key, String(group[key] ?? "")));
  if (terms.includes(null)) return null;
  const outer = / or /i.test(filter) ? `(${filter})` : filter;
  return [outer, ...terms].filter((term) => term !== "").join(" ");
}

/**
 * Return the term of the filter language for the calls of a group, null if there is none.
 *
 * @param {string} key that the group is made by
 * @param {string} value
 * @returns {string | null}
 */
function buildTerm(key, value) {
  if (key === "model" && value === "") return "not model:*";
  if (!TERMS[key] || value === "" || value.endsWith(" (unknown)")) return null;
  const quoted = /^[\w./-]+$/.test(value) ? value : `"${value.replace(/["\\]/g, "\\$&")}"`;
  return `${TERMS[key]}:${quoted}`;
}
