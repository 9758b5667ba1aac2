import { getJson } from "./api.js";
import { LiveFeed } from "./live.js";

/** @typedef {import("./types.js").Row} Row */

/** What is not known of a call under way. */
const NEW_CALL = {
  ...{ number: null, call: null, target: null, operation: "", dialect: "", run: null, model: null },
  ...{ status: null, end: null, ending: null, is_alarm: false, first_content_us: null },
  ...{ duration_us: null, bytes: null, events: null, input_tokens: null, output_tokens: null },
  ...{ outcome: null, problems: 0, redactions: 0, spark: [] },
};

/**
 * What all views know about the server: its recordings and what happens there.
 *
 * Dispatches `recordings` when they are read anew; `connection` ("connecting", "live", "lost",
 * "restarted", "still" for cassettes, "file" for an exported file); `reload` when views have to read
 * everything anew; `call` with the row of a call that begins, grows or ends; `row` with a row that is
 * sealed; `miss`.
 */
class Server extends EventTarget {
  /** @type {import("./types.js").RecordingsDocument | null} */
  document = null;
  /** @type {Error | null} */
  error = null;
  connection = "connecting";
  /** @type {Map<string, Row & {began: number}>} calls under way; `began` on performance.now()'s clock */
  calls = new Map();
  #feed = new LiveFeed();
  #retry = 0;

  /** @returns {import("./types.js").RecordingEntry[]} */
  get recordings() {
    return this.document?.recordings ?? [];
  }

  /** Read the recordings and follow the server, if there is one to follow. */
  async start() {
    this.#listen("begin", (data) => this.#grow(data));
    this.#listen("progress", (data) => this.#grow(data));
    this.#listen("end", (data) => this.#end(data));
    this.#listen("row", (data) => this.#seal(data));
    this.#listen("miss", (data) => this.#tell("miss", data));
    this.#listen("recordings", () => void this.load());
    this.#listen("missed", () => this.#reload());
    this.#listen("connection", (state) => this.#connect(state));
    await this.load();
  }

  /** Read the recordings; again and again until the server has answered once. */
  async load() {
    clearTimeout(this.#retry);
    const isFirst = this.document === null;
    try {
      this.document = await getJson("/-/api/recordings");
      this.error = null;
      if (isFirst) {
        this.#follow(/** @type {import("./types.js").RecordingsDocument} */ (this.document));
      }
    } catch (error) {
      this.error = /** @type {Error} */ (error);
      if (isFirst) this.#retry = setTimeout(() => void this.load(), 2000);
    }
    this.#tell("recordings");
  }

  /** @param {import("./types.js").RecordingsDocument} document */
  #follow(document) {
    if (document.live) this.#feed.start(document.instance);
    else this.#connect(document.exported ? "file" : "still");
  }

  /** @param {Partial<Row> & {recording: string, call: number}} data */
  #grow(data) {
    const key = `${data.recording}@${data.call}`;
    const known = this.calls.get(key);
    const began = known?.began ?? performance.now() - (data.duration_us ?? 0) / 1000;
    const call = /** @type {Row & {began: number}} */ ({ ...NEW_CALL, ...known, ...data, began });
    this.calls.set(key, call);
    this.#tell("call", call);
  }

  /** @param {Partial<Row> & {recording: string, call: number}} data */
  #end(data) {
    this.#grow(data);
    const key = `${data.recording}@${data.call}`;
    this.calls.delete(key);
  }

  /** @param {Row} row */
  #seal(row) {
    this.calls.delete(`${row.recording}@${row.call}`);
    this.#tell("row", row);
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

  /** @param {string} state */
  #connect(state) {
    this.connection = state === "restarted" ? "live" : state;
    this.#tell("connection", state);
    if (state === "restarted") this.#reload();
  }

  #reload() {
    this.calls.clear();
    void this.load().then(() => this.#tell("reload"));
  }
}

export const server = new Server();
