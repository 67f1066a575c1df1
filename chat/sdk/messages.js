import { Emitter } from "./events.js";

/**
 * @typedef {import("./wire.js").Message} Message
 * @typedef {import("./wire.js").RoomEvent} RoomEvent
 * @typedef {{before?: number, after?: number, around?: number}} Where
 */

/**
 * A part of a room's history, ascending by seq and without a hole: its end, or around a message that was jumped to. It
 * grows page by page in both directions, and is kept up to date by the room's events.
 *
 * States: `empty` (nothing asked for yet), `loading`, `ready`, `failed` (`error` says why). Emits `change`.
 */
export class Messages extends Emitter {
  /** @type {"empty" | "loading" | "ready" | "failed"} */
  state = "empty";
  /** @type {Message[]} */
  list = [];
  /** Whether more lies before the first. */
  older = true;
  /** Whether more lies behind the last: what comes then is not appended but counted. */
  newer = false;
  /** @type {import("./errors.js").ParleyError | undefined} */
  error;

  #room;
  #loads = 0;
  /** @type {Promise<void> | undefined} */
  #showing;
  /** What is being jumped to. @type {number | undefined} */
  #aim;
  /** The seqs of what came behind the last. @type {Set<number>} */
  #missed = new Set();
  /** @type {Promise<void> | null} */
  #loadingOlder = null;
  /** @type {Promise<void> | null} */
  #loadingNewer = null;

  /** @param {import("./room.js").Room} room */
  constructor(room) {
    super();
    this.#room = room;
    room.on("event", (event) => this.#hear(event));
    room.on("reset", (reset) => this.#reload(reset));
  }

  /** How many messages came behind the last since `newer`. */
  get missed() {
    return this.#missed.size;
  }

  /**
   * Takes the end of the history as a page came with it; the room tells what came after its `last_seq`.
   * @param {import("./wire.js").History} part
   */
  seed({ messages, older, newer }) {
    Object.assign(this, { list: messages, older, newer });
    this.#move("ready");
  }

  /** Puts the end of the history in place of what is held. */
  async loadLatest() {
    await this.#show({}).catch(() => {}); // the state tells
  }

  /**
   * Puts a message and what is around it in place of what is held, unless that has it. Throws ParleyError, and leaves
   * then what was held.
   * @param {number} seq the message's
   */
  async loadAround(seq) {
    const held = this.state === "ready" && this.list.some((message) => message.seq === seq);
    if (!held) await this.#show({ around: seq }, this.state === "ready");
  }

  /** Loads the page before the first; one such load runs at a time. Throws ParleyError. */
  loadOlder() {
    if (this.state !== "ready" || !this.older) return Promise.resolve();
    this.#loadingOlder ??= this.#loadOlder().finally(() => { this.#loadingOlder = null; });
    return this.#loadingOlder;
  }

  /** Loads the page behind the last; one such load runs at a time. Throws ParleyError. */
  loadNewer() {
    if (this.state !== "ready" || !this.newer) return Promise.resolve();
    this.#loadingNewer ??= this.#loadNewer().finally(() => { this.#loadingNewer = null; });
    return this.#loadingNewer;
  }

  /** Lets go of all but the latest `count`, so that a page open for weeks stays small. @param {number} count */
  trim(count) {
    if (this.list.length <= count) return;
    this.list = this.list.slice(-count);
    this.older = true;
    this.emit("change");
  }

  /** @param {Where} where @param {boolean} [keeps] what is held, until the other is there */
  #show(where, keeps = false) {
    this.#aim = where.around;
    if (!keeps) this.#move("loading");
    this.#showing = this.#replace(where, keeps, ++this.#loads);
    return this.#showing;
  }

  /** @param {Where} where @param {boolean} keeps @param {number} load */
  async #replace(where, keeps, load) {
    try {
      await this.#load(where, ({ messages, older, newer }) => {
        Object.assign(this, { list: messages, older, newer });
        this.#missed.clear();
        this.#aim = undefined;
        this.state = "ready";
      });
    } catch (/** @type {any} */ error) {
      if (load === this.#loads) this.#failed(error, keeps);
    }
    if (load !== this.#loads) await this.#showing; // it was overtaken
  }

  /** @param {import("./errors.js").ParleyError} error @param {boolean} keeps */
  #failed(error, keeps) {
    this.#aim = undefined;
    if (!keeps) {
      this.list = []; // what was held may not join what comes next
      this.newer = false;
      this.#move("failed", error);
    }
    throw error;
  }

  #loadOlder() {
    const [first] = this.list;
    return this.#load({ before: first.seq }, ({ messages, older }) => {
      if (this.list[0]?.seq !== first.seq) return;
      this.list = [...messages, ...this.list];
      this.older = older;
    });
  }

  #loadNewer() {
    const last = this.list[this.list.length - 1];
    return this.#load({ after: last.seq }, ({ messages, newer }) => {
      this.list = [...this.list, ...messages];
      this.newer = newer;
    });
  }

  /**
   * Takes a part of the history in, unless all was put aside meanwhile, and upon it what came while it was on its way.
   * @param {Where} where
   * @param {(part: import("./wire.js").History) => void} join
   */
  async #load(where, join) {
    const load = this.#loads;
    /** @type {RoomEvent[]} */
    const told = [];
    const stop = this.#room.on("event", (event) => told.push(event));
    try {
      const part = await this.#room.history(where);
      if (load !== this.#loads) return;
      join(part);
      this.error = undefined;
      for (const seq of this.#missed) if (!this.newer || seq <= this.#end) this.#missed.delete(seq);
      for (const event of told) this.#take(event);
      this.emit("change");
    } finally {
      stop();
    }
  }

  get #end() {
    return this.list[this.list.length - 1]?.seq ?? 0;
  }

  /** @param {RoomEvent} event */
  #hear(event) {
    if (this.state !== "ready") return;
    this.#take(event);
    this.emit("change");
  }

  /** @param {RoomEvent} event */
  #take(event) {
    const message = event.message ?? notice(event);
    if (this.newer && message.seq > this.#end) {
      if (event.type === "message.created") this.#missed.add(message.seq);
    } else if (!this.older || message.seq >= (this.list[0]?.seq ?? 0)) {
      this.list = placed(this.list, message);
    }
  }

  /** Who reads further back stays there. @param {{anew: boolean}} reset */
  #reload({ anew }) {
    if (this.state === "empty") return;
    const middle = this.newer ? this.list[this.list.length >> 1].seq : undefined;
    const around = this.#aim ?? middle;
    this.#show(anew || around === undefined ? {} : { around }).catch(() => {}); // the state tells
  }

  /** @param {Messages["state"]} state @param {import("./errors.js").ParleyError} [error] */
  #move(state, error) {
    this.state = state;
    this.error = error;
    this.emit("change");
  }
}

/**
 * The list with a message at its place, instead of an older state of it.
 * @param {Message[]} list
 * @param {Message} message
 */
export function placed(list, message) {
  let index = list.length;
  while (index > 0 && list[index - 1].seq > message.seq) index--;
  const before = list[index - 1]?.seq === message.seq ? index - 1 : index;
  return [...list.slice(0, before), message, ...list.slice(index)];
}

/**
 * An event that is no message, such as somebody joining, in the shape in which the history tells of it.
 * @param {RoomEvent} event
 * @returns {Message}
 */
function notice({ type, room, seq, user = null, created_at: at = "", ...data }) {
  return {
    id: `notice-${seq}`, seq, kind: type, user, text: "", client_id: null, created_at: at, edited_at: null,
    deleted: false, data,
  };
}
