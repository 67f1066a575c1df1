import { Emitter } from "../../sdk/events.js";

/**
 * How long its user has to wait in a room: before writing again in slow mode, and until what waits to be sent goes out.
 * Emits `change` each second while that is so, and once it is over.
 */
export class Pauses extends Emitter {
  /** Why what was written waits. @type {any} */
  error = null;

  #slowUntil = 0;
  #heldUntil = 0;
  #tick = /** @type {ReturnType<typeof setTimeout> | undefined} */ (undefined);

  /** Seconds until its user may write again. */
  get slow() {
    return secondsUntil(this.#slowUntil);
  }

  /** Seconds until the next try to send what was written. */
  get held() {
    return secondsUntil(this.#heldUntil);
  }

  /**
   * Its user wrote at this time, from whichever device.
   * @param {string} createdAt ISO 8601, by the server's clock
   * @param {number} pause seconds
   */
  wrote(createdAt, pause) {
    const now = Date.now();
    this.#slowUntil = Math.min(Date.parse(createdAt), now) + pause * 1000; // our clock may be behind
    this.#count();
  }

  /** @param {{retryAfter: number, error: any}} held by the outbox; in seconds */
  hold({ retryAfter, error }) {
    this.#heldUntil = Date.now() + retryAfter * 1000;
    this.error = error;
    this.#count();
  }

  /** Counts no more. */
  end() {
    clearTimeout(this.#tick);
  }

  #count() {
    clearTimeout(this.#tick);
    const left = Math.max(this.#slowUntil, this.#heldUntil) - Date.now();
    if (left > 0) this.#tick = setTimeout(() => this.#count(), ((left - 1) % 1000) + 1);
    this.emit("change");
  }
}

/** @param {number} moment in ms since 1970 */
function secondsUntil(moment) {
  return Math.max(0, Math.ceil((moment - Date.now()) / 1000));
}
