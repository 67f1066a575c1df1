import { Emitter } from "./events.js";

const RETRY_AFTER = 2; // seconds, where the server names none

/**
 * @typedef {import("./errors.js").ParleyError} ParleyError
 * @typedef {import("./wire.js").RoomEvent} RoomEvent
 * @typedef {"idle" | "waiting" | "subscribing" | "live" | "refused"} State
 */

/**
 * A room's durable events as one connection hears them: in order, each exactly once, across every loss of the
 * connection.
 *
 * States: `idle`, `waiting` (for the connection or for another try), `subscribing`, `live`, `refused`.
 *
 * Emits `state` ({state, error}), each durable event under its type and as `event`, in seq order, and `reset` ({since,
 * anew}): more than the server replays was missed after the seq `since`, or there is less than was missed, or the
 * history began `anew`, or this is where it begins to be told. What is known of the room is to be loaded again.
 */
export class Subscription extends Emitter {
  /** @type {State} */
  state = "idle";
  /** Why the room is refused, while it is. @type {ParleyError | undefined} */
  refusal;

  #connection;
  #placed;
  #since = 0;
  #replayEnd = 0;
  #attempt = 0;
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  #retryTimer;

  /**
   * @param {import("./connection.js").Connection} connection
   * @param {string} id the room's
   * @param {{epoch?: string, last_seq?: number}} known what came after `last_seq` is told; without it, what comes from
   *   now on
   */
  constructor(connection, id, { epoch, last_seq: lastSeq }) {
    super();
    this.id = id;
    this.epoch = epoch;
    /** The seq up to which the events have been told. */
    this.position = lastSeq ?? 0;
    this.#placed = lastSeq !== undefined;
    this.#connection = connection;
  }

  /** Follows the room from now on, through every reconnection. */
  subscribe() {
    if (this.state !== "subscribing" && this.state !== "live") this.#begin();
  }

  /** Follows it no more. */
  unsubscribe() {
    const asked = this.state === "live" || this.state === "subscribing";
    if (asked) this.#connection.request("room.unsubscribe", { room: this.id }).catch(() => {});
    this.#halt();
    this.#move("idle");
  }

  /** For the client: the connection is open again. */
  resume() {
    if (this.state === "waiting") this.#begin();
  }

  /** For the client: the connection is lost. */
  pause() {
    this.#halt();
    if (this.state === "subscribing" || this.state === "live") this.#move("waiting");
  }

  /** For the client: an event frame of this room. @param {any} frame */
  receive(frame) {
    if (frame.type === "room.unsubscribed") this.#parted();
    else if (frame.seq > this.position && this.state === "live") this.#advance(frame);
  }

  /** Who may still listen goes on, others learn why not. */
  #parted() {
    if (this.state !== "idle") this.#begin();
  }

  #begin() {
    this.#halt();
    if (this.#connection.state === "open") this.#subscribe();
    else this.#move("waiting");
  }

  #halt() {
    this.#attempt++;
    clearTimeout(this.#retryTimer);
  }

  async #subscribe() {
    const attempt = this.#attempt;
    this.#move("subscribing");
    try {
      const answer = await this.#connection.request("room.subscribe", {
        room: this.id,
        ...(this.#placed && { since: this.position }),
        ...(this.epoch && { epoch: this.epoch }),
      });
      if (attempt === this.#attempt) this.#follow(answer);
    } catch (/** @type {any} */ error) {
      if (attempt === this.#attempt) this.#failed(error);
    }
  }

  /** @param {{epoch: string, first_seq: number, last_seq: number, more: boolean}} answer */
  #follow({ epoch, first_seq: firstSeq, last_seq: lastSeq, more }) {
    const since = this.#placed ? this.position : lastSeq;
    const anew = this.epoch !== undefined && this.epoch !== epoch;
    const reset = more || anew || firstSeq > since + 1 || !this.#placed; // some of what was missed is there no more
    this.epoch = epoch;
    this.#since = since;
    this.#replayEnd = lastSeq;
    this.#placed = true;
    if (reset) this.position = lastSeq;
    this.#move("live");
    if (reset) this.emit("reset", { since, anew });
  }

  /** @param {ParleyError} error */
  #failed(error) {
    if (!error.retryable) return this.#move("refused", error);
    this.#move("waiting");
    this.#retryTimer = setTimeout(() => this.resume(), (error.retryAfter ?? RETRY_AFTER) * 1000);
  }

  /**
   * A replay may skip a superseded state, so within it only the order counts. Past its end every seq must follow the
   * one before; if one is missing, the server is asked again from where we are.
   * @param {RoomEvent} frame
   */
  #advance(frame) {
    const expected = Math.max(this.position, this.#replayEnd) + 1;
    if (frame.seq > expected) return this.#begin();
    this.position = frame.seq;
    if (frame.type === "message.withheld") return;
    const event = this.#isNews(frame) ? { ...frame, type: "message.created" } : frame;
    this.emit(event.type, event);
    this.emit("event", event);
  }

  /** A replay shows a message that was changed meanwhile once, as changed; to us it is new. @param {RoomEvent} frame */
  #isNews({ type, seq, message }) {
    return type === "message.updated" && seq <= this.#replayEnd && Number(message?.seq) > this.#since;
  }

  /** @param {State} state @param {ParleyError} [error] */
  #move(state, error) {
    this.state = state;
    this.refusal = error;
    this.emit("state", { state, error });
  }
}
