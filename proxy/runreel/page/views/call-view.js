import { addressOfExchange, addressOfMiss } from "../base/addresses.js";
import { getJson } from "../base/api.js";
import { createElement, replaceChildren, setText } from "../base/dom.js";
import { formatBytes, formatDuration, formatMoment } from "../base/format.js";
import { goTo } from "../base/router.js";
import { server } from "../base/server.js";
import { escapeLine, showLine } from "../base/visible.js";
import { ArrivalList } from "../elements/arrival-list.js";
import { ViewState } from "../elements/view-state.js";

/**
 * @typedef {import("../base/types.js").Row} Row
 * @typedef {import("../base/types.js").CallRow} CallRow
 */

/** Rows of a recording among which a call is looked for that has ended. */
const ROWS_SEARCHED = 500;

const OUTCOME_TEXTS = /** @type {Record<string, string>} */ ({
  passed: "It was passed on, and is not recorded: its texts are nowhere.",
  miss: "No recorded exchange answered it.",
  refused: "The proxy refused it: its log says why.",
  failed: "The upstream did not answer: the log says why.",
  abandoned: "The client left, or the proxy was stopped, before there was an answer.",
  lost: "It was answered, but could not be stored: the log says why.",
  unplayable: "The recorded answer is damaged: runreel verify says where.",
});

/**
 * A call under way: names, times and sizes as they grow. Its texts come when it is sealed; then it is
 * the exchange of the recording.
 */
export class CallView extends HTMLElement {
  scope = "call";
  heading = "";
  commands = {};
  state = new ViewState();
  #title = createElement("h1", {});
  #facts = createElement("dl", { class: "fact-list" });
  #note = createElement("p", { class: "muted", role: "status" });
  #arrivals = new ArrivalList();
  #card = createElement("div", { class: "call-view-card" });
  #recording = "";
  #call = 0;
  /** @type {CallRow | null} */
  #row = null;
  #timer = 0;

  connectedCallback() {
    if (this.firstChild !== null) return;
    this.#card.append(
      createElement("header", { class: "view-heading" }, this.#title),
      this.#facts,
      this.#note,
      this.#arrivals,
    );
    this.append(this.#card, this.state);
    server.addEventListener("call", (event) =>
      this.#take(/** @type {CustomEvent} */ (event).detail),
    );
    server.addEventListener("row", (event) =>
      this.#seal(/** @type {CustomEvent} */ (event).detail),
    );
    server.addEventListener("reload", () => this.isConnected && void this.#find());
  }

  /** @param {import("../base/router.js").Route} route */
  show({ parameters }) {
    this.#recording = parameters.recording ?? "";
    this.#call = Number(parameters.call);
    this.#row = null;
    this.heading = escapeLine(`Call ${this.#call} · ${this.#recording}`);
    this.#arrivals.clear();
    this.#card.hidden = true;
    clearInterval(this.#timer);
    this.#timer = setInterval(() => this.#showClock(), 100);
    const known = server.calls.get(`${this.#recording}@${this.#call}`);
    if (known) this.#take(known);
    else void this.#find();
  }

  hide() {
    clearInterval(this.#timer);
    this.#call = 0;
  }

  /** Look for a call that may have ended: its exchange has its number. */
  async #find() {
    this.state.showLoading();
    const call = this.#call;
    try {
      const query = { recording: this.#recording, order: "desc", limit: ROWS_SEARCHED };
      /** @type {import("../base/types.js").ExchangesPage} */
      const page = await getJson("/-/api/exchanges", query);
      if (call !== this.#call) return;
      const row = page.rows.find((each) => each.call === call);
      if (row) this.#seal(row);
      else if (this.#row === null) this.#showGone();
    } catch (error) {
      this.state.showError(/** @type {Error} */ (error), () => void this.#find());
    }
  }

  #showGone() {
    const link = createElement("a", { href: "#/" }, "Go to the list");
    this.state.showEmpty(
      "This call is not under way",
      "It ended, and was not recorded here; or it has not been heard of yet. ",
      link,
    );
  }

  /** @param {CallRow} row */
  #take(row) {
    if (row.call !== this.#call || row.recording !== this.#recording) return;
    if (row.number !== null) {
      this.#seal(row);
      return;
    }
    this.#row = row;
    this.state.clear();
    this.#card.hidden = false;
    const name = row.operation || row.method || "call";
    replaceChildren(
      this.#title,
      ...showLine(name),
      createElement("small", {}, `call ${this.#call}, ${row.outcome ? "ended" : "under way"}`),
    );
    this.#arrivals.add(row.bytes ?? 0, this.#elapsedUs);
    this.#showNote(row);
    this.#showClock();
  }

  /** @param {Row} row */
  #seal(row) {
    if (row.call !== this.#call || row.recording !== this.#recording || row.number === null) return;
    goTo(addressOfExchange(row.recording, row.number), { replace: true });
  }

  get #elapsedUs() {
    const row = this.#row;
    if (row === null) return 0;
    if (row.outcome !== null && row.duration_us !== null) return row.duration_us;
    return (performance.now() - row.began) * 1000;
  }

  /** @param {CallRow} row */
  #showNote(row) {
    const isStored =
      row.outcome === null || row.outcome === "recorded" || row.outcome === "replayed";
    const text = isStored
      ? "Names, times and sizes only: its texts come as soon as it is redacted and stored."
      : (OUTCOME_TEXTS[row.outcome ?? ""] ?? `It ended as ${row.outcome}.`);
    const link = row.miss
      ? createElement("a", { href: addressOfMiss(row.recording, row.miss) }, "See why")
      : null;
    replaceChildren(this.#note, text, link && " ", link);
  }

  #showClock() {
    const row = this.#row;
    if (row === null) return;
    const facts = /** @type {[string, string][]} */ ([
      ["session", row.session],
      ["method", row.method],
      ["elapsed", formatDuration(this.#elapsedUs)],
      ["size", formatBytes(row.bytes ?? 0)],
      ["status", row.status === null ? "" : String(row.status)],
      ["outcome", row.outcome ?? ""],
      ["started", formatMoment(row.started)],
    ]);
    const shown = facts.filter(([, value]) => value);
    for (const [index, [name, value]] of shown.entries()) {
      const entry = this.#facts.children[index] ?? this.#facts.appendChild(buildFact());
      setText(/** @type {Element} */ (entry.firstElementChild), name);
      setText(/** @type {Element} */ (entry.lastElementChild), escapeLine(value));
    }
    while (this.#facts.children.length > shown.length) this.#facts.lastElementChild?.remove();
  }
}

function buildFact() {
  return createElement("div", { class: "fact" }, createElement("dt", {}), createElement("dd", {}));
}

customElements.define("call-view", CallView);
