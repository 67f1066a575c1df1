import { Connection } from "./connection.js";
import { ParleyError } from "./errors.js";
import { Emitter } from "./events.js";
import { Presence } from "./presence.js";
import { Rest } from "./rest.js";
import { Room } from "./room.js";
import { search } from "./search.js";
import { dialShared } from "./tabs.js";
import { claimsOf, Tokens } from "./tokens.js";
import { upload, uploadLinks } from "./uploads.js";

export { ParleyError } from "./errors.js";

const WAKING = ["online", "pageshow", "focus"];

/**
 * @typedef {import("./wire.js").Me} Me
 * @typedef {import("./wire.js").RoomInfo} RoomInfo
 * @typedef {import("./wire.js").Person} Person
 * @typedef {import("./wire.js").Message} Message
 * @typedef {import("./wire.js").RoomEvent} RoomEvent
 */

/**
 * Parley from one user's side: a connection, the API, and the rooms in use.
 *
 *     const client = new Parley({ url: "https://acme.example", tokenProvider });
 *     const room = client.room("general");
 *     room.on("message.created", ({ message }) => show(message));
 *     await client.connect();
 *     room.send("Hello");
 *
 * Emits `state` ({state, error}) of the connection, `hello` (the frame) whenever it is open again, and every event of
 * the rooms in use by its type, such as `message.created`, with its `room`.
 */
export class Parley extends Emitter {
  /** Its user, null until the server has told who that is. @type {Me | null} */
  me;
  /** The first hello; rejects with ParleyError when there will be none before `connect`. @type {Promise<any>} */
  ready = Promise.resolve();

  #tokens;
  #rooms = /** @type {Map<string, Room>} */ (new Map());
  #ended = false;
  #greeted = (/** @type {any} */ _hello) => {};
  #refused = (/** @type {ParleyError} */ _error) => {};
  #wake = () => this.connection.wake();

