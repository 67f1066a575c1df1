import { Emitter } from "./events.js";

/** @typedef {import("./wire.js").Seen} Seen */

/**
 * Who is online, among the people seen so far: in lists of users and members, and in what rooms tell. Rooms with more
 * than a hundred listeners tell nothing.
 *
 * Emits `change` ({id, online, last_seen}).
 */
export class Presence extends Emitter {
  #client;
  /** @type {Map<string, Seen>} */
  #people = new Map();

  /** @param {import("./client.js").Parley} client */
  constructor(client) {
    super();
    this.#client = client;
  }

  /** What is known of somebody. @param {string} user id @returns {Seen | undefined} */
  of(user) {
    return this.#people.get(user);
  }

  /** For the client and its rooms: this is how people are by now. @param {({id: string} & Seen)[]} people */
  see(people) {
    for (const { id, online, last_seen } of people) {
      const before = this.#people.get(id);
      if (before && before.online === online && before.last_seen === last_seen) continue;
      this.#people.set(id, { online, last_seen });
      this.emit("change", { id, online, last_seen });
    }
  }

  /**
   * Whether its own user is hidden: offline to everybody, and as if last seen when that began. Throws ParleyError.
   * @param {boolean} invisible
   * @returns {Promise<Seen & {invisible: boolean}>}
   */
  async setInvisible(invisible) {
    const me = this.#client.me ?? (await this.#client.ready).user;
    const seen = await this.#client.rest.put(`/users/${encodeURIComponent(me.id)}/presence`, { invisible });
    this.see([{ id: me.id, ...seen }]);
    return seen;
  }
}
