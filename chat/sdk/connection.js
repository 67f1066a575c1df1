import { backoff } from "./backoff.js";
import { errorFromFrame, ParleyError } from "./errors.js";
import { Emitter } from "./events.js";

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
 * One WebSocket that is kept: it comes back by itself, notices a dead peer, and matches answers to commands.
 *
 * States: `closed` (never opened, or closed by us), `connecting`, `open` (the server said hello), `offline` (waiting
 * for the next try), `refused` (these credentials will not do, so no further try).
 *
 * Emits `state` ({state, error}), `hello` and `frame` (each event frame that answers no command).
 */
export class Connection extends Emitter {
  /** @type {"closed" | "connecting" | "open" | "offline" | "refused"} */
  state = "closed";

  #url;
  #protocols;
  #probe;
  #WebSocket;
  #random;
  #socket = null;
  #failures = 0;
  #openedAt = 0;
  #lastRef = 0;
  #lastWord = null; // an error that answers no command: why the server closes
  #waiting = new Map();
  #retryTimer;
  #helloTimer;
  #beatTimer;
  #pongTimer;

  /**
   * @param {object} options
   * @param {string} options.url
   * @param {string} [options.token] a user token; without one the session cookie speaks
   * @param {() => Promise<unknown>} [options.probe] asked after a handshake that failed, for browsers do not tell why:
   *   throws ParleyError with status 401 or 403 when the credentials are at fault
   * @param {typeof WebSocket} [options.WebSocket]
   * @param {() => number} [options.random]
   */
  constructor({ url, token, probe, WebSocket = globalThis.WebSocket, random = Math.random }) {
    super();
    this.#url = url;
    this.#protocols = token ? [SUBPROTOCOL, `bearer.${token}`] : [SUBPROTOCOL];
    this.#probe = probe;
    this.#WebSocket = WebSocket;
    this.#random = random;
  }

  open() {
    if (this.#socket) return;
    clearTimeout(this.#retryTimer);
    this.#move("connecting");
    this.#lastWord = null;
    const socket = new this.#WebSocket(this.#url, this.#protocols);
    socket.onmessage = ({ data }) => this.#receive(data);
    socket.onclose = ({ code }) => this.#lose(code);
    this.#socket = socket;
    this.#helloTimer = setTimeout(() => this.#lose(), HELLO_WAIT);
  }

  close() {
    clearTimeout(this.#retryTimer);
    this.#drop();
    this.#move("closed");
  }

  /** The network or the page came back: try at once, or make sure that the open socket still lives. */
  wake() {
    if (this.state === "offline") this.open();
    if (this.state === "open") this.#ping(DOUBTFUL_PONG_WAIT);
  }

  /**
   * Sends a command and waits for its answer.
   * @param {string} type
   * @param {object} fields
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

  #receive(data) {
    clearTimeout(this.#pongTimer); // whatever it says, the peer lives
    this.#pongTimer = undefined;
    const frame = JSON.parse(data);
    if (frame.type === "hello") this.#welcome(frame);
    else if (this.#waiting.has(frame.ref)) this.#answer(frame);
    else if (frame.type === "error") this.#lastWord = errorFromFrame(frame);
    else if (frame.type !== "pong") this.emit("frame", frame);
  }

  #welcome(hello) {
    clearTimeout(this.#helloTimer);
    this.#openedAt = Date.now();
    this.#beatTimer = setInterval(() => this.#ping(), hello.heartbeat * 1000);
    this.#move("open");
    this.emit("hello", hello);
  }

  #answer(frame) {
    const { resolve, reject, timer } = this.#waiting.get(frame.ref);
    this.#waiting.delete(frame.ref);
    clearTimeout(timer);
    if (frame.type === "error") reject(errorFromFrame(frame));
    else resolve(frame);
  }

  #ping(patience = PONG_WAIT) {
    if (this.#pongTimer) return;
    this.#pongTimer = setTimeout(() => this.#lose(), patience);
    this.#send({ type: "ping" });
  }

  #send(frame) {
    this.#socket.send(JSON.stringify(frame));
  }

  /** The socket is gone, or as good as gone: whoever waits for an answer learns of it, and we come back. */
  async #lose(code) {
    const greeted = this.state === "open";
    const steady = greeted && Date.now() - this.#openedAt >= STEADY_AFTER;
    this.#failures = steady ? 0 : this.#failures + 1;
    this.#drop();
    if (code === TOKEN_REFUSED || code === NOT_ALLOWED) return this.#refuse(this.#lastWord ?? closed(code));
    this.#move("offline");
    this.#retryTimer = setTimeout(() => this.open(), this.#pause(code));
    if (!greeted) await this.#diagnose();
  }

  /** Lets go of the socket without waiting for its close, which a dead network never brings. */
  #drop() {
    for (const timer of [this.#helloTimer, this.#pongTimer]) clearTimeout(timer);
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

  #pause(code) {
    if (code === SERVER_RESTARTING) return this.#random() * RESTART_SPREAD;
    return backoff(Math.max(0, this.#failures - 1), this.#random);
  }

  async #diagnose() {
    try {
      await this.#probe?.();
    } catch (error) {
      if (this.state === "offline" && (error.status === 401 || error.status === 403)) this.#refuse(error);
    }
  }

  #refuse(error) {
    clearTimeout(this.#retryTimer);
    this.#move("refused", error);
  }

  #move(state, error) {
    if (state === this.state) return;
    this.state = state;
    this.emit("state", { state, error });
  }
}

function lost() {
  return new ParleyError("connection_lost", "The connection was lost.", { retryable: true });
}

function closed(code) {
  if (code === TOKEN_REFUSED) return new ParleyError("token_invalid", "Your sign-in has ended.", { status: 401 });
  return new ParleyError("not_allowed", "You may not connect here.", { status: 403 });
}
