import { KEY_TABLE } from "./key-table.js";

/**
 * The keyboard: one table feeds the handler and the help sheet.
 *
 * A view has `commands`, an object of functions by the command's name; those of its scope and of
 * "everywhere" are active while it is shown. `return false` lets the browser handle the key.
 *
 * @typedef {Record<string, (event: KeyboardEvent) => boolean | void>} Commands
 */

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
 * @returns {import("./key-table.js").KeyBinding[]}
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
