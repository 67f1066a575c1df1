import { backoff } from "./backoff.js";
import { errorFromFrame, ParleyError } from "./errors.js";
import { Emitter } from "./events.js";
import { Tokens } from "./tokens.js";

const SUBPROTOCOL = "parley.v1";
const HELLO_WAIT = 10_000;
const ANSWER_WAIT = 10_000;
const PONG_WAIT = 5_000;
const DOUBTFUL_PONG_WAIT = 2_500; // there is reason to think that the peer is gone
const STEADY_AFTER = 10_000; // a connection that lived this long ends a row of failures
const RESTART_SPREAD = 3_000;

const TOKEN_REFUSED = 4401;
const NOT_ALLOWED = 4403;
const SERVER_RESTARTING = 1012;

/**
 * @typedef {ReturnType<typeof setTimeout> | undefined} Timer
 * @typedef {Pick<WebSocket, "send" | "close" | "onmessage" | "onclose">} Socket
 * @typedef {(url: string, protocols: string[]) => Socket} Dial
 * @typedef {{resolve: (frame: any) => void, reject: (error: ParleyError) => void, timer: Timer}} Waiting
 */

/**
 * One WebSocket that is kept: it comes back by itself, notices a dead peer, hands renewed tokens over, and matches
 * answers to commands.
 *
 * States: `closed` (never opened, or closed by us), `connecting`, `open` (the server said hello), `offline` (waiting
 * for the next try), `refused` (these credentials will not do, nor did a renewed token: no further try).
 *
 * Emits `state` ({state, error}), `hello` and `frame` (each event frame that answers no command).
 */
export class Connection extends Emitter {
  /** @type {"closed" | "connecting" | "open" | "offline" | "refused"} */
  state = "closed";
  /** Why it is in that state, where there is more to say. @type {ParleyError | undefined} */
  error;

  #url;
  #tokens;
  #probe;
  #dialSocket;
  #random;
  #socket = /** @type {Socket | null} */ (null);
  #attempt = 0;
  #usedToken = /** @type {string | undefined} */ (undefined);
  #renewed = false; // since the server last held on to a connection
  #failures = 0;
  #openedAt = 0;
  #lastRef = 0;
  #lastWord = /** @type {ParleyError | undefined} */ (undefined); // answers no command: why the server closes
  #waiting = /** @type {Map<number, Waiting>} */ (new Map());
  #retryTimer = /** @type {Timer} */ (undefined);
  #helloTimer = /** @type {Timer} */ (undefined);
  #beatTimer = /** @type {Timer} */ (undefined);
  #pongTimer = /** @type {Timer} */ (undefined);

  /**
   * @param {object} options
   * @param {string} options.url
   * @param {Tokens} [options.tokens]
   * @param {() => Promise<unknown>} [options.probe] asked after a handshake that failed, for browsers do not tell why:
   *   throws ParleyError with status 401 or 403 when the credentials are at fault
   * @param {Dial} [options.dial] opens a WebSocket
   * @param {() => number} [options.random]
   */
  constructor({ url, tokens = new Tokens(), probe, dial = dialAlone, random = Math.random }) {
    super();
    this.#url = url;
    this.#tokens = tokens;
    this.#probe = probe;
    this.#dialSocket = dial;
    this.#random = random;
    tokens.on("renewed", (token) => this.#refresh(token));
  }

  /** Connects, and stays connected from now on. */
  open() {
    if (this.#socket || this.state === "connecting") return;
    clearTimeout(this.#retryTimer);
    if (this.state === "refused") this.#renewed = false;
    this.#move("connecting");
    this.#tokens.keep();
    this.#dial();
  }

  close() {
    this.#end("closed");
  }

  /** Closes for good: these credentials will not do. @param {ParleyError} error */
  refuse(error) {
    this.#end("refused", error);
  }

  /** The network or the page came back: try at once, or make sure that the open socket still lives. */
  wake() {
    if (this.state === "offline") this.open();
    if (this.state === "open") this.#ping(DOUBTFUL_PONG_WAIT);
  }

  /**
   * Sends a command and waits for its answer.
   * @param {string} type
   * @param {object} [fields]
   * @returns {Promise<any>} the `ok` frame
   * @throws {ParleyError} the server's refusal, `connection_lost` or `timeout`
   */
  request(type, fields) {
    if (this.state !== "open") return Promise.reject(lost());
    const ref = ++this.#lastRef;
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => {
        this.#waiting.delete(ref);
        reject(new ParleyError("timeout", "The server did not answer in time.", { retryable: true }));
      }, ANSWER_WAIT);
      this.#waiting.set(ref, { resolve, reject, timer });
      this.#send({ type, ref, ...fields });
    });
  }

  async #dial() {
    const attempt = ++this.#attempt;
    this.#lastWord = undefined;
    try {
      this.#usedToken = this.#tokens.due ? await this.#tokens.current() : this.#tokens.token;
    } catch (/** @type {any} */ error) {
      if (attempt === this.#attempt) this.#retry(error);
      return;
    }
    if (attempt === this.#attempt) this.#connect();
  }

  #connect() {
    const protocols = this.#usedToken ? [SUBPROTOCOL, `bearer.${this.#usedToken}`] : [SUBPROTOCOL];
    const socket = this.#dialSocket(this.#url, protocols);
    socket.onmessage = ({ data }) => this.#receive(data);
    socket.onclose = ({ code }) => this.#lose(code);
    this.#socket = socket;
    this.#helloTimer = setTimeout(() => this.#lose(), HELLO_WAIT);
  }

