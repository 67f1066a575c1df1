import { Emitter } from "../../sdk/events.js";
import { idsIn, withNames } from "../conversation/mentions.js";

/** @typedef {import("../../sdk/wire.js").User} User */

/** What people are called of whom a text has only the ids: each is asked of the server once. Emits `change`. */
export class Names extends Emitter {
  #client;
  /** By id; null for those that are being asked, and where there is nobody. @type {Map<string, User | null>} */
  #people = new Map();

  /** @param {import("../../sdk/client.js").Parley} client */
  constructor(client) {
    super();
    this.#client = client;
  }

  /** Somebody was seen. @param {User | null | undefined} user */
  learn(user) {
    if (user) this.#people.set(user.id, user);
  }

  /** A text with names in place of ids, as far as they are known by now. @param {string} text */
  named(text) {
    this.learn(this.#client.me);
    const ids = idsIn(text);
    for (const id of ids) if (!this.#people.has(id)) this.#ask(id);
    const people = ids.map((id) => this.#people.get(id)).filter((user) => user !== null && user !== undefined);
    return withNames(text, /** @type {User[]} */ (people)).text;
  }

  /** @param {string} id */
  async #ask(id) {
    this.#people.set(id, null);
    const user = await this.#client.rest.get(`/users/${encodeURIComponent(id)}`).catch(() => null);
    if (!user) return;
    this.learn(user);
    this.emit("change");
  }
}
