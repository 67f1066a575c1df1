import { backoff } from "./backoff.js";
import { ParleyError } from "./errors.js";
import { Emitter } from "./events.js";
import { storeOf } from "./store.js";
import { attachmentOf, handIn } from "./uploads.js";

const RETRY_AFTER = 2; // seconds, where the server names none
const LARGEST = 65_000; // bytes of a frame; for a larger one the server would close the connection each time

/**
 * @typedef {object} Unsent
 * @property {string} clientId
 * @property {number} order among the others
 * @property {string} text
 * @property {string} createdAt ISO 8601, UTC
 * @property {"pending" | "uploading" | "stored" | "failed"} state `stored`: acknowledged, its event is on the way
 * @property {boolean} kept whether it outlives the page
 * @property {string} [parent] the message that it replies to
 * @property {string} [quote] the message that it quotes
 * @property {object} [data] of the customer's
 * @property {import("./uploads.js").Attachment[]} attachments
 * @property {number} [seq] once stored
 * @property {ParleyError} [error] why it failed
 * @property {Promise<Stored>} stored throws ParleyError: the server's refusal, or `aborted` when it was discarded
 *
 * @typedef {{id: string, seq: number, created_at: string}} Stored
 */

/**
 * What its user wrote into a room and the room's events have not told yet, in whichever tab and before whichever
 * reload. One goes out at a time, in order, and each keeps its client_id through every try, so none is stored twice.
 *
 * Emits `change`, and `held` ({retryAfter, error}) when it waits before another try.
 */
export class Outbox extends Emitter {
  list = /** @type {Unsent[]} */ ([]);

  #room;
  #store = /** @type {import("./store.js").Store | null} */ (null);
  /** @type {Map<string, {resolve: (stored: Stored) => void, reject: (error: ParleyError) => void}>} */
  #answers = new Map();
  #trying = /** @type {{clientId: string, abort: AbortController} | null} */ (null);
  #sending = false;
  #held = false;
  #failures = 0;
  #writes = 0;

