/** @typedef {import("./types.js").ExchangeAnswer} ExchangeAnswer */

/**
 * Return what the timeline shows of an exchange.
 *
 * @param {ExchangeAnswer} answer
 * @param {import("./event-pages.js").EventPages} pages
 * @param {(error: Error) => void} onError
 * @returns {import("../elements/event-timeline.js").TimelineSource}
 */
export function buildTimelineSource({ exchange, figures }, pages, onError) {
  const { timing, end } = exchange.trace;
  const count = exchange.events ?? 0;
  const lastUs = timing.gaps_us.reduce(
    (sum, gap) => sum + gap,
    figures?.first_event_us ?? timing.first_byte_us ?? 0,
  );
  return {
    count,
    gaps: timing.gaps_us,
    stalls: new Set(timing.stalls),
    endGapUs: count ? Math.max(0, timing.end_us - lastUs) : 0,
    endUs: timing.end_us,
    ending: exchange.ending,
    isAlarm: end.is_alarm,
    peek: (number) => pages.peek(number),
    need: (first, last) => void pages.load(first, last).catch(onError),
  };
}

/**
 * Return the sentence that stands for a transcript without blocks.
 *
 * @param {ExchangeAnswer} answer
 */
export function describeNoText({ exchange }) {
  if (exchange.answer.body.omitted) return "The answer's body is not in the cassette.";
  if (exchange.bytes === 0) return "The answer has no body.";
  return "The answer says nothing that its API calls a text, a tool call or an output. Its bytes are below.";
}
