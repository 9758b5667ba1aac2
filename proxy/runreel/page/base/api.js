import { findEmbedded } from "./embedded.js";

/**
 * Ask the API (docs/inspector-api.md). In an exported file, answers come from the file.
 */

const TOKEN_KEY = "runreel.token";

/** An answer of the API that is an error, or a request that did not get through (status 0). */
export class ApiError extends Error {
  /**
   * @param {string} message
   * @param {number} status
   * @param {string} code
   */
  constructor(message, status, code) {
    super(message);
    this.name = "ApiError";
    this.status = status;
    this.code = code;
  }
}

/** @type {(isWrong: boolean) => Promise<string>} */
let askToken = () => Promise.reject(new ApiError("A token is required.", 401, "token"));

/**
 * Set what asks the user for the token of a server that requires one.
 *
 * @param {(isWrong: boolean) => Promise<string>} handler
 */
export function setTokenPrompt(handler) {
  askToken = handler;
}

/**
 * Return the path of a recording's resource: `/-/api/x/RECORDING/7/events`.
 *
 * @param {string} kind such as "x"
 * @param {string} recording
 * @param {...(string | number)} rest
 * @returns {string}
 */
export function buildPath(kind, recording, ...rest) {
  return ["/-/api", kind, ...[recording, ...rest].map(encodeURIComponent)].join("/");
}

/**
 * Get a JSON document.
 *
 * @param {string} path
 * @param {Record<string, string | number | null | undefined>} [query] null, undefined, "": left out
 * @param {AbortSignal} [signal]
 * @returns {Promise<any>}
 */
export async function getJson(path, query = {}, signal) {
  const embedded = findEmbedded(path, query);
  if (embedded !== undefined) return embedded;
  const response = await send(path, query, signal);
  return await response.json();
}

/**
 * Get a document that is made of many answers, again and again until the server has read them all.
 *
 * @param {string} path
 * @param {Record<string, string | number | null | undefined>} query
 * @param {AbortSignal} signal
 * @param {(unread: number) => void} [onPart] is called with the number of answers that are left
 * @returns {Promise<any>}
 */
export async function getWhole(path, query, signal, onPart = () => {}) {
  for (;;) {
    const document = await getJson(path, query, signal);
    if (!document.unread) return document;
    onPart(document.unread);
  }
}

/**
 * Get a text, such as an export.
 *
 * @param {string} path
 * @param {Record<string, string | number | null | undefined>} [query]
 * @param {AbortSignal} [signal]
 * @returns {Promise<string>}
 */
export async function getText(path, query = {}, signal) {
  const embedded = findEmbedded(path, query);
  if (embedded !== undefined) return String(embedded);
  const response = await send(path, query, signal);
  return await response.text();
}

/**
 * Send a request with the token, if there is one; ask for it if it is required.
 *
 * @param {string} path
 * @param {Record<string, string | number | null | undefined>} query
 * @param {AbortSignal} [signal]
 * @param {Record<string, string>} [headers]
 * @returns {Promise<Response>}
 */
export async function send(path, query, signal, headers = {}) {
  const url = addQuery(path, query);
  for (;;) {
    const token = sessionStorage.getItem(TOKEN_KEY);
    const response = await fetchUrl(
      url,
      signal,
      token === null ? headers : addToken(headers, token),
    );
    if (response.ok) return response;
    if (response.status !== 401) throw await readError(response);
    await renewToken(token);
  }
}

/**
 * Add a query to a path.
 *
 * @param {string} path
 * @param {Record<string, string | number | null | undefined>} query
 * @returns {string}
 */
export function addQuery(path, query) {
  const pairs = Object.entries(query)
    .filter(([, value]) => value !== null && value !== undefined && value !== "")
    .map(([name, value]) => `${name}=${encodeURIComponent(String(value))}`);
  return pairs.length === 0 ? path : `${path}?${pairs.join("&")}`;
}

/**
 * @param {string} url
 * @param {AbortSignal | undefined} signal
 * @param {Record<string, string>} headers
 * @returns {Promise<Response>}
 */
async function fetchUrl(url, signal, headers) {
  try {
    return await fetch(url, { headers, signal, cache: "no-store", credentials: "omit" });
  } catch (error) {
    if (signal?.aborted) throw error;
    throw new ApiError("The proxy does not answer. Is it still running?", 0, "unreachable");
  }
}

/**
 * @param {Record<string, string>} headers
 * @param {string} token
 * @returns {Record<string, string>}
 */
function addToken(headers, token) {
  return { ...headers, Authorization: `Bearer ${token}` };
}

/** @type {Promise<string> | null} */
let pendingToken = null;

/**
 * Ask for the token, once for all requests that wait for it.
 *
 * @param {string | null} refused the token that was sent
 */
async function renewToken(refused) {
  if (sessionStorage.getItem(TOKEN_KEY) !== refused) return;
  pendingToken ??= askToken(refused !== null);
  try {
    sessionStorage.setItem(TOKEN_KEY, await pendingToken);
  } finally {
    pendingToken = null;
  }
}

/**
 * @param {Response} response
 * @returns {Promise<ApiError>}
 */
async function readError(response) {
  try {
    const { error } = await response.json();
    return new ApiError(error.message, response.status, error.code);
  } catch {
    return new ApiError(`The proxy answered with status ${response.status}.`, response.status, "");
  }
}