  /**
   * @param {object} options
   * @param {string} [options.url] of the organisation, such as "https://acme.example"
   * @param {string} [options.token] a user token
   * @param {() => Promise<string>} [options.tokenProvider] brings a user token: asked at first use, before the one in
   *   use expires, and when the server refuses it. Without token and provider the session cookie speaks.
   * @param {Me} [options.me] where it is known before the server says so
   * @param {Record<string, string>} [options.headers] that go with every request to the API
   * @param {string} [options.socket] the URL of the WebSocket, if it is not `url`/ws/v1
   * @param {string} [options.api] the root of the REST API, if it is not `url`/api/v1
   * @param {boolean} [options.tabs] whether the user's tabs share one connection, where the browser can do that
   * @param {new (url: string, protocols: string[]) => any} [options.WebSocket] for Node before 22, as the package `ws`
   *   has one
   */
  constructor({ url = globalThis.location?.origin, me, headers, socket, api, tabs = true, WebSocket, ...source }) {
    super();
    this.me = me ?? null;
    this.#expect();
    const address = socket ?? new URL("/ws/v1", url).href.replace(/^http/, "ws");
    /** Of the organisation, with its port. */
    this.host = new URL(address).host;
    /** Of the organisation's pages. */
    this.origin = new URL(address.replace(/^ws/, "http")).origin;
    const tokens = new Tokens(source);
    this.#tokens = tokens;
    this.rest = new Rest(api ?? new URL("/api/v1", url).href, { headers, tokens });
    /** @type {import("./connection.js").Dial} */
    const dial = (...to) => new (WebSocket ?? globalThis.WebSocket)(...to);
    this.connection = new Connection({
      url: address,
      tokens,
      dial: tabs ? (...to) => dialShared(...to, { me: this.me, dial }) : dial,
      probe: () => this.rest.get("/rooms", { limit: 1 }),
    });
    this.presence = new Presence(this);
    this.connection.on("frame", (frame) => this.#receive(frame));
    this.connection.on("state", (change) => this.#changed(change));
    this.connection.on("hello", (hello) => this.#welcome(hello));
  }

  /** Whether certain rooms are all that its user has, and none can be made: as a guest, or by the token's word. */
  get confined() {
    return Boolean(this.me?.guest || claimsOf(this.#tokens.token ?? "").rooms);
  }

  /** Connects, and comes back whenever the connection is lost. @returns {Promise<any>} `ready` */
  connect() {
    if (this.#ended) this.#expect();
    this.connection.open();
    for (const type of WAKING) globalThis.addEventListener?.(type, this.#wake);
    return this.ready;
  }

  /** Ends the connection until `connect`. */
  close() {
    for (const type of WAKING) globalThis.removeEventListener?.(type, this.#wake);
    this.connection.close();
  }

  /**
   * The one Room of this id.
   * @param {string} id
   * @param {Partial<RoomInfo>} [known] used when it is new here
   * @returns {Room}
   */
  room(id, known) {
    const held = this.#rooms.get(id);
    if (held) return held;
    const room = new Room(this, id, known);
    // Not by the room's own `on`, which would have the room followed.
    Emitter.prototype.on.call(room, "event", (event) => this.emit(event.type, event));
    this.#rooms.set(id, room);
    return room;
  }

  /**
   * The rooms that its user may see, the latest active first. Throws ParleyError.
   * @param {{kind?: "open" | "private" | "direct", member?: boolean, archived?: boolean, name?: string,
   *   active_since?: string}} [filter]
   * @returns {Promise<RoomInfo[]>}
   */
  rooms(filter) {
    return this.rest.list("/rooms", filter);
  }

  /**
   * Open rooms that its user has not joined. Throws ParleyError.
   * @param {{name?: string}} [filter]
   * @returns {Promise<RoomInfo[]>}
   */
  directory(filter) {
    return this.rest.list("/directory", filter);
  }

  /**
   * The people of the organisation, by name. Throws ParleyError.
   * @param {{name?: string, limit?: number}} [filter] `name`: a part of it; `limit`: 200 at most, else all
   * @returns {Promise<Person[]>}
   */
  async users(filter) {
    const people = await this.rest.list("/users", filter, filter?.limit);
    this.presence.see(people);
    return people;
  }

  /**
   * Makes a room; a direct one of the same people is returned if there is one. Throws ParleyError.
   * @param {{id?: string, kind?: "open" | "private" | "direct", name?: string, topic?: string, picture?: string,
   *   data?: object, members?: string[]}} room
   * @returns {Promise<RoomInfo>}
   */
  createRoom(room) {
    return this.rest.post("/rooms", room);
  }

  /**
   * Messages of all rooms with all of these words, the newest first; what else `text` may say, `search` tells.
   * Throws ParleyError.
   * @param {string} text
   * @param {import("./search.js").Filters} [filters]
   * @returns {ReturnType<typeof search>}
   */
  search(text, filters) {
    return search(this.rest, text, filters);
  }

  /**
   * Hands a file in, to be attached to a message by its `id` within a day. Throws ParleyError.
   * @param {Blob} file
   * @param {{onProgress?: (done: number) => void, signal?: AbortSignal}} [options] `onProgress` is told from 0 to 1
   * @returns {ReturnType<typeof upload>}
   */
  upload(file, options) {
    return upload(this.rest, file, options);
  }

  /**
   * Links to a file that was handed in, as `uploadLinks` tells.
   * @param {string} id
   * @returns {ReturnType<typeof uploadLinks>}
   */
  uploadLinks(id) {
    return uploadLinks(this.rest, id);
  }

  /** @param {any} frame */
  #receive(frame) {
    this.#rooms.get(frame.room)?.receive(frame);
    // Durable events are told by their room, each once; those that pass have no place in its order.
    if (frame.seq === undefined || frame.type === "read.moved") this.emit(frame.type, frame);
  }

  /** @param {{state: string, error?: ParleyError}} change */
  #changed(change) {
    const { state, error } = change;
    if (state !== "open") for (const room of this.#rooms.values()) room.pause();
    if (state === "closed" || state === "refused") {
      this.#ended = true;
      this.#refused(error ?? new ParleyError("connection_lost", "The connection was closed."));
    }
    this.emit("state", change);
  }

  /** @param {any} hello */
  #welcome(hello) {
    if (this.me && this.me.id !== hello.user.id) {
      // What is held here, unsent messages too, is the other one's.
      return this.connection.refuse(new ParleyError("token_invalid", "You are signed in as somebody else."));
    }
    this.me = hello.user;
    this.#greeted(hello);
    for (const room of this.#rooms.values()) room.resume();
    this.emit("hello", hello);
  }

  #expect() {
    this.#ended = false;
    this.ready = new Promise((resolve, reject) => {
      this.#greeted = resolve;
      this.#refused = reject;
    });
    this.ready.catch(() => {}); // it is told as a state, too: nobody has to wait for this
  }
}