  /** @param {string} data */
  #receive(data) {
    clearTimeout(this.#pongTimer); // whatever it says, the peer lives
    this.#pongTimer = undefined;
    const frame = JSON.parse(data);
    if (frame.type === "hello") this.#welcome(frame);
    else if (this.#waiting.has(frame.ref)) this.#answer(frame);
    else if (frame.type === "error") this.#lastWord = errorFromFrame(frame);
    else if (frame.type !== "pong") this.emit("frame", frame);
  }

  /** @param {{heartbeat: number}} hello */
  #welcome(hello) {
    clearTimeout(this.#helloTimer);
    this.#openedAt = Date.now();
    this.#beatTimer = setInterval(() => this.#ping(), hello.heartbeat * 1000);
    this.#move("open");
    this.emit("hello", hello);
    if (this.#tokens.token !== this.#usedToken) this.#refresh(this.#tokens.token);
  }

  /** @param {any} frame */
  #answer(frame) {
    const { resolve, reject, timer } = /** @type {Waiting} */ (this.#waiting.get(frame.ref));
    this.#waiting.delete(frame.ref);
    clearTimeout(timer);
    if (frame.type === "error") reject(errorFromFrame(frame));
    else resolve(frame);
  }

  /** If it fails, the socket ends with the old token, and the next begins with this one. @param {string} [token] */
  #refresh(token) {
    if (this.state !== "open") return;
    this.request("token.refresh", { token }).then(() => { this.#usedToken = token; }, () => {});
  }

  #ping(patience = PONG_WAIT) {
    if (this.#pongTimer) return;
    this.#pongTimer = setTimeout(() => this.#lose(), patience);
    this.#send({ type: "ping" });
  }

  /** @param {object} frame */
  #send(frame) {
    this.#socket?.send(JSON.stringify(frame));
  }

  /** The socket is gone, or as good as gone: whoever waits for an answer learns of it. @param {number} [code] */
  async #lose(code) {
    const greeted = this.state === "open";
    const steady = greeted && Date.now() - this.#openedAt >= STEADY_AFTER;
    if (steady) {
      this.#failures = 0;
      this.#renewed = false;
    }
    this.#drop();
    if (code === NOT_ALLOWED) return this.refuse(this.#lastWord ?? closed(code));
    if (code === TOKEN_REFUSED) return this.#renew(this.#lastWord ?? closed(code));
    this.#retry(this.#lastWord, code === SERVER_RESTARTING ? this.#random() * RESTART_SPREAD : undefined);
    if (!greeted) await this.#diagnose();
  }

  /** The server refused the token: another one is tried, once. @param {ParleyError} refusal */
  async #renew(refusal) {
    if (this.#renewed || !this.#tokens.renewable) return this.refuse(refusal);
    this.#renewed = true;
    const attempt = this.#attempt;
    this.#move("connecting");
    try {
      const token = await this.#tokens.renew(this.#usedToken);
      if (attempt !== this.#attempt) return;
      if (token === this.#usedToken) this.refuse(refusal);
      else this.#dial();
    } catch (/** @type {any} */ error) {
      this.#renewed = false;
      if (attempt === this.#attempt) this.#retry(error);
    }
  }

  /**
   * @param {ParleyError} [error] whose delay counts, if it names one
   * @param {number} [pause] milliseconds
   */
  #retry(error, pause = backoff(this.#failures, this.#random)) {
    this.#failures++;
    clearTimeout(this.#retryTimer);
    this.#retryTimer = setTimeout(() => this.open(), pause + (error?.retryAfter ?? 0) * 1000);
    this.#move("offline", error);
  }

  /** @param {"closed" | "refused"} state @param {ParleyError} [error] */
  #end(state, error) {
    clearTimeout(this.#retryTimer);
    this.#tokens.release();
    this.#drop();
    this.#move(state, error);
  }

  /** Lets go of the socket without waiting for its close, which a dead network never brings. */
  #drop() {
    this.#attempt++;
    clearTimeout(this.#helloTimer);
    clearTimeout(this.#pongTimer);
    clearInterval(this.#beatTimer);
    this.#pongTimer = undefined;
    if (this.#socket) {
      this.#socket.onmessage = this.#socket.onclose = null;
      this.#socket.close();
      this.#socket = null;
    }
    for (const { reject, timer } of this.#waiting.values()) {
      clearTimeout(timer);
      reject(lost());
    }
    this.#waiting.clear();
  }

  async #diagnose() {
    const attempt = this.#attempt;
    try {
      await this.#probe?.();
    } catch (/** @type {any} */ error) {
      if (attempt !== this.#attempt || this.state !== "offline") return;
      if (error.status === 401 || error.status === 403) this.refuse(error);
      else if (error.retryAfter) this.#retry(error);
    }
  }

  /** @param {Connection["state"]} state @param {ParleyError} [error] */
  #move(state, error) {
    if (state === this.state) return;
    this.state = state;
    this.error = error;
    this.emit("state", { state, error });
  }
}

/** @type {Dial} */
function dialAlone(url, protocols) {
  return new WebSocket(url, protocols);
}

function lost() {
  return new ParleyError("connection_lost", "The connection was lost.", { retryable: true });
}

/** @param {number} code */
function closed(code) {
  if (code === TOKEN_REFUSED) return new ParleyError("token_invalid", "Your sign-in has ended.", { status: 401 });
  return new ParleyError("not_allowed", "You may not connect here.", { status: 403 });
}
