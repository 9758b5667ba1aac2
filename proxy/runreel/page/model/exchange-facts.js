import { formatBytes, formatCount, formatDuration, formatMoment } from "../base/format.js";

/**
 * @typedef {import("./types.js").ExchangeAnswer} ExchangeAnswer
 * @typedef {"" | "alarm" | "warning"} Tone
 *
 * @typedef {object} Fact
 * @property {string} name
 * @property {string} value
 * @property {string} [note]
 * @property {Tone} [tone]
 */

/**
 * Return what is said of an exchange in its heading.
 *
 * @param {ExchangeAnswer} answer
 * @returns {Fact[]}
 */
export function listFacts(answer) {
  const facts = [
    ...listOutcome(answer),
    ...listTimes(answer),
    ...listSizes(answer),
    ...listTokens(answer),
    { name: "started", value: formatMoment(answer.exchange.started) },
  ];
  return facts.filter((fact) => fact.value !== "");
}

/**
 * @param {ExchangeAnswer} answer
 * @returns {Fact[]}
 */
function listOutcome({ exchange, row }) {
  const { end, usage } = exchange.trace;
  const isError = exchange.status === null || exchange.status >= 400;
  const model = usage.answered_model || usage.requested_model;
  const asked = usage.requested_model === model ? "" : usage.requested_model;
  return [
    {
      name: "status",
      value: exchange.status === null ? "none" : String(exchange.status),
      note: end.status,
      tone: isError ? "alarm" : "",
    },
    { name: "end", value: exchange.ending, tone: end.is_alarm ? "alarm" : "" },
    { name: "model", value: model, note: asked && `asked for ${asked}` },
    { name: "outcome", value: row?.outcome ?? "" },
  ];
}

/**
 * @param {ExchangeAnswer} answer
 * @returns {Fact[]}
 */
function listTimes({ exchange, figures }) {
  const { timing, is_stream: isStream } = exchange.trace;
  const stalls = timing.stalls.length;
  return [
    { name: "first byte", value: formatDuration(timing.first_byte_us) },
    { name: "first content", value: formatDuration(timing.first_content_us) },
    { name: "took", value: formatDuration(timing.end_us) },
    { name: "gaps p50 · p95 · max", value: formatGaps(figures?.gaps) },
    {
      name: "stalls",
      value: isStream ? formatCount(stalls) : "",
      note: stalls ? `before event ${timing.stalls.slice(0, 3).join(", ")}` : "",
      tone: stalls ? "warning" : "",
    },
  ];
}

/**
 * @param {ExchangeAnswer} answer
 * @returns {Fact[]}
 */
function listSizes({ exchange, figures }) {
  const { timing, is_stream: isStream } = exchange.trace;
  const each = figures?.rates?.tokens_per_event ?? null;
  const content = `${formatCount(timing.content_events)} with content`;
  const note = each === null ? content : `${content}, ${each.toFixed(1)} tokens each`;
  return [
    { name: "events", value: isStream ? formatCount(exchange.events) : "", note },
    { name: "size", value: formatBytes(exchange.bytes) },
  ];
}

/**
 * @param {ExchangeAnswer} answer
 * @returns {Fact[]}
 */
function listTokens({ exchange, figures }) {
  const { usage } = exchange.trace;
  const speed = figures?.rates?.tokens_per_second ?? null;
  return [
    {
      name: "tokens in",
      value: formatCount(usage.input_tokens),
      note: formatPart(usage.cached_tokens, "cached"),
    },
    {
      name: "tokens out",
      value: formatCount(usage.output_tokens),
      note: formatPart(usage.reasoning_tokens, "reasoning"),
    },
    { name: "speed", value: speed === null ? "" : `${speed.toFixed(1)} tokens/s` },
  ];
}

/** @param {{p50_us: number, p95_us: number, max_us: number} | null | undefined} gaps */
function formatGaps(gaps) {
  return gaps ? [gaps.p50_us, gaps.p95_us, gaps.max_us].map(formatDuration).join(" · ") : "";
}

/**
 * @param {number | null} count
 * @param {string} name
 */
function formatPart(count, name) {
  return count ? `${formatCount(count)} ${name}` : "";
}
