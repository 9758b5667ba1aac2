/** @typedef {import("./types.js").TimelineEvent} TimelineEvent */

/** Events of one request to the API. */
const EVENTS_PER_PAGE = 250;

/** The events of a stream, read page by page when they are needed. */
export class EventPages {
  /** @type {Map<number, TimelineEvent[]>} */
  #pages = new Map();
  /** @type {Map<number, Promise<void>>} */
  #pending = new Map();
  #fetch;
  #onPage;

  /**
   * @param {(from: number, limit: number) => Promise<TimelineEvent[]>} fetchEvents
   * @param {() => void} onPage called when events have arrived
   */
  constructor(fetchEvents, onPage) {
    this.#fetch = fetchEvents;
    this.#onPage = onPage;
  }

  /**
   * Return an event; null if it is not read yet.
   *
   * @param {number} number
   * @returns {TimelineEvent | null}
   */
  peek(number) {
    return this.#pages.get(findPage(number))?.[(number - 1) % EVENTS_PER_PAGE] ?? null;
  }

  /**
   * Read an event.
   *
   * @param {number} number
   * @returns {Promise<TimelineEvent | null>}
   */
  async read(number) {
    await this.load(number, number);
    return this.peek(number);
  }

  /**
   * Read the events of a range that are not read yet.
   *
   * @param {number} first
   * @param {number} last
   */
  async load(first, last) {
    const pages = [];
    for (let page = findPage(first); page <= findPage(last); page += 1) pages.push(page);
    await Promise.all(pages.map((page) => this.#loadPage(page)));
  }

  /** @param {number} page */
  #loadPage(page) {
    const pending = this.#pending.get(page) ?? this.#fetchPage(page);
    this.#pending.set(page, pending);
    return pending;
  }

  /** @param {number} page */
  async #fetchPage(page) {
    try {
      this.#pages.set(page, await this.#fetch(page * EVENTS_PER_PAGE + 1, EVENTS_PER_PAGE));
      this.#onPage();
    } catch (error) {
      this.#pending.delete(page);
      throw error;
    }
  }
}

/** @param {number} number */
function findPage(number) {
  return Math.floor((number - 1) / EVENTS_PER_PAGE);
}
