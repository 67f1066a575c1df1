/** Lets only so many run at a time. */
export class Turns {
  #free;
  #latestFirst;
  #waiting = /** @type {(() => void)[]} */ ([]);

  /** @param {number} most @param {{latestFirst?: boolean}} [options] who goes next of those that wait */
  constructor(most, { latestFirst = false } = {}) {
    this.#free = most;
    this.#latestFirst = latestFirst;
  }

  /**
   * Acts as soon as there is a turn.
   * @template T
   * @param {() => Promise<T>} act
   * @returns {Promise<T>}
   */
  async take(act) {
    if (this.#free) this.#free--;
    else await new Promise((go) => { this.#waiting.push(/** @type {() => void} */ (go)); });
    try {
      return await act();
    } finally {
      const next = this.#latestFirst ? this.#waiting.pop() : this.#waiting.shift();
      if (next) next();
      else this.#free++;
    }
  }
}
