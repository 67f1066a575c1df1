import { Emitter } from "../sdk/events.js";

const PAUSE = 250; // ms without a key before the server is asked

/**
 * What there is of a name, asked of the server while it is typed. Emits `change`.
 * @template Thing
 */
export class Finder extends Emitter {
  sought = "";
  /** Null until there is an answer. @type {Thing[] | null} */
  found = null;
  /** @type {import("../sdk/errors.js").ParleyError | undefined} */
  error;

  #ask;
  #asked = 0;
  #timer = /** @type {any} */ (0);

  /** @param {(name: string | undefined) => Promise<Thing[]>} ask */
  constructor(ask) {
    super();
    this.#ask = ask;
  }

  /** Finds it once no other key follows. @param {string} text */
  seek(text) {
    this.sought = text.trim();
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.find(), PAUSE);
  }

  async find() {
    const asked = ++this.#asked;
    try {
      const found = await this.#ask(this.sought || undefined);
      if (asked === this.#asked) this.#tell({ found, error: undefined });
    } catch (/** @type {any} */ error) {
      if (asked === this.#asked) this.#tell({ error });
    }
  }

  /** Nobody waits for it any more. */
  end() {
    clearTimeout(this.#timer);
    this.#asked++;
  }

  /** @param {Partial<Finder<Thing>>} answer */
  #tell(answer) {
    Object.assign(this, answer);
    this.emit("change");
  }
}
