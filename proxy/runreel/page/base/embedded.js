/**
 * Answers that an exported file holds, each in a `<script type="application/json" data-path="…">`.
 * They are parsed when they are asked for.
 */

/** @type {Map<string, Element> | null} */
let blocks = null;

/**
 * Return an answer of the exported file; undefined if this page is not an exported file.
 *
 * @param {string} path
 * @param {Record<string, string | number | null | undefined>} query
 * @returns {any}
 */
export function findEmbedded(path, query) {
  if (!isExported()) return undefined;
  const exact = findBlock(buildKey(path, query, () => true));
  if (exact !== undefined) return exact;
  const whole = findBlock(buildKey(path, query, (name) => name === "part" || name === "as"));
  if (whole === undefined) {
    throw new Error("The exported file does not hold this. Use runreel inspect.");
  }
  return cutPart(whole, query);
}

/**
 * Return if this page is an exported file.
 *
 * @returns {boolean}
 */
export function isExported() {
  return readBlocks().size > 0;
}

/**
 * Return if the exported file holds exactly this answer.
 *
 * @param {string} path
 * @param {Record<string, string | number | null | undefined>} query
 * @returns {boolean}
 */
export function isEmbedded(path, query) {
  return readBlocks().has(buildKey(path, query, () => true));
}

/**
 * Return the whole body of an answer that the exported file holds.
 *
 * @param {string} path of the exchange
 * @returns {Blob}
 */
export function buildEmbeddedBody(path) {
  /** @type {import("./types.js").ByteRange} */
  const { text, hex } = findEmbedded(`${path}/bytes`, { part: "answer" });
  if (hex === undefined) return new Blob([text ?? ""]);
  const pairs = hex.match(/../g) ?? [];
  return new Blob([Uint8Array.from(pairs, (pair) => parseInt(pair, 16))]);
}

/** @returns {Map<string, Element>} */
function readBlocks() {
  if (blocks === null) {
    const found = document.querySelectorAll('script[type="application/json"][data-path]');
    blocks = new Map([...found].map((block) => [block.getAttribute("data-path") ?? "", block]));
  }
  return blocks;
}

/**
 * @param {string} key
 * @returns {any}
 */
function findBlock(key) {
  const block = readBlocks().get(key);
  return block === undefined ? undefined : JSON.parse(block.textContent ?? "null");
}

/**
 * @param {string} path
 * @param {Record<string, string | number | null | undefined>} query
 * @param {(name: string) => boolean} isKept
 * @returns {string}
 */
function buildKey(path, query, isKept) {
  const pairs = Object.entries(query)
    .filter(
      ([name, value]) => value !== null && value !== undefined && value !== "" && isKept(name),
    )
    .map(([name, value]) => `${name}=${encodeURIComponent(String(value))}`);
  return pairs.length === 0 ? path : `${path}?${pairs.join("&")}`;
}

/**
 * Cut the part out of a whole answer that a query asks for: events by number, bytes by offset.
 *
 * @param {any} whole
 * @param {Record<string, string | number | null | undefined>} query
 * @returns {any}
 */
function cutPart(whole, query) {
  const from = Number(query.from ?? 0);
  if (Array.isArray(whole.events) && query.from) {
    const first = from - 1;
    return { ...whole, events: whole.events.slice(first, first + Number(query.limit ?? 500)) };
  }
  if (typeof whole.size === "number" && query.to) return cutBytes(whole, from, Number(query.to));
  return whole;
}

/**
 * @param {import("./types.js").ByteRange} whole
 * @param {number} from
 * @param {number} to
 * @returns {import("./types.js").ByteRange}
 */
function cutBytes(whole, from, to) {
  const range = { from, to: Math.min(to, whole.size), size: whole.size };
  if (whole.hex !== undefined) return { ...range, hex: whole.hex.slice(2 * from, 2 * to) };
  const bytes = new TextEncoder().encode(whole.text ?? "").slice(from, to);
  return { ...range, text: new TextDecoder().decode(bytes) };
}
