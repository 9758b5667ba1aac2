import { buildPath, getText, send } from "../base/api.js";
import { createElement } from "../base/dom.js";
import { buildEmbeddedBody, isEmbedded, isExported } from "../base/embedded.js";
import { showNotice } from "./notice-list.js";

/**
 * @typedef {object} CopyForm
 * @property {string} form as the API names it
 * @property {string} label
 * @property {string} hint
 * @property {string} [file] ending of a file, for what is saved rather than copied
 */

/** The form that is no export: the address of the page. */
const LINK_FORM = "link";

const RAW_FORM = "raw";

/** @type {CopyForm[]} */
const COPY_FORMS = [
  {
    form: "curl",
    label: "Copy as curl",
    hint: "the request, for a shell; the key as $OPENAI_API_KEY",
  },
  { form: "openai-python", label: "Copy as openai-python", hint: "the same call as a program" },
  { form: "fetch", label: "Copy as fetch", hint: "the same call in JavaScript" },
  { form: "jsonl", label: "Copy events as JSONL", hint: "a line per event, with its time" },
  { form: "sse", label: "Copy stream as SSE", hint: "the stream as it was sent" },
  { form: RAW_FORM, label: "Save the raw answer", hint: "its body, byte for byte", file: "bin" },
  { form: "har", label: "Save as HAR", hint: "for browsers and other tools", file: "har" },
  { form: LINK_FORM, label: "Copy the link", hint: "to this exchange and what is selected" },
];

/** A menu of the forms in which an exchange can be copied or saved; all are redacted. */
export class CopyMenu extends HTMLElement {
  #recording = "";
  #number = 0;
  #button = createElement(
    "button",
    { class: "button", "aria-haspopup": "menu", "aria-expanded": "false" },
    "Copy",
  );
  #menu = createElement("div", {
    class: "copy-menu-list",
    role: "menu",
    "aria-label": "Copy or export",
    hidden: true,
  });
  #rest = createElement(
    "div",
    { class: "copy-menu-rest muted", role: "menuitem", "aria-disabled": "true", hidden: true },
    "Other forms: runreel export, with the cassette",
  );

  connectedCallback() {
    if (this.#button.parentNode !== null) return;
    this.#button.addEventListener("click", () => this.toggle());
    this.#menu.append(...COPY_FORMS.map((form) => this.#createItem(form)), this.#rest);
    this.#menu.addEventListener("keydown", (event) => this.#handleKey(event));
    this.addEventListener("focusout", (event) => {
      if (!(event.relatedTarget instanceof Node && this.contains(event.relatedTarget))) {
        this.close();
      }
    });
    this.append(this.#button, this.#menu);
  }

  /**
   * @param {string} recording
   * @param {number} number
   */
  setExchange(recording, number) {
    this.#recording = recording;
    this.#number = number;
    this.close();
  }

  toggle() {
    if (this.#menu.hidden) this.open();
    else this.close();
  }

  open() {
    if (isExported()) this.#hideMissing();
    this.#menu.hidden = false;
    this.#button.setAttribute("aria-expanded", "true");
    this.#focusItem(0);
  }

  close() {
    this.#menu.hidden = true;
    this.#button.setAttribute("aria-expanded", "false");
  }

  /** Offer only the forms that the exported file holds. */
  #hideMissing() {
    for (const item of this.#menu.querySelectorAll("button")) {
      const form = item.dataset.form ?? "";
      const isMade = form === LINK_FORM || form === RAW_FORM;
      item.hidden = !isMade && !isEmbedded(this.#path, { as: form });
    }
    this.#rest.hidden = false;
  }

  /** @returns {HTMLElement[]} */
  get #items() {
    return [...this.#menu.querySelectorAll("button")].filter((item) => !item.hidden);
  }

  /** @param {CopyForm} form */
  #createItem(form) {
    return createElement(
      "button",
      {
        class: "copy-menu-item",
        role: "menuitem",
        tabindex: "-1",
        "data-form": form.form,
        onclick: () => void this.#take(form),
      },
      createElement("span", {}, form.label),
      createElement("span", { class: "muted" }, form.hint),
    );
  }

  /** @param {number} index */
  #focusItem(index) {
    this.#items.at(index % this.#items.length)?.focus();
  }

  /** @param {KeyboardEvent} event */
  #handleKey(event) {
    const current = this.#items.findIndex((item) => item === document.activeElement);
    const moves = /** @type {Record<string, number>} */ ({
      ...{ ArrowDown: current + 1, j: current + 1, ArrowUp: current - 1, k: current - 1 },
      ...{ Home: 0, End: -1 },
    });
    const target = moves[event.key];
    if (target !== undefined) this.#focusItem(target);
    else if (event.key === "Escape") {
      this.close();
      this.#button.focus();
    } else return;
    event.preventDefault();
    event.stopPropagation();
  }

  /** @param {CopyForm} form */
  async #take(form) {
    this.close();
    this.#button.focus();
    try {
      if (form.file !== undefined) await this.#save(form.form, form.file);
      else await this.#copy(form);
    } catch (error) {
      showNotice(/** @type {Error} */ (error).message, { kind: "error" });
    }
  }

  get #place() {
    return buildPath("x", this.#recording, this.#number);
  }

  get #path() {
    return `${this.#place}/copy`;
  }

  /** @param {CopyForm} form */
  async #copy(form) {
    const isLink = form.form === LINK_FORM;
    await copyText(isLink ? location.href : await getText(this.#path, { as: form.form }));
    showNotice(`${form.label.replace(/^Copy /, "Copied ")}: it is in the clipboard.`);
  }

  /**
   * @param {string} form
   * @param {string} ending
   */
  async #save(form, ending) {
    const blob = isExported()
      ? buildEmbeddedBody(this.#place)
      : await (await send(this.#path, { as: form })).blob();
    saveFile(blob, `${this.#recording.split("/").at(-1)}-${this.#number}.${ending}`);
  }
}

/**
 * Put a text into the clipboard.
 *
 * @param {string} text
 */
async function copyText(text) {
  if (navigator.clipboard) {
    await navigator.clipboard.writeText(text);
    return;
  }
  // Only pages of this machine or over TLS have the clipboard of the browser.
  const field = createElement("textarea", { class: "visually-hidden", "aria-hidden": "true" });
  field.value = text;
  document.body.append(field);
  field.select();
  const isCopied = document.execCommand("copy");
  field.remove();
  if (!isCopied) throw new Error("The browser does not let this page use the clipboard.");
}

/**
 * Put a text into the clipboard, and say whether that worked.
 *
 * @param {string} text
 * @param {string} name of the text, as the beginning of a sentence
 */
export async function copyWithNotice(text, name) {
  try {
    await copyText(text);
    showNotice(`${name}: in the clipboard.`);
  } catch (error) {
    showNotice(/** @type {Error} */ (error).message, { kind: "error" });
  }
}

/**
 * Save a file, as the browser saves downloads.
 *
 * @param {Blob} blob
 * @param {string} name
 */
function saveFile(blob, name) {
  const address = URL.createObjectURL(blob);
  const link = createElement("a", { href: address, download: name.replace(/[^\w.-]+/g, "_") });
  link.click();
  setTimeout(() => URL.revokeObjectURL(address), 1000);
}

customElements.define("copy-menu", CopyMenu);
