import { send } from "./api.js";

/** Milliseconds before the first new attempt, and the longest time between two. */
const FIRST_WAIT = 250;
const LONGEST_WAIT = 5000;

/**
 * What happens at the server, as server-sent events over fetch (which can send the token).
 *
 * Dispatches an event for each of the server's, by its name, with its data as `detail`; and
 * `connection` with "live" or "lost". A connection that is lost is made again, from the last event.
 */
export class LiveFeed extends EventTarget {
  #lastId = "";
  #attempts = 0;

  /** Connect, and again whenever the connection is lost. */
  async start() {
    for (;;) {
      try {
        const response = await send("/-/api/live", { after: this.#lastId });
        this.#attempts = 0;
        this.#tell("connection", "live");
        await this.#read(response);
      } catch (error) {
        this.#tell("failure", error);
      }
      this.#tell("connection", "lost");
      await wait(Math.min(FIRST_WAIT * 2 ** this.#attempts, LONGEST_WAIT));
      this.#attempts += 1;
    }
  }

  /** Forget the last event: the server does not know it any more. */
  forget() {
    this.#lastId = "";
  }

  /** @param {Response} response */
  async #read(response) {
    if (response.body === null) return;
    const reader = response.body.pipeThrough(new TextDecoderStream()).getReader();
    let rest = "";
    for (;;) {
      const { done, value } = await reader.read();
      if (done) return;
      const texts = (rest + value).split("\n\n");
      rest = texts.pop() ?? "";
      for (const text of texts) this.#take(readServerEvent(text));
    }
  }

  /** @param {import("./types.js").ServerEvent | null} event */
  #take(event) {
    if (event === null) return;
    if (event.id !== "") this.#lastId = event.id;
    this.#tell(event.type, event.data);
  }

  /**
   * @param {string} type
   * @param {any} detail
   */
  #tell(type, detail) {
    this.dispatchEvent(new CustomEvent(type, { detail }));
  }
}

/**
 * Parse one event of a stream; null for a comment.
 *
 * @param {string} text
 * @returns {import("./types.js").ServerEvent | null}
 */
function readServerEvent(text) {
  const event = { type: "message", id: "", data: "" };
  for (const line of text.split("\n")) {
    const [, name, value] = /^(\w+): ?(.*)$/.exec(line) ?? [];
    if (name === "event") event.type = value ?? "";
    if (name === "id") event.id = value ?? "";
    if (name === "data") event.data += value;
  }
  return event.data === "" ? null : { ...event, data: JSON.parse(event.data) };
}

/**
 * @param {number} milliseconds
 * @returns {Promise<void>}
 */
function wait(milliseconds) {
  return new Promise((resolve) => setTimeout(resolve, milliseconds));
}
