import { Emitter } from "./events.js";

const EXPIRES = 6_000; // without a renewal
const RENEW = 3_000;

/**
 * Who is typing in a room, and telling it that its own user is. Emits `change`.
 */
export class Typing extends Emitter {
  #room;
  /** @type {Map<string, {name: string, timer: ReturnType<typeof setTimeout>}>} */
  #people = new Map();
  #startedAt = 0;

  /** @param {import("./room.js").Room} room */
  constructor(room) {
    super();
    this.#room = room;
    room.on("state", ({ state }) => { if (state !== "live") this.#clear(); });
    room.on("message.created", ({ message }) => this.forget(message.user?.id));
    room.on("member.left", ({ user }) => this.forget(user.id));
  }

  /** The names of the others who are typing, in the order in which they began. */
  get names() {
    return [...this.#people.values()].map(({ name }) => name);
  }

  /** Its own user pressed a key. */
  start() {
    if (Date.now() - this.#startedAt < RENEW) return;
    this.#startedAt = Date.now();
    this.#tell("typing.start");
  }

  /** Its own user sent or emptied the text. */
  stop() {
    if (Date.now() - this.#startedAt < EXPIRES) this.#tell("typing.stop");
    this.#startedAt = 0;
  }

  /** For the room: a typing event. @param {{type: string, user: import("./wire.js").User}} frame */
  receive({ type, user }) {
    const before = this.#people.get(user.id);
    clearTimeout(before?.timer);
    if (type === "typing.stopped" || user.id === this.#room.client.me?.id) return this.forget(user.id);
    this.#people.set(user.id, { name: user.name, timer: setTimeout(() => this.forget(user.id), EXPIRES) });
    if (!before) this.emit("change");
  }

  /** For the room: this one is not typing any more. @param {string | undefined} user id */
  forget(user = "") {
    if (!this.#people.has(user)) return;
    clearTimeout(this.#people.get(user)?.timer);
    this.#people.delete(user);
    this.emit("change");
  }

  /** @param {string} type */
  #tell(type) {
    this.#room.client.connection.request(type, { room: this.#room.id }).catch(() => {}); // worth no second try
  }

  #clear() {
    for (const user of [...this.#people.keys()]) this.forget(user);
  }
}
