import { replaceChildren } from "../base/dom.js";
import { formatPlural } from "../base/format.js";
import { MessageList } from "./message-list.js";
import {
  buildBodySection,
  buildPairs,
  buildProblems,
  buildRedactions,
  buildRunSettings,
  buildSection,
} from "./request-sections.js";

/** @typedef {import("../model/types.js").ExchangeDocument} ExchangeDocument */

/**
 * What was asked, and what else is recorded beside the stream: problems, conversation, settings of
 * the run, bodies, headers, ids, redactions. Dispatches `word-select` (from the conversation) and
 * `body-select` with "request" or "answer".
 */
export class RequestPane extends HTMLElement {
  /**
   * @param {string} recording
   * @param {ExchangeDocument} exchange
   */
  setExchange(recording, exchange) {
    const { trace, request, answer } = exchange;
    const select = (/** @type {string} */ part) => () =>
      this.dispatchEvent(new CustomEvent("body-select", { detail: part }));
    replaceChildren(
      this,
      buildProblems(recording, exchange),
      this.#buildConversation(exchange),
      buildRunSettings(exchange),
      buildBodySection("Request body", request.body, select("request")),
      buildPairs("Request headers", request.headers),
      buildPairs("Answer headers", answer.headers),
      trace.is_stream ? null : buildBodySection("Answer body", answer.body, select("answer")),
      buildPairs("Ids", Object.entries(trace.ids)),
      buildRedactions(recording, exchange),
    );
    this.scrollTop = 0;
  }

  /** @param {ExchangeDocument} exchange */
  #buildConversation({ trace }) {
    if (trace.conversation.length === 0) return null;
    const list = new MessageList();
    list.addEventListener("word-select", (event) => {
      const { detail } = /** @type {CustomEvent} */ (event);
      this.dispatchEvent(new CustomEvent("word-select", { detail }));
    });
    list.setBlocks(trace.conversation);
    const count = formatPlural(trace.conversation.length, "part");
    return buildSection("Conversation", count, list, true);
  }
}

customElements.define("request-pane", RequestPane);
