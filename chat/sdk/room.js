import { Emitter } from "./events.js";
import { Messages } from "./messages.js";
import { Outbox } from "./outbox.js";
import { Typing } from "./typing.js";

const RETRY_AFTER = 2; // seconds, where the server names none

/**
 * A room as one connection sees it: its durable events in order, each exactly once, across every loss of the
 * connection.
 *
 * States: `idle`, `waiting` (for the connection or for another try), `subscribing`, `live`, `refused`.
 *
 * Emits `state` ({state, error}), `event` (each durable event, in seq order), `reset` (more was missed than the server
 * replays, or its history began anew: what is known is to be loaded again), `read` ({user: {id, name}, seq}).
 */
export class Room extends Emitter {
  /** @type {"idle" | "waiting" | "subscribing" | "live" | "refused"} */
  state = "idle";
  /** The seq up to which this room's events have been emitted. */
  position;
  /** The seq up to which its own user has read. */
  readSeq;
  /** Why the room is refused, while it is. @type {import("./errors.js").ParleyError | undefined} */
  refusal;

  #connection;
  #replayEnd = 0;
  #attempt = 0;
  #retryTimer;
  #markedSeq;

  /**
   * @param {object} client the Parley that this room belongs to
   * @param {string} id
   * @param {{epoch?: string, last_seq?: number, read_seq?: number}} known events up to `last_seq` are not replayed
   */
  constructor(client, id, { epoch, last_seq: lastSeq = 0, read_seq: readSeq = 0 } = {}) {
    super();
    this.client = client;
    this.id = id;
    this.path = `/rooms/${encodeURIComponent(id)}`;
    this.epoch = epoch;
    this.position = lastSeq;
    this.readSeq = this.#markedSeq = readSeq;
    this.#connection = client.connection;
    this.messages = new Messages(this);
    this.outbox = new Outbox(this);
    this.typing = new Typing(this);
  }

  /** Follows the room from now on, through every reconnection. */
  subscribe() {
    clearTimeout(this.#retryTimer);
    if (this.#connection.state === "open") this.#subscribe();
    else this.#move("waiting");
  }

  /** For the client: the connection is open again. */
  resume() {
    if (this.state === "waiting") this.subscribe();
  }

  /** For the client: the connection is lost. */
  pause() {
    this.#attempt++;
    clearTimeout(this.#retryTimer);
    if (this.state === "subscribing" || this.state === "live") this.#move("waiting");
  }

  /** For the client: an event frame of this room. */
  receive(frame) {
    if (frame.type === "typing.started" || frame.type === "typing.stopped") this.typing.receive(frame);
    else if (frame.type === "read.moved") this.#readMoved(frame);
    else if (frame.type === "room.unsubscribed") this.subscribe(); // who may still listen goes on, others learn why not
    else if (frame.seq > this.position && this.state === "live") this.#advance(frame);
  }

  /**
   * Says that its user has read up to `seq`; going back is ignored.
   * @param {number} seq
   */
  markRead(seq) {
    if (seq <= this.readSeq) return;
    this.readSeq = seq;
    this.emit("read", { user: this.client.me, seq });
    this.#sendRead();
  }

  /** Makes its user a member, and follows the room as one. Throws ParleyError. */
  async join() {
    await this.invite(this.client.me.id);
    if (this.state !== "live") this.subscribe();
  }

  /** @param {string} user id. Throws ParleyError. */
  invite(user) {
    return this.client.rest.put(`${this.path}/members/${encodeURIComponent(user)}`);
  }

  /** Who is in the room. Throws ParleyError. @returns {Promise<{id: string, name: string, role: string}[]>} */
  members() {
    return this.client.rest.list(`${this.path}/members`);
  }

  async #subscribe() {
    const attempt = ++this.#attempt;
    this.#move("subscribing");
    try {
      const answer = await this.#connection.request("room.subscribe", {
        room: this.id,
        since: this.position,
        ...(this.epoch && { epoch: this.epoch }),
      });
      if (attempt === this.#attempt) this.#begin(answer);
    } catch (error) {
      if (attempt === this.#attempt) this.#failed(error);
    }
  }

  #begin({ epoch, last_seq: lastSeq, more }) {
    const anew = this.epoch !== undefined && this.epoch !== epoch;
    this.epoch = epoch;
    this.#replayEnd = lastSeq;
    if (more || anew) this.position = lastSeq;
    this.#move("live");
    if (more || anew) this.emit("reset");
    if (this.readSeq > this.#markedSeq) this.#sendRead();
  }

  #failed(error) {
    if (!error.retryable) return this.#move("refused", error);
    this.#move("waiting");
    this.#retryTimer = setTimeout(() => this.resume(), (error.retryAfter ?? RETRY_AFTER) * 1000);
  }

  /**
   * A replay may skip a superseded state, so within it only the order counts. Past its end every seq must follow the
   * one before; if one is missing, the server is asked again from where we are.
   */
  #advance(frame) {
    const expected = Math.max(this.position, this.#replayEnd) + 1;
    if (frame.seq > expected) return this.subscribe();
    this.position = frame.seq;
    if (frame.user) this.typing.forget(frame.user.id);
    if (frame.message?.user) this.typing.forget(frame.message.user.id);
    this.emit("event", frame);
  }

  #readMoved({ user, seq }) {
    if (user.id === this.client.me.id) {
      if (seq <= this.readSeq) return;
      this.readSeq = this.#markedSeq = seq;
    }
    this.emit("read", { user, seq });
  }

  #sendRead() {
    const seq = this.readSeq;
    this.#connection.request("read.mark", { room: this.id, seq }).then(
      () => { this.#markedSeq = Math.max(this.#markedSeq, seq); },
      () => {}, // said again with the next mark, or when the room is live again
    );
  }

  #move(state, error) {
    this.state = state;
    this.refusal = error;
    this.emit("state", { state, error });
  }
}
