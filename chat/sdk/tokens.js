import { ParleyError } from "./errors.js";
import { Emitter } from "./events.js";
import { inTime } from "./in_time.js";

const RENEWED_BEFORE = 60_000; // its expiry, or a tenth of its life where that is less
const PROVIDER_WAIT = 30_000;
const ANOTHER_TRY = 5_000;
const LONGEST_TIMER = 2 ** 31 - 1; // beyond it, timers fire at once

/**
 * The user token, kept fresh: asked of the provider at first use, before it expires, and once the server refuses it.
 * Without token and provider the session cookie speaks.
 *
 * Emits `renewed` (the token).
 */
export class Tokens extends Emitter {
  /** What is held. @type {string | undefined} */
  token;

  #provider;
  #dueAt = Infinity;
  #endsAt = Infinity;
  #asked = /** @type {Promise<string> | null} */ (null);
  #timer = /** @type {any} */ (undefined);
  #kept = false;

  /** @param {{token?: string, tokenProvider?: () => Promise<string>}} [source] */
  constructor({ token, tokenProvider } = {}) {
    super();
    this.#provider = tokenProvider;
    if (token) this.#take(token);
  }

  /** Whether the provider is to be asked before the token is used. */
  get due() {
    return this.renewable && (!this.token || Date.now() >= this.#dueAt);
  }

  get renewable() {
    return Boolean(this.#provider);
  }

  /** The token to use now. Throws ParleyError `token_unavailable`. @returns {Promise<string | undefined>} */
  async current() {
    if (!this.due) return this.token;
    try {
      return await this.renew(this.token);
    } catch (error) {
      if (this.token && Date.now() < this.#endsAt) return this.token;
      throw error;
    }
  }

  /**
   * Another token than the one that the server refused; whoever asks meanwhile gets the same.
   * Throws ParleyError `token_unavailable`.
   * @param {string} [refused]
   * @returns {Promise<string>}
   */
  renew(refused) {
    if (this.token && this.token !== refused) return Promise.resolve(this.token);
    this.#asked ??= this.#ask().finally(() => { this.#asked = null; });
    return this.#asked;
  }

  /** Renews it in time from now on, whether or not somebody asks for it. */
  keep() {
    this.#kept = true;
    this.#wait(this.#dueAt - Date.now());
  }

  /** Ends that. */
  release() {
    this.#kept = false;
    clearTimeout(this.#timer);
  }

  async #ask() {
    try {
      this.#take(await inTime(/** @type {() => Promise<string>} */ (this.#provider)(), PROVIDER_WAIT));
    } catch (cause) {
      const error = new ParleyError("token_unavailable", "No token could be had.", { retryable: true });
      throw Object.assign(error, { cause });
    }
    this.emit("renewed", this.token);
    return /** @type {string} */ (this.token);
  }

  /** By a clock that is ahead a fresh token looks old: then the server's word is waited for. @param {string} token */
  #take(token) {
    const now = Date.now();
    const { exp = Infinity, iat = now / 1000 } = claimsOf(token);
    const ends = exp * 1000 > now ? exp * 1000 : Infinity;
    this.token = token;
    this.#endsAt = ends;
    this.#dueAt = ends - Math.min(RENEWED_BEFORE, (ends - Math.min(iat * 1000, now)) / 10);
    if (this.#kept) this.#wait(this.#dueAt - now);
  }

  /** @param {number} milliseconds */
  #wait(milliseconds) {
    clearTimeout(this.#timer);
    if (!this.renewable || milliseconds === Infinity) return;
    this.#timer = setTimeout(() => this.#wake(), Math.min(Math.max(0, milliseconds), LONGEST_TIMER));
  }

  async #wake() {
    await this.current().catch(() => {}); // whoever needs it learns why it could not be had
    if (this.#kept) this.#wait(Math.max(ANOTHER_TRY, this.#dueAt - Date.now()));
  }
}

/**
 * What a JWT claims, read without a check: {} of anything else.
 * @param {string} token
 * @returns {Record<string, any>}
 */
export function claimsOf(token) {
  try {
    return JSON.parse(atob(token.split(".")[1].replaceAll("-", "+").replaceAll("_", "/")));
  } catch {
    return {};
  }
}
