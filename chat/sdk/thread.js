import { Emitter } from "./events.js";
import { placed } from "./messages.js";

/** @typedef {import("./wire.js").Message} Message */

/**
 * A message and all replies to it, kept up to date by the room's events until it is closed.
 *
 * States: `empty` (nothing asked for yet), `loading`, `ready`, `failed` (`error` says why). Emits `change`.
 */
export class Thread extends Emitter {
  /** @type {"empty" | "loading" | "ready" | "failed"} */
  state = "empty";
  /** The message that the others reply to. @type {Message | null} */
  parent = null;
  /** The replies, ascending by seq. @type {Message[]} */
  list = [];
  /** @type {import("./errors.js").ParleyError | undefined} */
  error;

  #room;
  #loads = 0;
  /** What the room told while the thread was loading. @type {Message[]} */
  #told = [];
  #stops;

  /** @param {import("./room.js").Room} room @param {string} id of the message that the others reply to */
  constructor(room, id) {
    super();
    this.id = id;
    this.#room = room;
    this.#stops = [
      room.on("event", ({ message }) => { if (message) this.#hear(message); }),
      room.on("reset", () => { if (this.state !== "empty") this.load(); }),
    ];
  }

  /** What its user replied and the room has not told yet. */
  get unsent() {
    return this.#room.outbox.list.filter(({ parent }) => parent === this.id);
  }

  /** Loads it, or what it is by now. */
  async load() {
    const load = ++this.#loads;
    this.#told = [];
    this.#move("loading");
    try {
      const [parent, replies] = await Promise.all([this.#room.message(this.id), this.#room.replies(this.id)]);
      if (load !== this.#loads) return;
      this.parent = parent;
      this.list = replies;
      this.#told.forEach((message) => this.#take(message));
      this.#move("ready");
    } catch (/** @type {any} */ error) {
      if (load === this.#loads) this.#move("failed", error);
    }
  }

  /**
   * Replies.
   * @param {string} text
   * @param {Parameters<import("./outbox.js").Outbox["send"]>[1]} [options]
   */
  send(text, options) {
    return this.#room.send(text, { ...options, replyTo: this.id });
  }

  /** Follows the room no more. */
  close() {
    this.#loads++;
    for (const stop of this.#stops) stop();
  }

  /** @param {Message} message */
  #hear(message) {
    if (message.id !== this.id && message.parent !== this.id) return;
    if (this.state === "loading") this.#told.push(message);
    if (this.state !== "ready") return;
    this.#take(message);
    this.emit("change");
  }

  /** @param {Message} message */
  #take(message) {
    if (message.id === this.id) this.parent = message;
    else this.list = placed(this.list, message);
  }

  /** @param {Thread["state"]} state @param {import("./errors.js").ParleyError} [error] */
  #move(state, error) {
    this.state = state;
    this.error = error;
    this.emit("change");
  }
}
