import { getJson } from "./api.js";
import { isAllRead, isEachRead } from "./page-state.js";
import { RowStore } from "./row-store.js";
import { server } from "./server.js";

/** @typedef {import("./types.js").Row} Row */

/** Rows of the first answer: few, so that it is quick. */
const FIRST_PAGE = 200;
const PAGE = 1000;

/** Milliseconds for which sealed exchanges are collected before the filter is asked about them. */
const COLLECT_MS = 200;

/**
 * The exchanges of one recording or of all, with a filter: read page by page, and kept up to date.
 *
 * Dispatches `change` when rows have changed, `newest` with the key of one that has begun, and
 * `error`. A reload shows the old rows until the first new ones are there.
 */
export class ExchangeFeed extends EventTarget {
  store = new RowStore();
  /** @type {{searched: number, total: number | null, isDone: boolean}} */
  progress = { searched: 0, total: null, isDone: false };
  recording = "";
  filter = "";
  isLoaded = false;
  /** Key of the last exchange that has begun. */
  newest = "";
  /** @type {AbortController | null} */
  #pending = null;
  /** @type {Row[]} sealed ones that the filter has not been asked about */
  #sealed = [];
  #timer = 0;
  /** @type {Row[]} sealed before the first page was read */
  #early = [];
  /** @type {Set<string>} recordings whose exchanges have been read */
  #known = new Set();

  constructor() {
    super();
    server.addEventListener("row", (event) =>
      this.#take(/** @type {CustomEvent} */ (event).detail),
    );
    server.addEventListener("call", (event) =>
      this.#grow(/** @type {CustomEvent} */ (event).detail),
    );
    server.addEventListener("recordings", () => void this.#readNew());
    server.addEventListener(
      "reload",
      () => this.isLoaded && void this.load(this.recording, this.filter),
    );
  }

  /**
   * Read the exchanges.
   *
   * @param {string} recording "" for all
   * @param {string} filter "" for all
   */
  async load(recording, filter) {
    this.#pending?.abort();
    const { signal } = (this.#pending = new AbortController());
    this.recording = recording;
    this.filter = filter;
    this.#sealed = [];
    this.#known.clear();
    this.progress = { searched: 0, total: null, isDone: false };
    try {
      await this.#read(signal);
    } catch (error) {
      if (!signal.aborted) this.dispatchEvent(new CustomEvent("error", { detail: error }));
    }
  }

  /** @param {AbortSignal} signal */
  async #read(signal) {
    await server.ready;
    const store = new RowStore();
    const partial = [];
    /** @type {string | null} */
    let after = null;
    do {
      const page = await this.#readPage(after, store, signal);
      if (after === null) this.#replaceStore(store);
      if (page.unread) partial.push(after);
      after = page.next;
      this.progress = { searched: page.searched, total: page.total, isDone: after === null };
      this.dispatchEvent(new CustomEvent("change"));
    } while (after !== null);
    for (const cursor of partial) await this.#readAgain(cursor, store, signal, isEachRead);
    for (const cursor of partial) await this.#readAgain(cursor, store, signal, isAllRead);
    await this.#readNew();
  }

  /** Read the exchanges of recordings that have come since the list was read. */
  async #readNew() {
    if (!this.progress.isDone || this.recording !== "") return;
    const isNew = server.recordings.filter(
      ({ name, exchanges }) => exchanges > 0 && !this.#known.has(name),
    );
    for (const { name } of isNew) {
      this.#known.add(name);
      await this.#readMatching(name, this.filter);
    }
  }

  /**
   * @param {string | null} after
   * @param {RowStore} store
   * @param {AbortSignal} signal
   * @returns {Promise<import("./types.js").ExchangesPage>}
   */
  async #readPage(after, store, signal) {
    const limit = after === null ? FIRST_PAGE : PAGE;
    const query = { recording: this.recording, filter: this.filter, after, limit };
    const page = await getJson("/-/api/exchanges", query, signal);
    if (signal.aborted) throw signal.reason;
    for (const row of page.rows) {
      store.put(row);
      this.#known.add(row.recording);
    }
    return page;
  }

  /**
   * Read a page again until the server has read enough answers; each time it reads on.
   *
   * @param {string | null} after
   * @param {RowStore} store
   * @param {AbortSignal} signal
   * @param {(page: import("./types.js").ExchangesPage) => boolean} isEnough
   */
  async #readAgain(after, store, signal, isEnough) {
    for (;;) {
      const page = await this.#readPage(after, store, signal);
      this.dispatchEvent(new CustomEvent("change"));
      if (isEnough(page)) return;
    }
  }

  /** @param {RowStore} store */
  #replaceStore(store) {
    for (const group of this.store.groups.values()) {
      if (group.isFolded) store.fold(group.recording, true);
    }
    this.store = store;
    this.isLoaded = true;
    const early = this.#early.splice(0);
    if (this.filter === "") {
      for (const call of [...server.ended.values(), ...server.calls.values()]) this.#putCall(call);
    }
    for (const row of early) this.#take(row);
  }

  /** @param {Row} call */
  #grow(call) {
    if (this.filter !== "" || !this.isLoaded) return;
    if (this.#putCall(call)) this.dispatchEvent(new CustomEvent("change"));
  }

  /**
   * @param {Row} call
   * @returns {boolean} if it belongs to the recording that is shown
   */
  #putCall(call) {
    if (!this.#isShown(call)) return false;
    this.#putRow(call);
    return true;
  }

  /** @param {Row} row */
  #putRow(row) {
    const count = this.store.size;
    const { key } = this.store.put(row);
    if (this.store.size === count) return;
    this.newest = key;
    this.dispatchEvent(new CustomEvent("newest", { detail: key }));
  }

  /**
   * Take a row that is sealed; with a filter, only after the server has said that it matches.
   *
   * @param {Row} row
   */
  #take(row) {
    if (!this.isLoaded) this.#early.push(row);
    else if (!this.#isShown(row)) return;
    else if (this.filter === "") {
      this.#put([row]);
    } else if (row.number !== null) {
      this.#sealed.push(row);
      if (this.#timer === 0) this.#timer = setTimeout(() => void this.#askFilter(), COLLECT_MS);
    }
  }

  async #askFilter() {
    this.#timer = 0;
    const sealed = this.#sealed.splice(0);
    const { filter } = this;
    for (const recording of new Set(sealed.map((row) => row.recording))) {
      const numbers = sealed
        .filter((row) => row.recording === recording)
        .map((row) => Number(row.number));
      const range = `#${Math.min(...numbers)}..${Math.max(...numbers)}`;
      await this.#readMatching(recording, `(${filter}) ${range}`);
    }
  }

  /**
   * @param {string} recording
   * @param {string} filter the one that is shown, for exchanges that have come
   */
  async #readMatching(recording, filter) {
    const shown = this.filter;
    /** @type {string | null | undefined} undefined: the first page */
    let after;
    try {
      while (after !== null) {
        /** @type {import("./types.js").ExchangesPage} */
        const page = await getJson("/-/api/exchanges", { recording, filter, after, limit: PAGE });
        if (shown !== this.filter) return;
        this.#put(page.rows);
        if (isEachRead(page)) after = page.next;
      }
    } catch (error) {
      this.dispatchEvent(new CustomEvent("error", { detail: error }));
    }
  }

  /** @param {Row[]} rows */
  #put(rows) {
    for (const row of rows) this.#putRow(row);
    this.dispatchEvent(new CustomEvent("change"));
  }

  /**
   * @param {Row} row
   * @returns {boolean}
   */
  #isShown(row) {
    return this.recording === "" || this.recording === row.recording;
  }
}