  /** @param {import("./room.js").Room} room */
  constructor(room) {
    super();
    this.#room = room;
    room.on("state", ({ state }) => { if (state === "live") this.#resume(); });
    room.on("event", ({ message }) => { if (message) this.#told([message]); });
    room.messages.on("change", () => this.#told(room.messages.list));
    this.#resume();
  }

  /**
   * @param {string} text may be empty beside attachments
   * @param {object} [beside]
   * @param {string} [beside.replyTo] the id of a message: this one goes into its thread
   * @param {string} [beside.quote] the id of a message
   * @param {object} [beside.data] JSON of at most 4 KiB
   * @param {(string | Blob | import("./uploads.js").Attachment)[]} [beside.attachments] files, or uploads by their ids
   * @returns {Unsent} as it is now; `list` has what becomes of it
   */
  send(text, { replyTo, quote, data, attachments = [] } = {}) {
    const clientId = crypto.randomUUID();
    /** @type {Unsent} */
    const unsent = {
      clientId, text, parent: replyTo, quote, data, attachments: attachments.map(attachmentOf),
      createdAt: new Date().toISOString(), order: Math.max(Date.now(), (this.list.at(-1)?.order ?? 0) + 1),
      state: "pending", kept: false, stored: this.#answer(clientId),
    };
    this.#show([...this.list, unsent]);
    this.#keep(clientId);
    this.#flush();
    return unsent;
  }

  /** Tries a failed one again. @param {string} clientId */
  retry(clientId) {
    if (this.#find(clientId)?.state !== "failed") return;
    this.#change(clientId, { state: "pending", error: undefined, stored: this.#answer(clientId) });
    this.#keep(clientId);
    this.#flush();
  }

  /** Gives one up; what is on its way already may arrive nevertheless. @param {string} clientId */
  discard(clientId) {
    this.#forget(clientId, true);
    this.#drop(clientId);
    this.#show(this.list.filter((unsent) => unsent.clientId !== clientId));
  }

  /** As soon as it is known whose it is, and whenever the room is live again. */
  async #resume() {
    if (!this.#store) this.#open(storeOf(this.#room.client));
    await this.#restore();
    this.#flush();
  }

  /** @param {import("./store.js").Store | null} store */
  #open(store) {
    this.#store = store;
    store?.on("change", ({ room, discarded }) => { if (room === this.#room.id) this.#heard(discarded); });
    store?.on("lost", () => this.#keepAll());
    this.#keepAll();
  }

  /** Another tab wrote, sent or discarded. @param {string | undefined} discarded */
  async #heard(discarded) {
    if (discarded) this.#drop(discarded);
    await this.#restore();
    this.#flush();
  }

  /**
   * Takes over how things stand in the store: what it has no more was sent or discarded by another tab.
   * @returns {Promise<void>}
   */
  async #restore() {
    const writes = this.#writes;
    const kept = await this.#store?.all(this.#room.id);
    if (!kept) return;
    if (writes !== this.#writes) return this.#restore(); // what was read is old already
    const left = new Map(kept.map((one) => [one.clientId, one]));
    const ours = this.list.filter(({ clientId, state, kept }) => left.has(clientId) || !kept || state === "stored");
    const held = ours.map((unsent) => this.#revive(left.get(unsent.clientId), unsent));
    for (const { clientId } of held) left.delete(clientId);
    const restored = [...left.values()].map((one) => this.#revive(one));
    const list = [...held, ...restored].sort((one, other) => one.order - other.order);
    if (this.list.length || list.length) this.#show(list);
    this.#told(this.#room.messages.list);
  }

  /**
   * As another tab or an earlier page left it, unless it is under way here.
   * @param {import("./store.js").Kept | undefined} kept
   * @param {Unsent} [held]
   * @returns {Unsent}
   */
  #revive(kept, held) {
    if (held && (!kept || held.state === "stored" || held.clientId === this.#trying?.clientId)) return held;
    const { clientId, error, state, ...same } = /** @type {import("./store.js").Kept} */ (kept);
    const begun = held && (held.state !== "failed" || state === "failed");
    const stored = begun ? held.stored : this.#answer(clientId);
    const reason = error && new ParleyError(error.code, error.message, error);
    if (reason) this.#answers.get(clientId)?.reject(reason);
    return { ...same, clientId, state, error: reason, stored, kept: true };
  }

  async #flush() {
    if (this.#sending || !this.#store || !this.#next()) return;
    this.#sending = true;
    await this.#store.alone(this.#room.id, async () => {
      await this.#restore();
      for (let next; (next = this.#next());) if (!await this.#try(next)) break;
      this.#sending = false;
    });
  }

  /** What is to go out now. */
  #next() {
    if (this.#held || this.#room.state !== "live") return undefined;
    return this.list.find(({ state }) => state === "pending" || state === "uploading");
  }

  /** Whether to go on with the next. @param {Unsent} unsent */
  async #try(unsent) {
    const { clientId } = unsent;
    const abort = new AbortController();
    this.#trying = { clientId, abort };
    let fresh = false;
    try {
      fresh = await this.#handIn(unsent, abort.signal);
      if (!this.#find(clientId)) return true;
      this.#stored(clientId, await this.#say(clientId));
      return true;
    } catch (/** @type {any} */ error) {
      this.#change(clientId, { state: "pending" });
      if (error.code === "connection_lost") return false; // goes out again when the room is live again
      if (!this.#find(clientId)) return true;
      if (error.retryable) return this.#hold(error);
      if (error.code === "upload_not_found" && !fresh && this.#handsInAgain(clientId)) return true;
      this.#fail(clientId, error);
      return true;
    } finally {
      this.#trying = null;
    }
  }

  /** @param {Unsent} unsent @param {AbortSignal} signal */
  async #handIn({ clientId, attachments }, signal) {
    const any = await handIn(this.#room.client.rest, attachments, {
      signal,
      changed: (place, change) => {
        const now = this.#find(clientId)?.attachments.map((one, at) => (at === place ? { ...one, ...change } : one));
        this.#change(clientId, { state: "uploading", attachments: now });
        if (change.id) this.#keep(clientId);
      },
    });
    if (any) this.#change(clientId, { state: "pending" });
    return any;
  }

  /** An upload lives for a day, unless attached. Whether there is something to hand in. @param {string} clientId */
  #handsInAgain(clientId) {
    const { attachments } = /** @type {Unsent} */ (this.#find(clientId));
    this.#change(clientId, { attachments: attachments.map((one) => (one.file ? { ...one, id: undefined } : one)) });
    return attachments.some(({ file }) => file);
  }

  /** @param {string} clientId @returns {Promise<Stored>} */
  async #say(clientId) {
    const { text, parent, quote, data, attachments } = /** @type {Unsent} */ (this.#find(clientId));
    const ids = attachments.length ? attachments.map(({ id }) => id) : undefined;
    const fields = { room: this.#room.id, client_id: clientId, text, parent, quote, data, attachments: ids };
    if (new TextEncoder().encode(JSON.stringify(fields)).length > LARGEST) {
      throw new ParleyError("too_big", "The message is too large.");
    }
    return this.#room.client.connection.request("message.send", fields);
  }

  /** @param {string} clientId @param {Stored} stored */
  #stored(clientId, stored) {
    this.#failures = 0;
    this.#settle(clientId, stored);
    this.#change(clientId, { state: "stored", seq: stored.seq });
    this.#told(this.#room.messages.list);
  }

  /** @param {string} clientId @param {ParleyError} error */
  #fail(clientId, error) {
    this.#answers.get(clientId)?.reject(error);
    this.#change(clientId, { state: "failed", error });
    this.#keep(clientId);
  }

  /** @param {ParleyError} error */
  #hold(error) {
    const retryAfter = error.retryAfter ?? RETRY_AFTER + backoff(this.#failures++) / 1000;
    this.#held = true;
    setTimeout(() => {
      this.#held = false;
      this.#flush();
    }, retryAfter * 1000);
    this.emit("held", { retryAfter, error });
    return false;
  }

  /** Lets go of what the history now tells itself. @param {any[]} messages */
  #told(messages) {
    const { client, messages: history, position } = this.#room;
    if (!this.list.length && !this.#answers.size) return;
    const told = new Set();
    for (const message of messages) {
      if (!message.client_id || message.user?.id !== client.me?.id) continue;
      told.add(message.client_id);
      this.#settle(message.client_id, message);
    }
    const left = this.list.filter(({ clientId, state, seq = 0 }) => {
      // After a reset the history may begin after it: being stored and passed is enough.
      const passed = state === "stored" && seq <= position && history.state === "ready";
      return !told.has(clientId) && !passed;
    });
    if (left.length < this.list.length) this.#show(left);
  }

  /** A new promise of what the server will answer. @param {string} clientId @returns {Promise<Stored>} */
  #answer(clientId) {
    const answer = new Promise((resolve, reject) => { this.#answers.set(clientId, { resolve, reject }); });
    answer.catch(() => {}); // the list tells it too, so nobody has to listen
    return answer;
  }

  /** @param {string} clientId @param {Stored} stored */
  #settle(clientId, stored) {
    if (!this.#answers.has(clientId)) return;
    this.#forget(clientId);
    this.#answers.get(clientId)?.resolve(stored);
    this.#answers.delete(clientId);
  }

  /** @param {string} clientId */
  #drop(clientId) {
    if (this.#trying?.clientId === clientId) this.#trying.abort.abort();
    this.#answers.get(clientId)?.reject(new ParleyError("aborted", "It was discarded."));
    this.#answers.delete(clientId);
  }

  #keepAll() {
    if (!this.list.length) return;
    this.#show(this.list.map((unsent) => ({ ...unsent, kept: false })));
    for (const { clientId, state } of this.list) if (state !== "stored") this.#keep(clientId);
  }

  /** @param {string} clientId */
  async #keep(clientId) {
    const unsent = this.#find(clientId);
    if (!this.#store || !unsent) return;
    this.#writes++;
    if (await this.#store.put(this.#room.id, keepable(unsent))) this.#change(clientId, { kept: true });
  }

  /** @param {string} clientId @param {boolean} [discarded] */
  #forget(clientId, discarded) {
    this.#writes++;
    this.#store?.delete(this.#room.id, clientId, discarded);
  }

  /** @param {string} clientId */
  #find(clientId) {
    return this.list.find((unsent) => unsent.clientId === clientId);
  }

  /** @param {string} clientId @param {Partial<Unsent>} change */
  #change(clientId, change) {
    this.#show(this.list.map((unsent) => (unsent.clientId === clientId ? { ...unsent, ...change } : unsent)));
  }

  /** @param {Unsent[]} list */
  #show(list) {
    this.list = list;
    this.emit("change");
  }
}

/** @param {Unsent} unsent @returns {import("./store.js").Kept} */
function keepable({ clientId, order, text, createdAt, state, error, parent, quote, data, attachments }) {
  const failed = state === "failed";
  return {
    clientId, order, text, createdAt, parent, quote, data, attachments, state: failed ? "failed" : "pending",
    error: failed && error ? { ...error, message: error.message } : undefined,
  };
}
