import {
  addressOfDiff,
  addressOfExchange,
  addressOfRun,
  PLAY,
  REDACTION,
} from "../base/addresses.js";
import { marks } from "../base/marks.js";
import { buildAddress, goTo } from "../base/router.js";
import { showNotice } from "../elements/notice-list.js";

/**
 * @typedef {import("../model/types.js").ExchangeAnswer} ExchangeAnswer
 * @typedef {import("./exchange-view.js").ExchangeView} ExchangeView
 */

/** Number of the last event, as far as moves are concerned. */
const LAST_EVENT = Number.MAX_SAFE_INTEGER;

/**
 * Return the commands of the keyboard for an exchange.
 *
 * @param {ExchangeView} view
 * @returns {import("../base/keys.js").Commands}
 */
export function buildExchangeCommands(view) {
  return {
    next: () => view.selectEvent(view.panes.event + 1),
    previous: () => view.selectEvent(view.panes.event - 1),
    "page-down": () => moveInTimeline(view, view.panes.timeline.pageSize),
    "page-up": () => moveInTimeline(view, -view.panes.timeline.pageSize),
    first: () => view.selectEvent(1),
    last: () => view.selectEvent(LAST_EVENT),
    "next-stall": () => selectStall(view, 1),
    "previous-stall": () => selectStall(view, -1),
    "next-exchange": () => goToExchange(view.answer, "next"),
    "previous-exchange": () => goToExchange(view.answer, "previous"),
    "pane-request": () => view.showPane("request"),
    "pane-timeline": () => view.showPane("timeline"),
    "pane-transcript": () => view.showPane("transcript"),
    "pane-bytes": () => view.showPane("bytes"),
    "byte-mode": () => view.panes.bytes.cycleMode(),
    copy: () => view.head.openCopyMenu(),
    mark: () => markExchange(view),
    "open-run": () => void goToRun(view),
    "open-play": () => goToView(view.answer, PLAY),
    "open-redaction": () => goToView(view.answer, REDACTION),
  };
}

/**
 * Move by a page, unless the focus is in another pane, which then scrolls.
 *
 * @param {ExchangeView} view
 * @param {number} rows
 */
function moveInTimeline(view, rows) {
  if (
    !view.panes.timeline.contains(document.activeElement) &&
    document.activeElement !== document.body
  ) {
    return false;
  }
  view.selectEvent(view.panes.event + rows);
  return true;
}

/**
 * @param {ExchangeView} view
 * @param {1 | -1} direction
 */
function selectStall(view, direction) {
  const stalls = view.answer?.exchange.trace.timing.stalls ?? [];
  const stall =
    direction > 0
      ? stalls.find((each) => each > view.panes.event)
      : stalls.filter((each) => each < view.panes.event).at(-1);
  if (stall !== undefined) view.selectEvent(stall);
  else {
    showNotice(
      stalls.length ? "No further stall in this direction." : "This stream does not stall.",
    );
  }
}

/** @param {ExchangeView} view */
function markExchange(view) {
  if (!view.head.toggleMark()) return;
  const [left = "", right = ""] = marks.sides;
  goTo(addressOfDiff(left, right));
}

/**
 * @param {ExchangeAnswer | null} answer
 * @param {"next" | "previous"} direction
 */
function goToExchange(answer, direction) {
  const number = answer?.links[direction];
  if (answer && number) goTo(addressOfExchange(answer.recording, number));
  else {
    showNotice(direction === "next" ? "This is the last exchange." : "This is the first exchange.");
  }
}

/** @param {ExchangeView} view */
async function goToRun(view) {
  const answer = await view.linkedAnswer;
  if (answer?.links.run) goTo(addressOfRun(answer.recording, answer.links.run));
  else if (answer) showNotice("This exchange belongs to no run.");
}

/**
 * @param {ExchangeAnswer | null} answer
 * @param {string} path
 */
function goToView(answer, path) {
  if (answer) {
    goTo(buildAddress(path, { recording: answer.recording, number: answer.exchange.number }));
  }
}
