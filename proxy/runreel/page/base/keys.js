/**
 * The keyboard: one table feeds the handler and the help sheet.
 *
 * A view has `commands`, an object of functions by the command's name; those of its scope and of
 * "everywhere" are active while it is shown. `return false` lets the browser handle the key.
 *
 * @typedef {object} KeyBinding
 * @property {string} scope "everywhere" or the `scope` of a view
 * @property {string[]} keys alternatives; "g l" is one key after the other
 * @property {string} command
 * @property {string} text for the help sheet
 *
 * @typedef {Record<string, (event: KeyboardEvent) => boolean | void>} Commands
 */

/** @type {KeyBinding[]} */
export const KEY_TABLE = [
  { scope: "everywhere", keys: ["/"], command: "filter", text: "Go to the filter" },
  { scope: "everywhere", keys: ["Escape"], command: "back", text: "Close, or go back" },
  { scope: "everywhere", keys: ["g l"], command: "go-list", text: "Go to the list" },
  { scope: "everywhere", keys: ["g n"], command: "go-numbers", text: "Go to the numbers" },
  {
    scope: "everywhere",
    keys: ["g d"],
    command: "go-diff",
    text: "Go to the comparison of the marked ones",
  },
  { scope: "everywhere", keys: ["g r"], command: "go-recordings", text: "Choose a recording" },
  { scope: "everywhere", keys: ["?"], command: "help", text: "Show or hide this help" },
  { scope: "list", keys: ["j", "ArrowDown"], command: "next", text: "Next row" },
  { scope: "list", keys: ["k", "ArrowUp"], command: "previous", text: "Previous row" },
  { scope: "list", keys: ["PageDown"], command: "page-down", text: "A page down" },
  { scope: "list", keys: ["PageUp"], command: "page-up", text: "A page up" },
  { scope: "list", keys: ["Home", "g g"], command: "first", text: "First row" },
  { scope: "list", keys: ["End", "G"], command: "last", text: "Last row" },
  { scope: "list", keys: ["Enter", "o"], command: "open", text: "Open the exchange" },
  { scope: "list", keys: ["r"], command: "open-run", text: "Open its run" },
  {
    scope: "list",
    keys: ["d"],
    command: "mark",
    text: "Mark for a comparison; the second one opens it",
  },
  { scope: "list", keys: ["c"], command: "copy", text: "Copy or export" },
  { scope: "list", keys: ["f"], command: "follow", text: "Follow what comes, or stop following" },
  { scope: "list", keys: ["ArrowLeft", "h"], command: "fold", text: "Fold the recording" },
  { scope: "list", keys: ["ArrowRight", "l"], command: "unfold", text: "Unfold the recording" },
  { scope: "exchange", keys: ["j", "ArrowDown"], command: "next", text: "Next event" },
  { scope: "exchange", keys: ["k", "ArrowUp"], command: "previous", text: "Previous event" },
  { scope: "exchange", keys: ["PageDown"], command: "page-down", text: "A page of events down" },
  { scope: "exchange", keys: ["PageUp"], command: "page-up", text: "A page of events up" },
  { scope: "exchange", keys: ["Home", "g g"], command: "first", text: "First event" },
  { scope: "exchange", keys: ["End", "G"], command: "last", text: "Last event" },
  { scope: "exchange", keys: ["s"], command: "next-stall", text: "Next stall" },
  { scope: "exchange", keys: ["S"], command: "previous-stall", text: "Previous stall" },
  { scope: "exchange", keys: ["n"], command: "next-exchange", text: "Next exchange" },
  { scope: "exchange", keys: ["p"], command: "previous-exchange", text: "Previous exchange" },
  { scope: "exchange", keys: ["1"], command: "pane-request", text: "Go to the request" },
  { scope: "exchange", keys: ["2"], command: "pane-timeline", text: "Go to the events" },
  { scope: "exchange", keys: ["3"], command: "pane-transcript", text: "Go to the transcript" },
  { scope: "exchange", keys: ["4"], command: "pane-bytes", text: "Go to the bytes" },
  {
    scope: "exchange",
    keys: ["b"],
    command: "byte-mode",
    text: "Bytes as text, hexadecimal, JSON",
  },
  { scope: "exchange", keys: ["c"], command: "copy", text: "Copy or export" },
  {
    scope: "exchange",
    keys: ["d"],
    command: "mark",
    text: "Mark for a comparison; the second one opens it",
  },
  { scope: "exchange", keys: ["r"], command: "open-run", text: "Open its run" },
  { scope: "exchange", keys: ["m"], command: "open-miss", text: "Open its miss" },
  { scope: "exchange", keys: ["P"], command: "open-play", text: "Play the stream" },
  { scope: "exchange", keys: ["x"], command: "open-redaction", text: "Show what is redacted" },
  { scope: "play", keys: [" "], command: "toggle", text: "Play, or pause" },
  { scope: "play", keys: ["ArrowRight", "j"], command: "forward", text: "To the next event" },
  { scope: "play", keys: ["ArrowLeft", "k"], command: "back", text: "To the event before" },
  { scope: "play", keys: ["L"], command: "second-forward", text: "A second forward" },
  { scope: "play", keys: ["H"], command: "second-back", text: "A second back" },
  { scope: "play", keys: ["Home", "0"], command: "first", text: "To the request" },
  { scope: "play", keys: ["End"], command: "last", text: "To the end" },
  { scope: "play", keys: ["+", "]"], command: "faster", text: "Faster" },
  { scope: "play", keys: ["-", "["], command: "slower", text: "Slower" },
  { scope: "play", keys: ["f"], command: "full-screen", text: "Full screen: the text alone" },
  { scope: "play", keys: ["Enter", "e"], command: "close", text: "To the exchange" },
  { scope: "redaction", keys: ["j", "ArrowDown"], command: "next", text: "Next placeholder" },
  { scope: "redaction", keys: ["k", "ArrowUp"], command: "previous", text: "Previous placeholder" },
  { scope: "redaction", keys: ["1"], command: "show-request", text: "Show the request" },
  { scope: "redaction", keys: ["2"], command: "show-answer", text: "Show the answer" },
  {
    scope: "redaction",
    keys: ["t"],
    command: "go-text",
    text: "Go to the text, to select in it with Shift",
  },
  { scope: "redaction", keys: ["c"], command: "copy", text: "Copy the rule" },
  { scope: "redaction", keys: ["n"], command: "next-exchange", text: "Next exchange" },
  { scope: "redaction", keys: ["p"], command: "previous-exchange", text: "Previous exchange" },
  { scope: "redaction", keys: ["e"], command: "close", text: "To the exchange" },
  { scope: "miss", keys: ["j", "ArrowDown"], command: "next", text: "Next difference" },
  { scope: "miss", keys: ["k", "ArrowUp"], command: "previous", text: "Previous difference" },
  { scope: "miss", keys: ["c"], command: "copy", text: "Copy the lines of configuration" },
  { scope: "miss", keys: ["e", "Enter"], command: "open", text: "Open the nearest exchange" },
];

