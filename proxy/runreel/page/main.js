import { LIST } from "./base/addresses.js";
import { registerView } from "./base/router.js";
import { PageShell } from "./elements/page-shell.js";
import { ListView } from "./views/list-view.js";
import { MissingView } from "./views/missing-view.js";

/* Every view: its route and its element. */
registerView(LIST, ListView);
registerView("*", MissingView);

const shell = document.querySelector("page-shell");
if (shell instanceof PageShell) shell.start();
