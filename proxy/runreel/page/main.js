import {
  CALL,
  DIFF,
  EXCHANGE,
  LIST,
  MISS,
  NUMBERS,
  PLAY,
  REDACTION,
  RUN,
} from "./base/addresses.js";
import { registerView } from "./base/router.js";
import { PageShell } from "./elements/page-shell.js";
import { CallView } from "./views/call-view.js";
import { DiffView } from "./views/diff-view.js";
import { ExchangeView } from "./views/exchange-view.js";
import { ListView } from "./views/list-view.js";
import { MissView } from "./views/miss-view.js";
import { MissingView } from "./views/missing-view.js";
import { NumbersView } from "./views/numbers-view.js";
import { PlayView } from "./views/play-view.js";
import { RedactionView } from "./views/redaction-view.js";
import { RunView } from "./views/run-view.js";

/* Every view: its route and its element. */
registerView(LIST, ListView);
registerView(EXCHANGE, ExchangeView);
registerView(CALL, CallView);
registerView(RUN, RunView);
registerView(NUMBERS, NumbersView);
registerView(DIFF, DiffView);
registerView(MISS, MissView);
registerView(REDACTION, RedactionView);
registerView(PLAY, PlayView);
registerView("*", MissingView);

const shell = document.querySelector("page-shell");
if (shell instanceof PageShell) shell.start();
