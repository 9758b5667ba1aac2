import { CALL, EXCHANGE, LIST, MISS, PLAY, REDACTION } from "./base/addresses.js";
import { registerView } from "./base/router.js";
import { PageShell } from "./elements/page-shell.js";
import { CallView } from "./views/call-view.js";
import { ExchangeView } from "./views/exchange-view.js";
import { ListView } from "./views/list-view.js";
import { MissView } from "./views/miss-view.js";
import { MissingView } from "./views/missing-view.js";
import { PlayView } from "./views/play-view.js";
import { RedactionView } from "./views/redaction-view.js";

/* Every view: its route and its element. */
registerView(LIST, ListView);
registerView(EXCHANGE, ExchangeView);
registerView(CALL, CallView);
registerView(MISS, MissView);
registerView(REDACTION, RedactionView);
registerView(PLAY, PlayView);
registerView("*", MissingView);

const shell = document.querySelector("page-shell");
if (shell instanceof PageShell) shell.start();