const SEQUENCE_MS = 1200;

/** @type {{scope: string, commands: Commands}[]} */
let active = [];
let prefix = "";
let prefixAt = 0;

/**
 * Listen to the keyboard, with the commands that are there everywhere.
 *
 * @param {Commands} commands
 */
export function startKeys(commands) {
  active = [{ scope: "everywhere", commands }];
  document.addEventListener("keydown", handleKey);
}

/**
 * Set the commands of the view that is shown.
 *
 * @param {string} scope
 * @param {Commands} commands
 */
export function setViewCommands(scope, commands) {
  active = [{ scope, commands }, ...active.filter((entry) => entry.scope === "everywhere")];
}

/**
 * Return the bindings that are active now, for the help sheet.
 *
 * @returns {KeyBinding[]}
 */
export function listActiveBindings() {
  return active.flatMap(({ scope, commands }) =>
    KEY_TABLE.filter((binding) => binding.scope === scope && binding.command in commands),
  );
}

/** @param {KeyboardEvent} event */
function handleKey(event) {
  if (event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey) return;
  if (isTaken(event)) return;
  const sequence = readSequence(event);
  if (sequence.some((keys) => run(keys, event))) {
    prefix = "";
    event.preventDefault();
    return;
  }
  prefix = event.key;
  prefixAt = event.timeStamp;
}

/**
 * Return the keys to look for: after "g", "g l" and then "l" alone.
 *
 * @param {KeyboardEvent} event
 * @returns {string[]}
 */
function readSequence(event) {
  const isSecond = prefix !== "" && event.timeStamp - prefixAt < SEQUENCE_MS;
  return isSecond ? [`${prefix} ${event.key}`, event.key] : [event.key];
}

/**
 * @param {string} keys
 * @param {KeyboardEvent} event
 * @returns {boolean}
 */
function run(keys, event) {
  for (const { scope, commands } of active) {
    const binding = KEY_TABLE.find((entry) => entry.scope === scope && entry.keys.includes(keys));
    const command = binding && commands[binding.command];
    if (command && command(event) !== false) return true;
  }
  return false;
}

/**
 * Return if the key belongs to what has the focus: a text field, a dialog, a button's Enter.
 *
 * @param {KeyboardEvent} event
 * @returns {boolean}
 */
function isTaken(event) {
  if (!(event.target instanceof Element)) return false;
  if (event.target.closest("dialog, [role=menu], [role=listbox]")) return true;
  if (event.target.closest("input, textarea, select, [contenteditable]")) {
    return event.key !== "Escape";
  }
  return event.key === "Enter" && event.target.closest("a, button, summary") !== null;
}
