/**
 * Places of the page, as hash routes: they work in a file on disk too.
 *
 * A view is a custom element. Its route is shown by `view.show(route)`, again at each change of its
 * parameters or query; `view.hide()`, if it has one, is called when another view takes its place.
 * What a view wants to find again after "back" or a reload (a row, a scroll position) it keeps with
 * `keepState`; it gets it as `route.state`.
 *
 * @typedef {object} Route
 * @property {string} path pattern of the view, such as "/x/:recording/:number"
 * @property {Record<string, string>} parameters
 * @property {URLSearchParams} query
 * @property {any} state what `keepState` kept of this place, or null
 *
 * @typedef {HTMLElement & import("./keys.js").KeyTarget & {heading: string,
 *   show: (route: Route) => void, hide?: () => void}} View
 *
 * @typedef {object} ViewEntry
 * @property {string} path
 * @property {new () => View} type
 * @property {View | null} element
 */

/** @type {ViewEntry[]} */
const entries = [];

/** @type {Element | null} */
let outlet = null;

/** @type {View | null} */
let currentView = null;

/** @type {(route: Route, view: View) => void} */
let onRoute = () => {};

/**
 * Register a view.
 *
 * @param {string} path such as "/x/:recording/:number"
 * @param {new () => View} type its custom element
 */
export function registerView(path, type) {
  entries.push({ path, type, element: null });
}

/**
 * Show the view of the current place, and follow the history from now on.
 *
 * @param {Element} element the parent of all views
 * @param {(route: Route, view: View) => void} listener is called after each change
 */
export function startRouter(element, listener) {
  outlet = element;
  onRoute = listener;
  addEventListener("popstate", showCurrent);
  document.addEventListener("click", followLink);
  showCurrent();
}

/**
 * Return the address of a place: `#/x/a%2Fb/7?event=12`.
 *
 * @param {string} path a pattern, such as "/x/:recording/:number"
 * @param {Record<string, string | number>} [parameters]
 * @param {Record<string, string | number | null | undefined> | URLSearchParams} [query]
 * @returns {string}
 */
export function buildAddress(path, parameters = {}, query = {}) {
  const filled = path.replace(/:(\w+)/g, (_, name) => encodeURIComponent(String(parameters[name])));
  const text = formatQuery(query);
  return text === "" ? `#${filled}` : `#${filled}?${text}`;
}

/**
 * Go to a place.
 *
 * @param {string} address as `buildAddress` returns it
 * @param {{replace?: boolean}} [options] replace: without a new entry in the history
 */
export function goTo(address, { replace = false } = {}) {
  if (replace) history.replaceState({ ...history.state, kept: null }, "", address);
  else if (address !== location.hash) history.pushState({ from: location.hash }, "", address);
  showCurrent();
}

/**
 * Go back to a place if this one was reached from there, else go there.
 *
 * @param {string} address
 */
export function goBackTo(address) {
  /** @type {string | undefined} undefined: by a link, or typed; "": the list */
  const from = history.state?.from;
  const isFrom = (from || "#/") === address || from?.startsWith(`${address}?`);
  if (from !== undefined && isFrom) history.back();
  else goTo(address);
}

/**
 * Change the query of the current place.
 *
 * @param {Record<string, string | number | null | undefined>} changes null and "" remove
 * @param {{replace?: boolean}} [options]
 */
export function changeQuery(changes, options) {
  const [path, query] = splitAddress();
  const merged = { ...Object.fromEntries(query), ...changes };
  const text = formatQuery(merged);
  goTo(text === "" ? `#${path}` : `#${path}?${text}`, options);
}

/**
 * Keep the state of the current view at this place in the history.
 *
 * @param {any} state
 */
export function keepState(state) {
  history.replaceState({ ...history.state, kept: state }, "");
}

/**
 * Return the route of the current address; one without a view if there is none for it.
 *
 * @returns {Route}
 */
export function readRoute() {
  const [path, query] = splitAddress();
  for (const entry of entries) {
    const parameters = matchPath(entry.path, path);
    if (parameters !== null) {
      return { path: entry.path, parameters, query, state: history.state?.kept ?? null };
    }
  }
  return { path: "", parameters: { path }, query, state: null };
}

/**
 * Follow a link to a place of this page; with a modifier key, the browser does.
 *
 * @param {MouseEvent} event
 */
function followLink(event) {
  const hasModifier = event.ctrlKey || event.metaKey || event.shiftKey || event.altKey;
  if (event.defaultPrevented || event.button !== 0 || hasModifier) return;
  const link = event.target instanceof Element ? event.target.closest('a[href^="#/"]') : null;
  if (link === null) return;
  event.preventDefault();
  goTo(link.getAttribute("href") ?? "#/");
}

function showCurrent() {
  if (outlet === null) return;
  const route = readRoute();
  const view = findView(route.path);
  if (view !== currentView) {
    currentView?.hide?.();
    outlet.replaceChildren(view);
    currentView = view;
  }
  view.show(route);
  onRoute(route, view);
}

/**
 * @param {string} path
 * @returns {View}
 */
function findView(path) {
  const entry = entries.find((candidate) => candidate.path === path);
  if (entry === undefined) return findView("*");
  entry.element ??= new entry.type();
  return entry.element;
}

/** @returns {[string, URLSearchParams]} */
function splitAddress() {
  const [path = "", ...rest] = location.hash.replace(/^#/, "").split("?");
  return [path === "" ? "/" : path, new URLSearchParams(rest.join("?"))];
}

/**
 * @param {string} pattern
 * @param {string} path
 * @returns {Record<string, string> | null}
 */
function matchPath(pattern, path) {
  const names = pattern.split("/");
  const values = path.split("/");
  if (names.length !== values.length) return null;
  /** @type {Record<string, string>} */
  const parameters = {};
  for (const [index, name] of names.entries()) {
    const value = values[index] ?? "";
    if (!name.startsWith(":") && name !== value) return null;
    if (name.startsWith(":")) parameters[name.slice(1)] = decode(value);
  }
  return parameters;
}

/**
 * @param {string} text
 * @returns {string}
 */
function decode(text) {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

/**
 * @param {Record<string, string | number | null | undefined> | URLSearchParams} query
 * @returns {string}
 */
function formatQuery(query) {
  const pairs = query instanceof URLSearchParams ? [...query] : Object.entries(query);
  return pairs
    .filter(([, value]) => value !== null && value !== undefined && value !== "")
    .map(([name, value]) => `${name}=${encodeURIComponent(String(value))}`)
    .join("&");
}
