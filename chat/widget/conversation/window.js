const MOST = 120; // items that are in the document at a time
const STEP = 40;
const END = 60; // items shown when one is at the end

/**
 * The part of a long list that is in the document, named by the seqs of its first and last item, so that it stays the
 * same part while the list grows in front and behind. The end of the list, once reached, is followed.
 */
export class Window {
  #first = -Infinity;
  #last = Infinity;

  /** Whether what comes at the end of the list is part of it. */
  get follows() {
    return this.#last === Infinity;
  }

  /**
   * The items in it; what is too much is left out where nobody reads.
   * @template {{seq: number}} Item
   * @param {Item[]} items
   * @param {boolean} atEnd whether the end is being read
   * @returns {Item[]}
   */
  of(items, atEnd) {
    const start = this.#start(items);
    if (this.#end(items) - start > MOST) {
      if (atEnd && this.follows) this.toEnd(items);
      else this.#set(items, start, start + MOST);
    }
    return items.slice(this.#start(items), this.#end(items));
  }

  /** Shows the end. @param {{seq: number}[]} items */
  toEnd(items) {
    this.#last = Infinity;
    this.#first = items.length > END ? items[items.length - END].seq : -Infinity;
  }

  /** Shows what is around a seq. @param {{seq: number}[]} items @param {number} seq */
  around(items, seq) {
    const place = Math.max(0, items.findIndex((item) => item.seq >= seq));
    this.#set(items, place - END / 2, place + END / 2);
  }

  /** Moves towards the beginning; false if it is there already. @param {{seq: number}[]} items */
  back(items) {
    const start = this.#start(items);
    if (start === 0) return false;
    this.#set(items, start - STEP, Math.min(this.#end(items), start - STEP + MOST));
    return true;
  }

  /** Moves towards the end; false if it is there already. @param {{seq: number}[]} items */
  forward(items) {
    const end = this.#end(items);
    if (end === items.length) {
      this.#last = Infinity;
      return false;
    }
    this.#set(items, Math.max(this.#start(items), end + STEP - MOST), end + STEP);
    return true;
  }

  /** @param {{seq: number}[]} items @param {number} start @param {number} end */
  #set(items, start, end) {
    this.#first = start > 0 ? items[start].seq : -Infinity;
    this.#last = end < items.length ? items[end - 1].seq : Infinity;
  }

  /** @param {{seq: number}[]} items */
  #start(items) {
    return this.#first === -Infinity ? 0 : placeOf(items, this.#first);
  }

  /** @param {{seq: number}[]} items */
  #end(items) {
    return this.follows ? items.length : placeOf(items, this.#last + 1);
  }
}

/** The index of the first item at or behind a seq. @param {{seq: number}[]} items @param {number} seq */
function placeOf(items, seq) {
  let low = 0;
  let high = items.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (items[middle].seq < seq) low = middle + 1;
    else high = middle;
  }
  return low;
}
