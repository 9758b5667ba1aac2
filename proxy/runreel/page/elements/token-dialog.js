import { ApiError } from "../base/api.js";
import { createElement } from "../base/dom.js";

const ASKED = "This proxy asks for its token";
const WRONG = "That token is not the right one";
const REFUSED = "This proxy requires its token. Reload the page to enter it.";

/** Asks for the token of a server that is not on this machine alone. */
export class TokenDialog extends HTMLElement {
  /**
   * Ask for the token.
   *
   * @param {boolean} isWrong if one was sent already
   * @returns {Promise<string>}
   */
  ask(isWrong) {
    const field = createElement("input", {
      id: "token-field",
      type: "password",
      autocomplete: "off",
    });
    const dialog = buildDialog(field, isWrong ? WRONG : ASKED);
    this.append(dialog);
    dialog.showModal();
    return new Promise((resolve, reject) => {
      dialog.addEventListener("close", () => {
        dialog.remove();
        if (field.value === "") reject(new ApiError(REFUSED, 401, "token"));
        else resolve(field.value);
      });
    });
  }
}

/**
 * @param {HTMLInputElement} field
 * @param {string} title
 * @returns {HTMLDialogElement}
 */
function buildDialog(field, title) {
  const form = createElement(
    "form",
    { method: "dialog" },
    createElement("h2", { id: "token-title" }, title),
    createElement("label", { for: "token-field" }, "Token (RUNREEL_TOKEN of the proxy)"),
    field,
    createElement("p", { class: "muted" }, "It is kept until this tab is closed."),
    createElement("button", { class: "button button-main" }, "Continue"),
  );
  return createElement(
    "dialog",
    { class: "dialog token-dialog", "aria-labelledby": "token-title" },
    form,
  );
}

customElements.define("token-dialog", TokenDialog);
