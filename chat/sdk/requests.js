import { search } from "./search.js";
import { Subscription } from "./subscription.js";

const PAGE = 50;

/**
 * @typedef {import("./wire.js").Message} Message
 * @typedef {import("./wire.js").Member} Member
 */

/** What its user may ask the server to do in a room. All of it throws ParleyError; what changes is told as an event. */
export class Requests extends Subscription {
  /**
   * @param {import("./client.js").Parley} client that the room belongs to
   * @param {string} id
   * @param {{epoch?: string, last_seq?: number}} known
   */
  constructor(client, id, known) {
    super(client.connection, id, known);
    this.client = client;
    this.path = `/rooms/${encodeURIComponent(id)}`;
  }

  // Reading

  /**
   * A part of the history: the latest, what lies before or after a seq, or both sides of one, itself included.
   * @param {{before?: number, after?: number, around?: number, limit?: number}} [where] `limit`: 50 unless given, 200
   *   at most
   * @returns {Promise<import("./wire.js").History>}
   */
  async history({ before, after, around, limit = PAGE } = {}) {
    if (around !== undefined) return this.#bothSides(around, Math.ceil(limit / 2));
    const { data, next } = await this.client.rest.get(`${this.path}/messages`, {
      limit,
      ...(before !== undefined && { before_seq: before }),
      ...(after !== undefined && { after_seq: after }),
    });
    const more = next !== null;
    if (after !== undefined) return { messages: data, older: after > 0, newer: more };
    return { messages: data, older: more, newer: before !== undefined };
  }

  /** @param {number} seq @param {number} limit @returns {Promise<import("./wire.js").History>} */
  async #bothSides(seq, limit) {
    const [before, after] = await Promise.all([
      this.history({ before: seq + 1, limit }),
      this.history({ after: seq, limit }),
    ]);
    return { messages: [...before.messages, ...after.messages], older: before.older, newer: after.newer };
  }

  /** @param {string} id @returns {Promise<Message>} */
  message(id) {
    return this.client.rest.get(this.#message(id));
  }

  /** What it said before, the oldest first. @param {string} id @returns {Promise<import("./wire.js").Wording[]>} */
  edits(id) {
    return this.client.rest.list(`${this.#message(id)}/edits`);
  }

  /** All replies to a message, ascending by seq. @param {string} id @returns {Promise<Message[]>} */
  replies(id) {
    return this.client.rest.list(`${this.#message(id)}/replies`, {}, Infinity);
  }

  /** What is pinned, the latest first. @returns {Promise<Message[]>} */
  pins() {
    return this.client.rest.list(`${this.path}/pins`);
  }

  /**
   * @param {string} text
   * @param {import("./search.js").Filters} [filters]
   * @returns {ReturnType<typeof search>}
   */
  search(text, filters) {
    return search(this.client.rest, text, { ...filters, room: this.id });
  }

  // Changing what was said

  /**
   * @param {string} id
   * @param {{text?: string, data?: Record<string, any> | null}} changes what is left out stays as it is
   * @returns {Promise<Message>}
   */
  edit(id, changes) {
    return this.client.rest.patch(this.#message(id), changes);
  }

  /** @param {string} id @returns {Promise<void>} */
  delete(id) {
    return this.client.rest.delete(this.#message(id));
  }

  /** @param {string} id @param {string} emoji one emoji, or a `:short_code:` @returns {Promise<void>} */
  react(id, emoji) {
    return this.client.rest.put(`${this.#message(id)}/reactions/${encodeURIComponent(emoji)}`);
  }

  /** @param {string} id @param {string} emoji @returns {Promise<void>} */
  unreact(id, emoji) {
    return this.client.rest.delete(`${this.#message(id)}/reactions/${encodeURIComponent(emoji)}`);
  }

  /** @param {string} id @returns {Promise<void>} */
  pin(id) {
    return this.client.rest.put(`${this.#message(id)}/pin`);
  }

  /** @param {string} id @returns {Promise<void>} */
  unpin(id) {
    return this.client.rest.delete(`${this.#message(id)}/pin`);
  }

  /**
   * Tells the moderators of a message; telling again, before they have seen to it, changes what was told.
   * @param {string} id
   * @param {import("./wire.js").Complaint} complaint
   * @returns {Promise<import("./wire.js").Report>}
   */
  report(id, complaint) {
    return this.client.rest.post(`${this.#message(id)}/reports`, complaint);
  }

  // People

  /** Who is in the room. @returns {Promise<Member[]>} */
  members() {
    return this.client.rest.list(`${this.path}/members`);
  }

  /**
   * Brings somebody in, or gives a member another role.
   * @param {string} user id
   * @param {import("./wire.js").Role} [role]
   * @returns {Promise<void>}
   */
  invite(user, role) {
    return this.client.rest.put(this.#person("members", user), { role });
  }

  /** Sends somebody away. @param {string} user id @returns {Promise<void>} */
  remove(user) {
    return this.client.rest.delete(this.#person("members", user));
  }

  /** The bans that hold now. @returns {Promise<import("./wire.js").Ban[]>} */
  bans() {
    return this.client.rest.list(`${this.path}/bans`);
  }

  /**
   * Shuts somebody out, for good or until a time.
   * @param {string} user id
   * @param {{reason?: string, until?: Date | string}} [terms]
   * @returns {Promise<void>}
   */
  ban(user, terms) {
    return this.client.rest.put(this.#person("bans", user), terms);
  }

  /** @param {string} user id @returns {Promise<void>} */
  unban(user) {
    return this.client.rest.delete(this.#person("bans", user));
  }

  /** @param {string} id */
  #message(id) {
    return `${this.path}/messages/${encodeURIComponent(id)}`;
  }

  /** @param {"members" | "bans"} among @param {string} user */
  #person(among, user) {
    return `${this.path}/${among}/${encodeURIComponent(user)}`;
  }
}
