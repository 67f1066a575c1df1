import { Emitter } from "./events.js";

const PAGE = 50;

/**
 * @typedef {object} Message
 * @property {string} id
 * @property {number} seq
 * @property {string} kind "message", or the event that it is a notice of, such as "member.joined"
 * @property {{id: string, name: string} | null} user
 * @property {string} text
 * @property {string | null} client_id
 * @property {string} created_at ISO 8601, UTC
 * @property {boolean} deleted
 * @property {string | null} edited_at
 */

/**
 * The latest part of a room's history, ascending by seq, without a hole: loaded page by page backwards, kept up to
 * date by the room's events.
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
  /** @type {import("./errors.js").ParleyError | undefined} */
  error;

  #room;
  #loads = 0;
  #arrived = [];
  #loadingOlder = null;

  constructor(room) {
    super();
    this.#room = room;
    room.on("event", (event) => this.#apply(event));
    room.on("reset", () => { if (this.state !== "empty") this.loadLatest(); });
  }

  /** Puts the latest page in place of what is held, followed by what came live meanwhile. */
  async loadLatest() {
    const load = ++this.#loads;
    this.#arrived = [];
    this.#move("loading");
    try {
      const { data, next } = await this.#page({});
      if (load !== this.#loads) return;
      const end = data.at(-1)?.seq ?? 0;
      this.list = [...data, ...this.#arrived.filter((message) => message.seq > end)];
      this.older = next !== null;
      this.#move("ready");
    } catch (error) {
      if (load !== this.#loads) return;
      this.list = []; // what was held may not join what comes next
      this.#move("failed", error);
    }
  }

  /** Loads the page before the first; one such load runs at a time. Throws ParleyError. */
  loadOlder() {
    if (this.state !== "ready" || !this.older) return Promise.resolve();
    this.#loadingOlder ??= this.#loadOlder().finally(() => { this.#loadingOlder = null; });
    return this.#loadingOlder;
  }

  /** Lets go of all but the latest `count`, so that a page open for weeks stays small. */
  trim(count) {
    if (this.list.length <= count) return;
    this.list = this.list.slice(-count);
    this.older = true;
    this.emit("change");
  }

  async #loadOlder() {
    const first = this.list[0];
    const { data, next } = await this.#page({ before_seq: first.seq });
    if (this.list[0] !== first) return;
    this.list = [...data, ...this.list];
    this.older = next !== null;
    this.emit("change");
  }

  #page(query) {
    return this.#room.client.rest.get(`${this.#room.path}/messages`, { limit: PAGE, ...query });
  }

  #apply(event) {
    if (event.type === "message.created") this.#add(event.message);
    else if (event.message) this.#replace(event.message);
    else this.#add(notice(event));
  }

  #add(message) {
    if (this.state === "loading") this.#arrived.push(message);
    if (this.state !== "ready") return;
    if (message.seq <= (this.list.at(-1)?.seq ?? 0)) return this.#replace(message);
    this.list = [...this.list, message];
    this.emit("change");
  }

  #replace(message) {
    this.list = this.list.map((held) => (held.seq === message.seq ? message : held));
    this.emit("change");
  }

  #move(state, error) {
    this.state = state;
    this.error = error;
    this.emit("change");
  }
}

/** An event that is no message, such as somebody joining, in the shape in which the history tells of it. */
function notice({ type, seq, user = null, created_at }) {
  return {
    id: `notice-${seq}`, seq, kind: type, user, text: "", client_id: null, created_at,
    deleted: false, edited_at: null,
  };
}
