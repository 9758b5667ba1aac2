import { createElement } from "../base/dom.js";
import { ViewState } from "../elements/view-state.js";

/** Shown for an address that names no view. */
export class MissingView extends HTMLElement {
  scope = "missing";
  heading = "Not found";
  /** @type {import("../base/keys.js").Commands} */
  commands = {};
  state = new ViewState();

  /** @param {import("../base/router.js").Route} route */
  show(route) {
    if (this.firstChild === null) this.append(this.state);
    const link = createElement("a", { href: "#/" }, "Go to the list");
    this.state.showEmpty(`There is no page ${route.parameters.path}`, link);
  }
}

customElements.define("missing-view", MissingView);
