import { send } from "./api.js";

/**
 * What happens at the server, as server-sent events over fetch (which can send the token).
 *
 * Dispatches an event for each of the server's, by its name, with its data as `detail`; and
 * `connection` with "live", "lost" or "restarted".
 */
export class LiveFeed extends EventTarget {
  /** @type {string} */
  #lastId = "";
  /** @type {string} */
  #instance = "";
  /** @type {AbortController | null} */
  #controller = null;

  /**
   * Connect, and again whenever the connection is lost, until `stop`.
   *
   * @param {string} instance the server's, as `/-/api/recordings` has it
   */
  start(instance) {
    this.#instance = instance;
    this.#controller = new AbortController();
    void this.#run(this.#controller.signal);
  }

  stop() {
    this.#controller?.abort();
    this.#controller = null;
  }

  /** @param {AbortSignal} signal */
  async #run(signal) {
    let attempts = 0;
    while (!signal.aborted) {
      try {
        const response = await send("/-/api/live", { after: this.#lastId }, signal);
        attempts = 0;
        await this.#read(response);
      } catch {
        if (signal.aborted) return;
      }
      this.#tell("connection", "lost");
      attempts += 1;
      await wait(Math.min(250 * 2 ** attempts, 5000), signal);
    }
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
    if (event.type === "hello") this.#greet(event.data.instance);
    else this.#tell(event.type, event.data);
  }

  /** @param {string} instance */
  #greet(instance) {
    const isOther = instance !== this.#instance;
    this.#instance = instance;
    this.#tell("connection", isOther ? "restarted" : "live");
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
 * @param {AbortSignal} signal
 * @returns {Promise<void>}
 */
function wait(milliseconds, signal) {
  return new Promise((resolve) => {
    const timer = setTimeout(resolve, milliseconds);
    signal.addEventListener("abort", () => {
      clearTimeout(timer);
      resolve();
    });
  });
}
