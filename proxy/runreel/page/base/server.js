import { getJson } from "./api.js";
import { beginCall, endCall, growCall } from "./calls.js";
import { isExported } from "./embedded.js";
import { LiveFeed } from "./live.js";

/** @typedef {import("./types.js").CallRow} CallRow */

/** Calls without an exchange, such as misses, that are kept. */
const MAX_ENDED = 1000;

/**
 * What all views know about the server: its recordings and what happens there.
 *
 * Dispatches `recordings` when they are read anew; `connection` when `connection` has changed;
 * `reload` when views have to read everything anew; `call` with the row of a call that begins, grows
 * or ends; `row` with a row that is sealed; `miss`.
 */
class Server extends EventTarget {
  /** @type {import("./types.js").RecordingsDocument | null} */
  document = null;
  /** @type {Error | null} */
  error = null;
  /** @type {"connecting" | "live" | "lost" | "file"} */
  connection = "connecting";
  /** @type {Map<string, CallRow>} calls under way, by `nameCall` */
  calls = new Map();
  /** @type {Map<string, CallRow>} calls that have ended without an exchange */
  ended = new Map();
  #feed = new LiveFeed();
  #instance = "";
  /** @type {() => void} */
  #setReady = () => {};
  /** Resolved once events are received, so that what is read from then on misses nothing. */
  ready = new Promise((/** @type {(value?: undefined) => void} */ resolve) => {
    this.#setReady = resolve;
  });

  /** @returns {import("./types.js").RecordingEntry[]} */
  get recordings() {
    return this.document?.recordings ?? [];
  }

  /** Read the recordings and follow the server. */
  start() {
    this.#listen("begin", (data) => this.#setCall(beginCall(data)));
    this.#listen("progress", (data) => this.#grow(data));
    this.#listen("end", (data) => this.#end(data));
    this.#listen("row", (row) => this.#seal(row));
    this.#listen("hello", (data) => this.#greet(data.instance));
    this.#listen("miss", (miss) => this.#tell("miss", miss));
    this.#listen("recordings", () => void this.load());
    this.#listen("missed", () => void this.#reload());
    this.#listen("failure", (error) => this.#fail(error));
    this.#listen("connection", (state) => this.#connect(state));
    if (isExported()) this.#connect("file");
    else void this.#feed.start();
    void this.load();
  }

  /** Read the recordings. */
  async load() {
    try {
      this.document = await getJson("/-/api/recordings");
      this.error = null;
    } catch (error) {
      this.error = /** @type {Error} */ (error);
    }
    this.#tell("recordings");
  }

  /**
   * Return if a call is under way.
   *
   * @param {import("./types.js").Row} row
   */
  findCall(row) {
    return row.outcome === null ? this.calls.get(nameCall(row)) : undefined;
  }

  /** @param {any} data */
  #grow(data) {
    const call = this.calls.get(nameCall(data));
    if (call !== undefined) this.#setCall(growCall(call, data));
  }

  /** @param {CallRow} row */
  #setCall(row) {
    this.calls.set(nameCall(row), row);
    this.#tell("call", row);
  }

  /** @param {import("./types.js").Row} row */
  #seal(row) {
    this.calls.delete(nameCall(row));
    this.#tell("row", row);
  }

  /**
   * Take the end of a call; of one with an exchange, its row has come before.
   *
   * @param {any} data
   */
  #end(data) {
    const name = nameCall(data);
    const known = this.calls.get(name);
    if (known === undefined && data.number !== null) return;
    const row = endCall(known ?? beginCall(data), data);
    this.calls.delete(name);
    if (row.number === null) this.#keepEnded(name, row);
    this.#tell("call", row);
  }

  /**
   * @param {string} name
   * @param {CallRow} row
   */
  #keepEnded(name, row) {
    this.ended.set(name, row);
    const [oldest] = this.ended.keys();
    if (this.ended.size > MAX_ENDED && oldest !== undefined) this.ended.delete(oldest);
  }

  /**
   * @param {string} type
   * @param {(detail: any) => void} listener
   */
  #listen(type, listener) {
    this.#feed.addEventListener(type, (event) =>
      listener(/** @type {CustomEvent} */ (event).detail),
    );
  }

  /**
   * @param {string} type
   * @param {any} [detail]
   */
  #tell(type, detail) {
    this.dispatchEvent(new CustomEvent(type, { detail }));
  }

  /** @param {Error} error */
  #fail(error) {
    this.error ??= error;
    this.#setReady();
  }

  /** @param {"live" | "lost" | "file"} state */
  #connect(state) {
    this.#setReady();
    if (state === this.connection) return;
    this.connection = state;
    this.#tell("connection");
  }

  /** @param {string} instance another one after each start of the server */
  #greet(instance) {
    const isOther = this.#instance !== "" && instance !== this.#instance;
    this.#instance = instance;
    if (!isOther) return;
    this.#tell("restart");
    void this.#reload();
  }

  async #reload() {
    this.calls.clear();
    this.ended.clear();
    this.#feed.forget();
    await this.load();
    this.#tell("reload");
  }
}

/**
 * @param {{recording: string, call: number | null}} row
 * @returns {string}
 */
function nameCall({ recording, call }) {
  return `${recording}@${call}`;
}

export const server = new Server();
