/**
 * The rows of the list: exchanges by recording, in the order of their requests.
 *
 * An exchange under way has a call number only; sealed, it keeps its place and its key.
 *
 * @typedef {import("./types.js").Row} Row
 * @typedef {{key: string, row: Row}} Item
 * @typedef {object} Group
 * @property {string} recording
 * @property {Item[]} items
 * @property {boolean} isFolded
 * @property {Map<string, Item>} byName items by "#number" and "@call"
 */
export class RowStore {
  /** @type {Map<string, Group>} */
  groups = new Map();
  /** @type {Group[]} */
  #order = [];
  /** @type {number[]} index of each group's head */
  #starts = [];
  #count = 0;
  #isStale = true;

  /**
   * Put a row in its place: over the one of the same exchange, else at the end of its recording.
   *
   * @param {Row} row
   * @returns {Item}
   */
  put(row) {
    const group = this.#findGroup(row.recording);
    const known = this.#findItem(group, row);
    if (known !== undefined) {
      known.row = { ...known.row, ...row };
      register(group, known);
      return known;
    }
    const item = { key: `${row.recording}\n${nameRow(row)}`, row };
    this.#insert(group, item);
    return item;
  }

  /**
   * Find the item of a row's exchange. A call that turns out to be one that is listed already, as
   * in a replay, loses its own item.
   *
   * @param {Group} group
   * @param {Row} row
   * @returns {Item | undefined}
   */
  #findItem(group, row) {
    const byCall = row.call === null ? undefined : group.byName.get(`@${row.call}`);
    const byNumber = row.number === null ? undefined : group.byName.get(`#${row.number}`);
    if (byCall !== undefined && byNumber !== undefined && byCall !== byNumber) {
      group.items.splice(group.items.indexOf(byCall), 1);
      this.#isStale = true;
    }
    return byNumber ?? byCall;
  }

  /**
   * Set which recordings have a head, in this order, though they may have no rows.
   *
   * @param {string[]} recordings
   */
  setRecordings(recordings) {
    for (const recording of recordings) this.#findGroup(recording);
    const others = [...this.groups.keys()].filter((name) => !recordings.includes(name));
    this.#order = [...recordings, ...others].map((name) => this.#findGroup(name));
    this.#isStale = true;
  }

  /**
   * Fold or unfold a recording.
   *
   * @param {string} recording
   * @param {boolean} isFolded
   */
  fold(recording, isFolded) {
    this.#findGroup(recording).isFolded = isFolded;
    this.#isStale = true;
  }

  /** Number of rows and heads that are not folded away. @returns {number} */
  get count() {
    this.#refresh();
    return this.#count;
  }

  /** Number of exchanges. @returns {number} */
  get size() {
    return this.#order.reduce((sum, group) => sum + group.items.length, 0);
  }

  /**
   * Return what is at an index: the head of a group (without an item), or an item.
   *
   * @param {number} index
   * @returns {{group: Group, item: Item | null}}
   */
  at(index) {
    this.#refresh();
    const position = findLast(this.#starts, index);
    const group = /** @type {Group} */ (this.#order[position]);
    const offset = index - /** @type {number} */ (this.#starts[position]);
    return { group, item: offset === 0 ? null : (group.items[offset - 1] ?? null) };
  }

  /**
   * Return the index of a key, -1 if there is none.
   *
   * @param {string} key of an item, or the name of a recording for its head
   * @returns {number}
   */
  findKey(key) {
    this.#refresh();
    for (const [position, group] of this.#order.entries()) {
      const start = /** @type {number} */ (this.#starts[position]);
      if (key === group.recording) return start;
      if (group.isFolded || !key.startsWith(`${group.recording}\n`)) continue;
      const item = group.byName.get(key.slice(group.recording.length + 1));
      if (item !== undefined) return start + 1 + group.items.indexOf(item);
    }
    return -1;
  }

  /**
   * @param {string} recording
   * @returns {Group}
   */
  #findGroup(recording) {
    const known = this.groups.get(recording);
    if (known !== undefined) return known;
    const group = { recording, items: [], isFolded: false, byName: new Map() };
    this.groups.set(recording, group);
    this.#order.push(group);
    this.#isStale = true;
    return group;
  }

  /**
   * @param {Group} group
   * @param {Item} item
   */
  #insert(group, item) {
    const { items } = group;
    let place = items.length;
    while (place > 0 && isBefore(item.row, /** @type {Item} */ (items[place - 1]).row)) place -= 1;
    items.splice(place, 0, item);
    register(group, item);
    this.#isStale = true;
  }

  #refresh() {
    if (!this.#isStale) return;
    this.#isStale = false;
    this.#starts = [];
    this.#count = 0;
    for (const group of this.#order) {
      this.#starts.push(this.#count);
      this.#count += 1 + (group.isFolded ? 0 : group.items.length);
    }
  }
}

/**
 * @param {Row} row
 * @returns {string}
 */
function nameRow(row) {
  return row.number === null ? `@${row.call}` : `#${row.number}`;
}

/**
 * @param {Group} group
 * @param {Item} item
 */
function register(group, item) {
  if (item.row.number !== null) group.byName.set(`#${item.row.number}`, item);
  if (item.row.call !== null) group.byName.set(`@${item.row.call}`, item);
}

/**
 * Return if one exchange has to stand before another: by number, what is under way last.
 *
 * @param {Row} row
 * @param {Row} other
 * @returns {boolean}
 */
function isBefore(row, other) {
  if (row.number === null) return false;
  return other.number === null ? false : row.number < other.number;
}

/**
 * Return the position of the last value that is not greater.
 *
 * @param {number[]} values in ascending order
 * @param {number} limit
 * @returns {number}
 */
function findLast(values, limit) {
  let low = 0;
  let high = values.length - 1;
  while (low < high) {
    const middle = Math.ceil((low + high) / 2);
    if (/** @type {number} */ (values[middle]) <= limit) low = middle;
    else high = middle - 1;
  }
  return low;
}
