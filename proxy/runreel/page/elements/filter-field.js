import { getJson } from "../base/api.js";
import { createElement, replaceChildren } from "../base/dom.js";
import { isExported } from "../base/embedded.js";
import { escapeLine } from "../base/visible.js";

const MOST_CHOICES = 12;

/**
 * The filter language's field: it says where a filter is wrong, and completes its words. Dispatches
 * `filter` with `{filter, isFirst}` as a right one is typed, `isFirst` at the first change since it
 * got the focus; `leave` with Enter.
 */
export class FilterField extends HTMLElement {
  #field = createElement("input", {
    type: "text",
    id: "filter",
    role: "combobox",
    placeholder: "Filter: op:runs.* status:>=400 text:refund",
    "aria-label": "Filter",
    "aria-autocomplete": "list",
    "aria-expanded": "false",
    "aria-controls": "filter-choices",
    "aria-describedby": "filter-message",
    autocomplete: "off",
    autocapitalize: "off",
    spellcheck: "false",
  });
  #choices = createElement("ul", {
    id: "filter-choices",
    role: "listbox",
    "aria-label": "Completions",
    hidden: true,
  });
  #message = createElement("p", {
    id: "filter-message",
    class: "filter-field-message",
    role: "status",
    hidden: true,
  });
  #isFirst = true;
  #chosen = -1;
  /** @type {string[]} */
  #completions = [];
  /** @type {AbortController | null} */
  #pending = null;

  connectedCallback() {
    if (this.firstChild !== null) return;
    if (isExported()) {
      this.append(
        createElement(
          "p",
          { class: "muted" },
          "An exported file has no filter: use runreel inspect.",
        ),
      );
      return;
    }
    const popup = createElement(
      "div",
      { class: "filter-field-popup" },
      this.#message,
      this.#choices,
    );
    this.append(this.#field, popup);
    this.#field.addEventListener("input", () => void this.#change());
    this.#field.addEventListener("focus", () => (this.#isFirst = true));
    this.#field.addEventListener("blur", () => this.#closeChoices());
    this.#field.addEventListener("keydown", (event) => this.#handleKey(event));
  }

  focusField() {
    this.#field.focus();
    this.#field.select();
  }

  /** @param {string} filter */
  setFilter(filter) {
    if (this.#field.value === filter) return;
    this.#field.value = filter;
    void this.#check();
  }

  /** Take what is typed once it is a right filter; until then, say what is wrong. */
  async #change() {
    const filter = this.#field.value;
    this.#narrowChoices();
    if (!(await this.#check())) return;
    const detail = { filter, isFirst: this.#isFirst };
    this.#isFirst = false;
    this.dispatchEvent(new CustomEvent("filter", { detail }));
  }

  /** @returns {Promise<boolean>} if the filter is right, and has not changed meanwhile */
  async #check() {
    this.#pending?.abort();
    const { signal } = (this.#pending = new AbortController());
    const isTyping = document.activeElement === this.#field;
    const at = isTyping ? this.#field.selectionStart : null;
    try {
      const answer = await getJson("/-/api/filter", { text: this.#field.value || " ", at }, signal);
      if (signal.aborted) return false;
      this.#showMessage(answer);
      this.#showChoices(isTyping ? (answer.completions ?? []) : []);
      return answer.ok;
    } catch (error) {
      if (!signal.aborted) {
        this.#showMessage({ ok: false, message: /** @type {Error} */ (error).message });
      }
      return false;
    }
  }

  /** @param {import("../base/types.js").FilterCheck} answer */
  #showMessage(answer) {
    this.#message.hidden = answer.ok;
    this.#field.setAttribute("aria-invalid", String(!answer.ok));
    if (!answer.ok) replaceChildren(this.#message, ...buildMessage(this.#field.value, answer));
  }

  /** Leave out at once what does not begin as the word before the cursor. */
  #narrowChoices() {
    const end = this.#field.selectionStart ?? 0;
    const word = this.#field.value.slice(findWordStart(this.#field.value, end), end).toLowerCase();
    this.#showChoices(this.#completions.filter((text) => text.toLowerCase().startsWith(word)));
  }

  /** @param {string[]} completions */
  #showChoices(completions) {
    const chosen = this.#completions[this.#chosen] ?? "";
    this.#completions = completions.slice(0, MOST_CHOICES);
    this.#chosen = this.#completions.indexOf(chosen);
    const options = this.#completions.map((text, index) =>
      createElement(
        "li",
        {
          role: "option",
          id: `filter-choice-${index}`,
          onmousedown: (/** @type {Event} */ event) => this.#click(event, index),
        },
        escapeLine(text),
      ),
    );
    replaceChildren(this.#choices, ...options);
    this.#choices.hidden = options.length === 0;
    this.#markChosen();
  }

  #closeChoices() {
    this.#showChoices([]);
  }

  #markChosen() {
    this.#field.setAttribute("aria-expanded", String(!this.#choices.hidden));
    for (const [index, option] of [...this.#choices.children].entries()) {
      option.setAttribute("aria-selected", String(index === this.#chosen));
    }
    if (this.#chosen < 0) this.#field.removeAttribute("aria-activedescendant");
    else this.#field.setAttribute("aria-activedescendant", `filter-choice-${this.#chosen}`);
  }

  /** @param {KeyboardEvent} event */
  #handleKey(event) {
    const isOpen = !this.#choices.hidden;
    const isHandled = (isOpen && this.#handleChoice(event.key)) || event.key === "Enter";
    if (isHandled) event.preventDefault();
    if (event.key === "Enter" && !isOpen) this.dispatchEvent(new CustomEvent("leave"));
  }

  /**
   * @param {string} key
   * @returns {boolean} if it is one of those of the list of completions
   */
  #handleChoice(key) {
    const count = this.#completions.length;
    if (key === "ArrowDown") this.#choose((this.#chosen + 1) % count);
    else if (key === "ArrowUp") this.#choose(this.#chosen <= 0 ? count - 1 : this.#chosen - 1);
    else if (key === "Escape") this.#closeChoices();
    else if ((key === "Tab" || key === "Enter") && this.#chosen >= 0) this.#complete(this.#chosen);
    else return false;
    return true;
  }

  /** @param {number} index */
  #choose(index) {
    this.#chosen = index;
    this.#markChosen();
  }

  /**
   * @param {Event} event
   * @param {number} index
   */
  #click(event, index) {
    event.preventDefault();
    this.#complete(index);
  }

  /** @param {number} index replaces the word before the cursor */
  #complete(index) {
    const text = this.#completions[index] ?? "";
    const end = this.#field.selectionStart ?? this.#field.value.length;
    const start = findWordStart(this.#field.value, end);
    this.#field.setRangeText(text, start, end, "end");
    void this.#change();
  }
}

/**
 * @param {string} text
 * @param {number} end
 * @returns {number}
 */
function findWordStart(text, end) {
  return end - (/[^\s()]*$/.exec(text.slice(0, end))?.[0].length ?? 0);
}

/**
 * @param {string} text
 * @param {import("../base/types.js").FilterCheck} answer
 * @returns {(Node | string)[]}
 */
function buildMessage(text, answer) {
  const message = escapeLine(answer.message ?? "");
  if (answer.offset === undefined || !answer.length) return [message];
  const end = answer.offset + answer.length;
  const place = createElement(
    "code",
    {},
    escapeLine(text.slice(0, answer.offset)),
    createElement("mark", {}, escapeLine(text.slice(answer.offset, end))),
    escapeLine(text.slice(end)),
  );
  return [place, " ", message];
}

customElements.define("filter-field", FilterField);
