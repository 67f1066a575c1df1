/** Named events with listeners: the base of everything here that tells others of its changes. */
export class Emitter {
  #listeners = new Map();

  /**
   * Calls `listener` with the detail of each `type` event from now on.
   * @param {string} type
   * @param {(detail: any) => void} listener
   * @returns {() => void} stops it
   */
  on(type, listener) {
    if (!this.#listeners.has(type)) this.#listeners.set(type, new Set());
    this.#listeners.get(type).add(listener);
    return () => this.#listeners.get(type).delete(listener);
  }

  /**
   * @param {string} type
   * @param {any} [detail]
   */
  emit(type, detail) {
    for (const listener of [...(this.#listeners.get(type) ?? [])]) {
      try {
        listener(detail);
      } catch (error) {
        // One broken listener must not keep a message from the others, yet must be seen.
        queueMicrotask(() => { throw error; });
      }
    }
  }
}
