import { ApiError } from "../base/api.js";
import { createElement, setText } from "../base/dom.js";
import { ExchangeFeed } from "../base/exchange-feed.js";
import { formatCount, formatPlural } from "../base/format.js";
import { keepState } from "../base/router.js";
import { server } from "../base/server.js";
import { CopyMenu } from "../elements/copy-menu.js";
import { ExchangeTable } from "../elements/exchange-table.js";
import { showNotice } from "../elements/notice-list.js";
import { ViewState } from "../elements/view-state.js";

/** How often durations of calls under way are shown anew. */
const TICK_MS = 200;

/** The list of exchanges: recorded ones and those under way. */
export class ListView extends HTMLElement {
  scope = "list";
  heading = "";
  #feed = new ExchangeFeed();
  #table = new ExchangeTable();
  state = new ViewState();
  #counts = createElement("span", { role: "status" });
  #followButton = createElement("button", {
    class: "list-view-follow",
    title: "Scroll to each call as it begins (f)",
    onclick: () => this.#follow(!this.#isFollowing),
  });
  #copyMenu = new CopyMenu();
  #isFollowing = true;
  #isFresh = true;
  /** Key of the row that becomes current once it is there. */
  #wanted = "";
  #scrollTop = 0;
  #timer = 0;

  /** @type {import("../base/keys.js").Commands} */
  commands = {
    next: () => this.#table.move(1),
    previous: () => this.#table.move(-1),
    "page-down": () => this.#table.movePage(1),
    "page-up": () => this.#table.movePage(-1),
    first: () => this.#table.select(0),
    last: () => this.#table.select(-1),
    open: () => this.#table.openCurrent(),
    "open-run": () => this.#table.openRun(),
    mark: () => this.#table.markCurrent(),
    copy: () => this.#openCopyMenu(),
    follow: () => this.#follow(!this.#isFollowing),
    fold: () => this.#table.foldCurrent(true),
    unfold: () => this.#table.foldCurrent(false),
  };

  connectedCallback() {
    if (this.firstChild !== null) return;
    this.#copyMenu.hidden = true;
    const footer = createElement(
      "footer",
      { class: "list-view-footer" },
      this.#counts,
      this.#followButton,
      this.#copyMenu,
    );
    this.append(this.#table, this.state, footer);
    this.#table.addEventListener("current", (event) => {
      this.#keep(readDetail(event));
      this.#aimCopyMenu();
    });
    this.#table.addEventListener("wheel", (event) => event.deltaY < 0 && this.#follow(false), {
      passive: true,
    });
    server.addEventListener("recordings", () => this.#update());
    this.#feed.addEventListener("change", () => this.#update());
    this.#feed.addEventListener("newest", (event) => this.#reveal(readDetail(event)));
    this.#feed.addEventListener("error", (event) => this.#showError(readDetail(event)));
  }

  /** Offer to copy the current row, if it is a stored exchange. */
  #aimCopyMenu() {
    const row = this.#table.currentRow;
    this.#copyMenu.hidden = row === null || row.number === null;
    if (row !== null && row.number !== null) this.#copyMenu.setExchange(row.recording, row.number);
  }

  #openCopyMenu() {
    this.#aimCopyMenu();
    if (this.#copyMenu.hidden) showNotice("Choose an exchange first, to copy it.");
    else this.#copyMenu.open();
  }

  /** @param {import("../base/router.js").Route} route */
  show(route) {
    const recording = route.query.get("recording") ?? "";
    const filter = route.query.get("filter") ?? "";
    const isSame = recording === this.#feed.recording && filter === this.#feed.filter;
    this.#wanted = route.state?.key ?? "";
    clearInterval(this.#timer);
    this.#timer = setInterval(() => this.#tick(), TICK_MS);
    if (!this.#feed.isLoaded) this.state.showLoading();
    if (this.#feed.isLoaded && isSame) this.#return();
    else this.#load(recording, filter);
  }

  hide() {
    clearInterval(this.#timer);
    this.#scrollTop = this.#table.list.scrollTop;
  }

  /**
   * @param {string} recording
   * @param {string} filter
   */
  #load(recording, filter) {
    this.#table.list.setAttribute("aria-busy", "true");
    void this.#feed.load(recording, filter);
  }

  /** Show the list where it was left. */
  #return() {
    this.#table.list.scrollTo({ top: this.#scrollTop });
    this.#update();
    this.#table.focusCurrent();
  }

  /** @param {string} key */
  #keep(key) {
    this.#follow(false);
    keepState({ key });
  }

  #update() {
    const { store, progress, isLoaded } = this.#feed;
    if (!isLoaded) return;
    this.#table.list.setAttribute("aria-busy", "false");
    this.#arrange();
    this.#showState(store.size === 0 && progress.isDone);
    this.#showCounts();
    this.classList.toggle("list-view-still", server.document?.live !== true);
    this.#table.update(store);
    if (progress.isDone && server.document?.live === true) this.#jump();
    if (this.#wanted !== "" && this.#table.restore(this.#wanted)) this.#wanted = "";
  }

  /** Bring the recordings into the server's order; without a filter, those without exchanges too. */
  #arrange() {
    const { filter, recording, store } = this.#feed;
    if (filter !== "" || recording !== "") return;
    store.setRecordings(server.recordings.map((entry) => entry.name));
  }

  /** Go to the newest exchange of a running server, once. */
  #jump() {
    if (!this.#isFresh) return;
    this.#isFresh = false;
    if (this.#wanted === "" && this.#isFollowing) this.#table.revealLast();
  }

  /** @param {boolean} isEmpty */
  #showState(isEmpty) {
    this.#table.hidden = isEmpty;
    if (isEmpty) this.#showEmpty();
    else this.state.clear();
  }

  #showCounts() {
    const { filter, store, progress } = this.#feed;
    const shown = formatPlural(
      filter === "" ? store.size - server.calls.size : store.size,
      "exchange",
    );
    const matches = filter === "" ? shown : `${shown} of ${formatCount(progress.total)} match`;
    const open = server.calls.size === 0 ? "" : `, ${server.calls.size} under way`;
    const searched = progress.isDone ? "" : `, ${formatCount(progress.searched)} searched …`;
    setText(this.#counts, `${matches}${open}${searched}`);
    this.#showFollowing();
  }

  #showFollowing() {
    const isLive = server.document?.live === true;
    this.#followButton.hidden = !isLive;
    this.#followButton.setAttribute("aria-pressed", String(this.#isFollowing));
    setText(this.#followButton, this.#isFollowing ? "Following" : "Follow");
  }

  #showEmpty() {
    const { filter, recording } = this.#feed;
    if (filter !== "") {
      this.state.showEmpty("No exchange matches this filter", "Esc clears it.");
    } else if (server.document?.live === true) {
      this.state.showEmpty(
        "No exchange yet",
        "Send a request through the proxy: it appears here as it begins.",
      );
    } else {
      const what =
        recording === ""
          ? "These cassettes hold no exchanges"
          : "This recording holds no exchanges";
      this.state.showEmpty(what, "Record one: runreel record NAME -- COMMAND");
    }
  }

  /** @param {Error} error */
  #showError(error) {
    const { filter, recording, isLoaded } = this.#feed;
    const isWrongFilter = error instanceof ApiError && error.status === 400 && filter !== "";
    if (isWrongFilter && isLoaded) return;
    this.#table.hidden = true;
    this.state.showError(error, () => this.#load(recording, filter));
  }

  /** @param {boolean} isFollowing */
  #follow(isFollowing) {
    this.#isFollowing = isFollowing;
    this.#showFollowing();
    if (isFollowing) this.#reveal(this.#feed.newest);
  }

  /** @param {string} key */
  #reveal(key) {
    if (this.#isFollowing && this.isConnected) this.#table.reveal(key);
  }

  #tick() {
    if (server.calls.size > 0) this.#update();
  }
}

/**
 * @param {Event} event
 * @returns {any}
 */
function readDetail(event) {
  return /** @type {CustomEvent} */ (event).detail;
}

customElements.define("list-view", ListView);
