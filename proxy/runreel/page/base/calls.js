/**
 * Rows of calls that have no exchange yet, or will have none, made of the live stream's events.
 *
 * @typedef {import("./types.js").Row} Row
 * @typedef {import("./types.js").CallRow} CallRow
 */

/** Milliseconds for which the bytes of a call under way are summed up into one bar. */
const SLICE_MS = 250;
const SLICES = 24;

/** What is not known of a call. */
const NEW_CALL = {
  ...{ number: null, target: null, operation: "", dialect: "", run: null, model: null },
  ...{ status: null, end: null, ending: null, is_alarm: false, first_content_us: null },
  ...{ duration_us: null, bytes: null, events: null, input_tokens: null, output_tokens: null },
  ...{ outcome: null, problems: 0, redactions: 0, spark: [], slices: [], after_us: 0 },
};

/**
 * Make the row of a call that has begun.
 *
 * @param {any} data of `begin`
 * @returns {CallRow}
 */
export function beginCall(data) {
  const { recording, call, started, session, method, operation } = data;
  const began = performance.now() - Math.max(0, Date.now() - Date.parse(started));
  return {
    ...NEW_CALL,
    recording,
    call,
    session,
    method,
    operation: operation ?? "",
    started,
    began,
  };
}

/**
 * Return the row of a call after more of its answer has been relayed.
 *
 * @param {CallRow} row
 * @param {any} data of `progress`: bytes so far, and microseconds since the request
 * @returns {CallRow}
 */
export function growCall(row, { bytes, duration_us: at }) {
  const began = Math.min(row.began, performance.now() - at / 1000);
  const index = Math.floor(at / 1000 / SLICE_MS);
  const slices = row.slices.slice();
  slices[index] = (slices[index] ?? 0) + bytes - (row.bytes ?? 0);
  return { ...row, bytes, began, slices, spark: drawSlices(slices) };
}

/**
 * Return the row of a call that has ended.
 *
 * @param {CallRow} row
 * @param {any} data of `end`
 * @returns {CallRow}
 */
export function endCall(row, data) {
  const { outcome, number, duration_us: duration, status, end, path, bytes, miss } = data;
  const ending = end === "complete" ? null : end;
  const facts = { number: number ?? null, duration_us: duration, status, end, ending };
  const isAlarm = outcome === "failed" || outcome === "lost";
  const rest = { target: path ?? row.target, bytes: bytes ?? row.bytes, miss: miss ?? null };
  return { ...row, outcome, ...facts, ...rest, is_alarm: isAlarm };
}

/**
 * Return heights of bars, 0 to 100: those of the last slices of a call under way.
 *
 * @param {number[]} slices bytes; sparse
 * @returns {number[]}
 */
function drawSlices(slices) {
  const start = Math.max(0, slices.length - SLICES);
  const shown = Array.from({ length: SLICES }, (_, index) => slices[start + index] ?? 0);
  const most = Math.max(1, ...shown);
  return shown.map((bytes) => Math.round((100 * bytes) / most));
}
