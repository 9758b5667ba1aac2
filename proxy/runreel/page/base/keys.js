import { KEY_TABLE } from "./key-table.js";

/**
 * The keyboard: one table feeds the handler and the help sheet.
 *
 * A view has `commands`, an object of functions by the command's name; those of its scope and of
 * "everywhere" are active while it is shown. `return false` lets the browser handle the key. Keys that
 * are typed while the view reads what it shows wait for that.
 *
 * @typedef {(event: KeyboardEvent) => boolean | void} Command
 * @typedef {Record<string, Command>} Commands
 *
 * @typedef {object} KeyTarget
 * @property {string} scope
 * @property {Commands} commands
 * @property {{loading: Promise<boolean> | null}} [state] as `ViewState` has it
 */

const SEQUENCE_MS = 1200;

/** @type {KeyTarget[]} */
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
 * Set the view that is shown, whose commands are active from now on.
 *
 * @param {KeyTarget} view
 */
export function setActiveView(view) {
  active = [view, ...active.filter(({ scope }) => scope === "everywhere")];
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
  for (const target of active) {
    const { scope, commands } = target;
    const binding = KEY_TABLE.find((entry) => entry.scope === scope && entry.keys.includes(keys));
    const command = binding && commands[binding.command];
    if (command === undefined) continue;
    if (target.state?.loading) {
      void runWhenShown(target, command, event);
      return true;
    }
    if (command(event) !== false) return true;
  }
  return false;
}

/**
 * Run a command once its view shows what it reads; not at all if that fails, or it is left before.
 *
 * @param {KeyTarget} target
 * @param {Command} command
 * @param {KeyboardEvent} event
 */
async function runWhenShown({ state }, command, event) {
  while (state?.loading) {
    if (!(await state.loading)) return;
  }
  command(event);
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
