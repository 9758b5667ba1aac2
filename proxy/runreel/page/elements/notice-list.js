import { createElement } from "../base/dom.js";
import { escapeLine } from "../base/visible.js";

/** Short messages at the lower edge; those about errors stay until they are closed. */
export class NoticeList extends HTMLElement {
  connectedCallback() {
    this.setAttribute("role", "status");
    this.setAttribute("aria-live", "polite");
  }

  /**
   * Show a message; one with the same text only once.
   *
   * @param {string} text
   * @param {{kind?: "info" | "error"}} [options]
   */
  show(text, { kind = "info" } = {}) {
    const shown = escapeLine(text);
    for (const other of this.children) if (other.firstChild?.textContent === shown) other.remove();
    const close = createElement(
      "button",
      { "aria-label": "Close message", onclick: () => notice.remove() },
      "×",
    );
    const notice = createElement(
      "p",
      { class: `notice notice-${kind}` },
      createElement("span", {}, shown),
      close,
    );
    this.append(notice);
    if (kind === "info") setTimeout(() => notice.remove(), 5000);
  }
}

customElements.define("notice-list", NoticeList);

/**
 * Show a short message at the lower edge of the page.
 *
 * @param {string} text
 * @param {{kind?: "info" | "error"}} [options]
 */
export function showNotice(text, options) {
  const list = document.querySelector("notice-list");
  if (list instanceof NoticeList) list.show(text, options);
}
