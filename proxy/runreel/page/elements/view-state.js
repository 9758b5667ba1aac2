import { createElement, replaceChildren } from "../base/dom.js";
import { escapeLine } from "../base/visible.js";

/**
 * The place of a view that has nothing to show yet: it loads, is empty, or has failed. Each says
 * what to do.
 */
export class ViewState extends HTMLElement {
  /**
   * While something is read: becomes true once it is shown, false if it will not be.
   *
   * @type {Promise<boolean> | null}
   */
  loading = null;
  /** @type {(isShown: boolean) => void} */
  #settle = () => {};

  disconnectedCallback() {
    this.#endLoading(false);
  }

  /** Say that something is being read; visible only if it takes a while. */
  showLoading(text = "Loading …") {
    this.loading ??= new Promise((resolve) => (this.#settle = resolve));
    this.#show("loading", createElement("p", { role: "status" }, text));
  }

  /**
   * Say that there is nothing, and what to do about it.
   *
   * @param {string} title
   * @param {...(Node | string)} advice
   */
  showEmpty(title, ...advice) {
    this.#endLoading(false);
    this.#show("empty", createElement("h2", {}, title), createElement("div", {}, ...advice));
  }

  /**
   * Say what went wrong, with a button to try again.
   *
   * @param {Error} error
   * @param {() => void} retry
   */
  showError(error, retry) {
    this.#endLoading(false);
    const button = createElement("button", { class: "button", onclick: retry }, "Try again");
    const message = createElement("p", { role: "alert" }, escapeLine(error.message));
    this.#show("error", createElement("h2", {}, "This cannot be shown"), message, button);
  }

  /** Make room for what is shown now. */
  clear() {
    this.#endLoading(true);
    this.hidden = true;
    this.replaceChildren();
  }

  /** @param {boolean} isShown */
  #endLoading(isShown) {
    this.loading = null;
    this.#settle(isShown);
  }

  /**
   * @param {string} kind
   * @param {...Node} children
   */
  #show(kind, ...children) {
    this.hidden = false;
    this.className = `view-state view-state-${kind}`;
    replaceChildren(this, createElement("div", { class: "view-state-box" }, ...children));
  }
}

customElements.define("view-state", ViewState);
