import {
  EXCHANGE,
  LIST,
  NUMBERS,
  PLAY,
  REDACTION,
  addressOfDiff,
  addressOfExchange,
} from "../base/addresses.js";
import { ApiError, setTokenPrompt } from "../base/api.js";
import { createElement } from "../base/dom.js";
import { setActiveView, startKeys } from "../base/keys.js";
import { marks } from "../base/marks.js";
import {
  buildAddress,
  changeQuery,
  goBackTo,
  goTo,
  readRoute,
  startRouter,
} from "../base/router.js";
import { server } from "../base/server.js";
import { FilterField } from "./filter-field.js";
import { HelpSheet } from "./help-sheet.js";
import { LiveLight } from "./live-light.js";
import { MarkTray } from "./mark-tray.js";
import { NoticeList, showNotice } from "./notice-list.js";
import { RecordingMenu } from "./recording-menu.js";
import { TokenDialog } from "./token-dialog.js";

const RESTARTED = "The proxy was started again: this is its list now.";

/** Views in which the filter says what is shown. */
const FILTERED = [LIST, NUMBERS];

/** Views of one exchange, from which "back" leads to it. */
const PARTS = [REDACTION, PLAY];

/** What is around every view: the header with the filter, messages, dialogs, the keyboard. */
export class PageShell extends HTMLElement {
  #outlet = createElement("main", { id: "view", class: "shell-view", tabindex: "-1" });
  #filter = new FilterField();
  #recordings = new RecordingMenu();
  #help = new HelpSheet();
  #token = new TokenDialog();
  #list = createElement("a", { class: "shell-tab", href: "#/" }, "Exchanges");
  #numbers = createElement("a", { class: "shell-tab", href: `#${NUMBERS}` }, "Numbers");

  /** Build the page and show the place that the address names. */
  start() {
    const skip = createElement(
      "a",
      {
        class: "shell-skip",
        href: "#view",
        onclick: (/** @type {Event} */ event) => this.#skip(event),
      },
      "Skip to content",
    );
    this.append(skip, this.#buildHeader(), this.#outlet, new NoticeList(), this.#help, this.#token);
    this.#listen();
    setTokenPrompt((isWrong) => this.#token.ask(isWrong));
    startKeys(this.#commands);
    startRouter(this.#outlet, (route, view) => this.#follow(route, view));
    server.addEventListener("restart", () => showNotice(RESTARTED));
    server.addEventListener("recordings", () => this.#showError());
    server.start();
  }

  #showError() {
    const { error } = server;
    if (error !== null && error instanceof ApiError && error.status > 0) {
      showNotice(error.message, { kind: "error" });
    }
  }

  /** @type {import("../base/keys.js").Commands} */
  #commands = {
    filter: () => this.#filter.focusField(),
    back: () => this.#goBack(),
    help: () => this.#help.open(),
    "go-list": () => goTo(this.#list.hash),
    "go-numbers": () => goTo(this.#numbers.hash),
    "go-diff": () => this.#goToDiff(),
    "go-recordings": () => this.#recordings.open(),
  };

  #listen() {
    this.#filter.addEventListener("filter", (event) =>
      this.#setFilter(/** @type {CustomEvent} */ (event).detail),
    );
    this.#filter.addEventListener("leave", () => this.#outlet.focus());
    this.#recordings.addEventListener("choose", (event) =>
      this.#setRecording(/** @type {CustomEvent} */ (event).detail),
    );
  }

  /** @returns {HTMLElement} */
  #buildHeader() {
    const home = createElement(
      "a",
      { class: "shell-home", href: "#/", "aria-label": "runreel: list of exchanges" },
      "runreel",
    );
    const help = createElement(
      "button",
      {
        class: "shell-button",
        "aria-label": "Keyboard help",
        title: "Keyboard help (?)",
        onclick: () => this.#help.open(),
      },
      "?",
    );
    const tabs = createElement(
      "nav",
      { class: "shell-tabs", "aria-label": "Views" },
      this.#list,
      this.#numbers,
    );
    return createElement(
      "header",
      { class: "shell-header" },
      home,
      tabs,
      this.#recordings,
      this.#filter,
      new MarkTray(),
      new LiveLight(),
      help,
    );
  }

  /**
   * @param {import("../base/router.js").Route} route
   * @param {import("../base/router.js").View} view
   */
  #follow(route, view) {
    setActiveView(view);
    document.title = view.heading === "" ? "runreel" : `${view.heading} · runreel`;
    this.#markTab(this.#list, route.path === LIST);
    this.#markTab(this.#numbers, route.path === NUMBERS);
    if (!FILTERED.includes(route.path)) return;
    const query = { recording: route.query.get("recording"), filter: route.query.get("filter") };
    this.#list.href = buildAddress(LIST, {}, query);
    this.#numbers.href = buildAddress(NUMBERS, {}, query);
    this.#filter.setFilter(query.filter ?? "");
    this.#recordings.setChosen(query.recording ?? "");
  }

  /**
   * @param {HTMLElement} tab
   * @param {boolean} isCurrent
   */
  #markTab(tab, isCurrent) {
    if (isCurrent) tab.setAttribute("aria-current", "page");
    else tab.removeAttribute("aria-current");
  }

  /** @param {{filter: string, isFirst: boolean}} change */
  #setFilter({ filter, isFirst }) {
    this.#changeShown({ filter }, !isFirst);
  }

  /** @param {string} recording */
  #setRecording(recording) {
    this.#changeShown({ recording }, false);
  }

  /**
   * @param {Record<string, string>} changes
   * @param {boolean} replace
   */
  #changeShown(changes, replace) {
    if (FILTERED.includes(readRoute().path)) {
      changeQuery(changes, { replace });
      return;
    }
    const query = new URLSearchParams(this.#list.hash.split("?")[1]);
    goTo(buildAddress(LIST, {}, { ...Object.fromEntries(query), ...changes }));
  }

  #goToDiff() {
    const [left, right] = marks.sides;
    if (left !== undefined && right !== undefined) goTo(addressOfDiff(left, right));
    else showNotice("Mark two exchanges, runs or recordings with d; then they are compared.");
  }

  /** @returns {boolean | void} */
  #goBack() {
    if (this.contains(document.activeElement) && this.#filter.contains(document.activeElement)) {
      this.#outlet.focus();
      return;
    }
    const { path, parameters, query } = readRoute();
    if (path === LIST) {
      if (query.get("filter")) changeQuery({ filter: "" });
      return;
    }
    const { recording = "", number } = parameters;
    if (PARTS.includes(path)) goBackTo(addressOfExchange(recording, Number(number)));
    else if (path !== EXCHANGE && isFromExchange()) history.back();
    else goBackTo(this.#list.hash);
  }

  /** @param {Event} event */
  #skip(event) {
    event.preventDefault();
    this.#outlet.focus();
  }
}

/** @returns {boolean} true if this place was reached from an exchange */
function isFromExchange() {
  return (history.state?.from ?? "").startsWith("#/x/");
}

customElements.define("page-shell", PageShell);
