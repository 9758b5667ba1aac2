/**
 * Numbers and moments as the page prints them. Null is what is not known: it prints as nothing.
 */

const THOUSANDS = new Intl.NumberFormat("en", { maximumFractionDigits: 0 });

/**
 * Format a count with separators between thousands: 12,345.
 *
 * @param {number | null | undefined} count
 * @returns {string}
 */
export function formatCount(count) {
  return isNumber(count) ? THOUSANDS.format(count) : "";
}

/**
 * Format a duration with three digits and its unit: 640 µs, 1.91 ms, 308 ms, 1.42 s, 2 m 05 s.
 *
 * @param {number | null | undefined} microseconds
 * @returns {string}
 */
export function formatDuration(microseconds) {
  if (!isNumber(microseconds)) return "";
  if (microseconds < 1000) return `${Math.round(microseconds)} µs`;
  if (microseconds < 999_500) return `${formatDigits(microseconds / 1000)} ms`;
  if (microseconds < 99_950_000) return `${formatDigits(microseconds / 1_000_000)} s`;
  return formatMinutes(Math.round(microseconds / 1_000_000));
}

/**
 * Format milliseconds with one decimal, for columns of equal numbers: 1,415.4.
 *
 * @param {number | null | undefined} microseconds
 * @returns {string}
 */
export function formatMilliseconds(microseconds) {
  if (!isNumber(microseconds)) return "";
  const options = { minimumFractionDigits: 1, maximumFractionDigits: 1 };
  return (microseconds / 1000).toLocaleString("en", options);
}

/**
 * Format a size: 342 B, 5.57 KiB, 21.4 MiB.
 *
 * @param {number | null | undefined} bytes
 * @returns {string}
 */
export function formatBytes(bytes) {
  if (!isNumber(bytes)) return "";
  if (bytes < 1024) return `${bytes} B`;
  const exponent = bytes < 1024 ** 2 * 0.99 ? 1 : bytes < 1024 ** 3 * 0.99 ? 2 : 3;
  return `${formatDigits(bytes / 1024 ** exponent)} ${["", "KiB", "MiB", "GiB"][exponent]}`;
}

/**
 * Format tokens of input and output: 56 → 41; a number that was not reported is a dash.
 *
 * @param {number | null | undefined} input
 * @param {number | null | undefined} output
 * @returns {string}
 */
export function formatTokens(input, output) {
  if (!isNumber(input) && !isNumber(output)) return "";
  return `${formatCount(input) || "–"} → ${formatCount(output) || "–"}`;
}

/**
 * Format the time of day of a moment, in the time zone of the browser: 09:10:54.872.
 *
 * @param {string | null | undefined} moment ISO 8601
 * @returns {string}
 */
export function formatClock(moment) {
  const date = parseMoment(moment);
  if (date === null) return "";
  const seconds = date.toLocaleTimeString("en-GB", { hour12: false });
  return `${seconds}.${String(date.getMilliseconds()).padStart(3, "0")}`;
}

/**
 * Format day and time of a moment: 2026-11-25 09:10:54.
 *
 * @param {string | null | undefined} moment ISO 8601
 * @returns {string}
 */
export function formatMoment(moment) {
  const date = parseMoment(moment);
  return date === null ? "" : date.toLocaleString("sv-SE");
}

/**
 * Format a number of things with its noun: 1 exchange, 12 exchanges.
 *
 * @param {number} count
 * @param {string} singular
 * @param {string} [plural]
 * @returns {string}
 */
export function formatPlural(count, singular, plural = `${singular}s`) {
  return `${formatCount(count)} ${count === 1 ? singular : plural}`;
}

/**
 * @param {number} value
 * @returns {string}
 */
function formatDigits(value) {
  if (value >= 99.95) return String(Math.round(value));
  return value.toFixed(value >= 9.995 ? 1 : 2);
}

/**
 * @param {number} seconds
 * @returns {string}
 */
function formatMinutes(seconds) {
  const minutes = Math.floor(seconds / 60);
  if (minutes < 60) return `${minutes} m ${String(seconds % 60).padStart(2, "0")} s`;
  return `${Math.floor(minutes / 60)} h ${String(minutes % 60).padStart(2, "0")} m`;
}

/**
 * @param {number | null | undefined} value
 * @returns {value is number}
 */
function isNumber(value) {
  return typeof value === "number";
}

/**
 * @param {string | null | undefined} moment
 * @returns {Date | null}
 */
function parseMoment(moment) {
  if (!moment) return null;
  const date = new Date(moment);
  return Number.isNaN(date.getTime()) ? null : date;
}
