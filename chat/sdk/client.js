import { Connection } from "./connection.js";
import { Emitter } from "./events.js";
import { Rest } from "./rest.js";
import { Room } from "./room.js";

/**
 * Parley from one user's side: a connection, the API, and the rooms in use.
 *
 * Emits `hello` (the frame) whenever the connection is open again.
 */
export class Parley extends Emitter {
  #rooms = new Map();

  /**
   * @param {object} options
   * @param {{id: string, name: string}} options.me
   * @param {string} options.socket the URL of the WebSocket
   * @param {string} options.api the root of the REST API
   * @param {Record<string, string>} [options.headers] that go with every request to it
   * @param {string} [options.token] a user token; without one the session cookie speaks
   */
  constructor({ me, socket, api, headers = {}, token }) {
    super();
    this.me = me;
    this.rest = new Rest(api, token ? { ...headers, Authorization: `Bearer ${token}` } : headers);
    this.connection = new Connection({ url: socket, token, probe: () => this.rest.get("/rooms", { limit: 1 }) });
    this.connection.on("frame", (frame) => this.#rooms.get(frame.room)?.receive(frame));
    this.connection.on("state", ({ state }) => { if (state !== "open") this.#each((room) => room.pause()); });
    this.connection.on("hello", (hello) => this.#welcome(hello));
  }

  /**
   * The one Room of this id.
   * @param {string} id
   * @param {{epoch?: string, last_seq?: number, read_seq?: number}} [known] used when it is new here
   */
  room(id, known) {
    if (!this.#rooms.has(id)) this.#rooms.set(id, new Room(this, id, known));
    return this.#rooms.get(id);
  }

  /** The rooms that its user may see. Throws ParleyError. */
  rooms() {
    return this.rest.list("/rooms");
  }

  /** The people of the organisation, by name. Throws ParleyError. @returns {Promise<{id: string, name: string}[]>} */
  users() {
    return this.rest.list("/users");
  }

  /**
   * Makes a room; a direct one of the same people is returned if there is one. Throws ParleyError.
   * @param {{kind: "open" | "private" | "direct", name?: string, members?: string[]}} room
   */
  createRoom(room) {
    return this.rest.post("/rooms", room);
  }

  #welcome(hello) {
    this.#each((room) => room.resume());
    this.emit("hello", hello);
  }

  #each(act) {
    for (const room of this.#rooms.values()) act(room);
  }
}
