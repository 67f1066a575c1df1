import { Emitter } from "./events.js";

const RETRY_AFTER = 2; // seconds, where the server names none

/**
 * @typedef {object} Unsent
 * @property {string} clientId
 * @property {string} text
 * @property {string} createdAt ISO 8601, UTC
 * @property {"pending" | "stored" | "failed"} state `stored`: acknowledged, its event is on the way
 * @property {number} [seq] once stored
 * @property {import("./errors.js").ParleyError} [error] why it failed
 */

/**
 * What its user wrote into a room and the room's events have not told yet. One goes out at a time, in order, and each
 * keeps its client_id through every try, so none is stored twice.
 *
 * Emits `change`, and `held` ({retryAfter, error}) when the server asks to slow down.
 */
export class Outbox extends Emitter {
  /** @type {Unsent[]} */
  list = [];

  #room;
  #sending = false;
  #held = false;

  constructor(room) {
    super();
    this.#room = room;
    room.on("state", ({ state }) => { if (state === "live") this.#flush(); });
    room.on("event", ({ message }) => { if (message) this.#told([message]); });
    room.messages.on("change", () => this.#told(room.messages.list));
  }

  /** @param {string} text */
  send(text) {
    this.list = [...this.list, {
      clientId: crypto.randomUUID(), text, createdAt: new Date().toISOString(), state: "pending",
    }];
    this.emit("change");
    this.#flush();
  }

  /** Tries a failed one again. @param {string} clientId */
  retry(clientId) {
    this.#change(clientId, { state: "pending", error: undefined });
    this.#flush();
  }

  /** Gives a failed one up. @param {string} clientId */
  discard(clientId) {
    this.list = this.list.filter((unsent) => unsent.clientId !== clientId);
    this.emit("change");
  }

  async #flush() {
    if (this.#sending || this.#held) return;
    this.#sending = true;
    for (let next; (next = this.#next()) && this.#room.state === "live";) {
      if (!await this.#try(next)) break;
    }
    this.#sending = false;
  }

  #next() {
    return this.list.find((unsent) => unsent.state === "pending");
  }

  /** Whether to go on with the one after. */
  async #try({ clientId, text }) {
    try {
      const { seq } = await this.#room.client.connection.request("message.send", {
        room: this.#room.id, client_id: clientId, text,
      });
      this.#change(clientId, { state: "stored", seq });
      this.#told(this.#room.messages.list);
      return true;
    } catch (error) {
      if (error.code === "connection_lost") return false; // goes out again when the room is live again
      if (error.retryable) return this.#hold(error);
      this.#change(clientId, { state: "failed", error });
      return true;
    }
  }

  #hold(error) {
    const retryAfter = error.retryAfter ?? RETRY_AFTER;
    this.#held = true;
    setTimeout(() => {
      this.#held = false;
      this.#flush();
    }, retryAfter * 1000);
    this.emit("held", { retryAfter, error });
    return false;
  }

  /** Lets go of what the history now tells itself. */
  #told(messages) {
    const mine = messages.filter((message) => message.user?.id === this.#room.client.me.id);
    const told = new Set(mine.map((message) => message.client_id));
    const left = this.list.filter(({ clientId, state, seq }) => {
      // After a reset the history may begin after it: being stored and passed is enough.
      const passed = state === "stored" && seq <= this.#room.position && this.#room.messages.state === "ready";
      return !told.has(clientId) && !passed;
    });
    if (left.length === this.list.length) return;
    this.list = left;
    this.emit("change");
  }

  #change(clientId, change) {
    this.list = this.list.map((unsent) => (unsent.clientId === clientId ? { ...unsent, ...change } : unsent));
    this.emit("change");
  }
}
