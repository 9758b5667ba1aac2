import { countBelow } from "./text-offsets.js";

/**
 * @typedef {import("./types.js").Piece} Piece
 * @typedef {{number: number, pieces: Piece[]}} LinkedBlock
 * @typedef {{block: number, piece: Piece}} Link
 */

/** The links between events, words of the transcript and bytes: what the pieces say, no more. */
export class StreamLinks {
  /** @param {LinkedBlock[]} blocks */
  constructor(blocks) {
    /** @type {Map<number, Link[]>} */
    this.byEvent = new Map();
    /** @type {Map<number, {starts: number[], pieces: Piece[]}>} */
    this.byBlock = new Map();
    for (const block of blocks) this.addBlock(block);
  }

  /** @param {LinkedBlock} block */
  addBlock(block) {
    const starts = block.pieces.map(([, , , textStart]) => textStart);
    this.byBlock.set(block.number, { starts, pieces: block.pieces });
    for (const piece of block.pieces) {
      const links = this.byEvent.get(piece[0]);
      if (links) links.push({ block: block.number, piece });
      else this.byEvent.set(piece[0], [{ block: block.number, piece }]);
    }
  }

  /**
   * Return the pieces of an event, with their blocks.
   * @param {number} event
   * @returns {Link[]}
   */
  findPieces(event) {
    return this.byEvent.get(event) ?? [];
  }

  /**
   * Return the piece that holds a code point of a block's text; null if no piece does.
   * @param {number} block
   * @param {number} codePoint
   * @returns {Piece | null}
   */
  findPiece(block, codePoint) {
    const entry = this.byBlock.get(block);
    if (!entry) return null;
    const at = countBelow(entry.starts, codePoint + 1) - 1;
    const piece = entry.pieces[at];
    return piece && codePoint < piece[4] ? piece : null;
  }

  /**
   * Return the first piece of a block; null if it was not read from one place.
   * @param {number} block
   * @returns {Piece | null}
   */
  findFirstPiece(block) {
    return this.byBlock.get(block)?.pieces[0] ?? null;
  }
}
