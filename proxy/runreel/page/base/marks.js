/**
 * What is marked for a comparison: at most two exchanges, runs or recordings, in their order. They
 * are kept for this tab, so that a reload keeps them. Dispatches `change`.
 */
const KEY = "runreel.marks";

class Marks extends EventTarget {
  /** @type {string[]} sides as `runreel diff` takes them: RECORDING, RECORDING:7, RECORDING:run_abc */
  sides = JSON.parse(sessionStorage.getItem(KEY) ?? "[]");

  /**
   * Mark a side, or take its mark away.
   *
   * @param {string} side
   * @returns {boolean} if two are marked now
   */
  toggle(side) {
    const others = this.sides.filter((other) => other !== side);
    const isMarked = others.length < this.sides.length;
    this.#set(isMarked ? others : [...others.slice(-1), side]);
    return !isMarked && this.sides.length === 2;
  }

  clear() {
    this.#set([]);
  }

  /**
   * Return 1 or 2 for a side that is marked, else 0.
   *
   * @param {string} side
   * @returns {number}
   */
  rank(side) {
    return this.sides.indexOf(side) + 1;
  }

  /** @param {string[]} sides */
  #set(sides) {
    this.sides = sides;
    sessionStorage.setItem(KEY, JSON.stringify(sides));
    this.dispatchEvent(new CustomEvent("change"));
  }
}

export const marks = new Marks();
