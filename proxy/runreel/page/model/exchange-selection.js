import { StreamLinks } from "./links.js";

/**
 * @typedef {import("./types.js").Piece} Piece
 * @typedef {import("./types.js").ByteSelection} ByteSelection
 * @typedef {import("./types.js").BodyPart} BodyPart
 */

/** Bytes that are shown around a piece of a body that is not a stream. */
const BYTES_AROUND = 4096;

/** What belongs together in one exchange: events, words of its transcript, and bytes. */
export class ExchangeSelection {
  #exchange;
  #answerLinks;
  #requestLinks;

  /** @param {import("./types.js").ExchangeDocument} exchange */
  constructor(exchange) {
    this.#exchange = exchange;
    this.#answerLinks = new StreamLinks(exchange.trace.blocks);
    this.#requestLinks = new StreamLinks(exchange.trace.conversation);
  }

  /**
   * Return the pieces of the transcript that an event adds.
   *
   * @param {number} event
   */
  findPieces(event) {
    return this.#answerLinks.findPieces(event);
  }

  /**
   * Return the piece of the transcript at a place; null if no piece holds it. Without a place (-1)
   * it is the block's first.
   *
   * @param {number} block
   * @param {number} codePoint
   */
  findPiece(block, codePoint) {
    if (codePoint < 0) return this.#answerLinks.findFirstPiece(block);
    return this.#answerLinks.findPiece(block, codePoint);
  }

  /**
   * Return the piece of the request's conversation at a place; null if no piece holds it.
   *
   * @param {number} block
   * @param {number} codePoint
   */
  findMessagePiece(block, codePoint) {
    return (
      this.#requestLinks.findPiece(block, codePoint) ?? this.#requestLinks.findFirstPiece(block)
    );
  }

  /**
   * Return the bytes of an event, with its pieces marked.
   *
   * @param {import("./types.js").TimelineEvent} event
   * @param {Piece | null} piece the one to mark, instead of all
   * @returns {ByteSelection}
   */
  selectEvent(event, piece) {
    const pieces = piece ? [piece] : this.findPieces(event.number).map((link) => link.piece);
    return {
      part: "answer",
      from: event.offset,
      to: event.offset + event.length,
      marks: pieces.map(([, start, end]) => [start, end]),
      label: `event ${event.number}`,
      json: event.truncated ? null : event.data,
    };
  }

  /**
   * Return the bytes around a piece of a body that is not a stream.
   *
   * @param {BodyPart} part
   * @param {Piece} piece
   * @returns {ByteSelection}
   */
  selectPiece(part, [, start, end]) {
    const { size } = this.#findBody(part);
    const from = size <= 2 * BYTES_AROUND ? 0 : Math.max(0, start - BYTES_AROUND / 2);
    const to = size <= 2 * BYTES_AROUND ? size : Math.min(size, end + BYTES_AROUND);
    return { part, from, to, marks: [[start, end]], label: "body", json: this.#findJson(part) };
  }

  /**
   * Return all bytes of a body.
   *
   * @param {BodyPart} part
   * @returns {ByteSelection}
   */
  selectBody(part) {
    const { size } = this.#findBody(part);
    return { part, from: 0, to: size, marks: [], label: "body", json: this.#findJson(part) };
  }

  /** @param {BodyPart} part */
  #findBody(part) {
    return part === "request" ? this.#exchange.request.body : this.#exchange.answer.body;
  }

  /** @param {BodyPart} part */
  #findJson(part) {
    const body = this.#findBody(part);
    return body.truncated ? null : (body.text ?? null);
  }
}
