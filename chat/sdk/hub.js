/**
 * Several tabs on one socket. Each command goes out under a ref of the hub's own, its answer to the tab that asked, and
 * all else to every tab: what a room knows already, it drops by its seq.
 */
export class Hub {
  #socket;
  #tell;
  /** @type {string | undefined} */
  #hello;
  #lastRef = 0;
  /** @type {Map<number, {tab: string, ref: number | undefined}>} */
  #asked = new Map();
  /** The tabs in each room. @type {Map<string, Set<string>>} */
  #rooms = new Map();

  /**
   * @param {import("./connection.js").Socket} socket
   * @param {(tab: string | undefined, text: string | undefined) => void} tell hands a frame to a tab, or to all
   */
  constructor(socket, tell) {
    this.#socket = socket;
    this.#tell = tell;
    socket.onmessage = ({ data }) => this.#hear(data);
  }

  /** Greets a tab: with nothing, as long as the server has not said hello. @param {string} tab */
  join(tab) {
    this.#tell(tab, this.#hello);
  }

  /** What only this tab listened to is left. @param {string} tab */
  leave(tab) {
    for (const room of this.#rooms.keys()) this.send(tab, JSON.stringify({ type: "room.unsubscribe", room }));
  }

  /** @param {string} tab @param {string} text its command */
  send(tab, text) {
    const { ref, ...command } = JSON.parse(text);
    if (command.type === "room.subscribe") this.#in(command.room).add(tab);
    if (command.type === "room.unsubscribe" && !this.#isLast(command.room, tab)) {
      return this.#tell(tab, JSON.stringify({ type: "ok", ref, room: command.room }));
    }
    this.#asked.set(++this.#lastRef, { tab, ref });
    this.#socket.send(JSON.stringify({ ...command, ref: this.#lastRef }));
  }

  /** @param {string} text */
  #hear(text) {
    const frame = JSON.parse(text);
    const asked = this.#asked.get(frame.ref);
    if (asked) {
      this.#asked.delete(frame.ref);
      return this.#tell(asked.tab, JSON.stringify({ ...frame, ref: asked.ref }));
    }
    if (frame.type === "hello") this.#hello = text;
    if (frame.type === "room.unsubscribed") this.#rooms.delete(frame.room);
    this.#tell(undefined, text);
  }

  /** @param {string} room */
  #in(room) {
    const tabs = this.#rooms.get(room) ?? new Set();
    this.#rooms.set(room, tabs);
    return tabs;
  }

  /** Whether it was in the room and nobody is any more. @param {string} room @param {string} tab */
  #isLast(room, tab) {
    const tabs = this.#in(room);
    const last = tabs.delete(tab) && !tabs.size;
    if (!tabs.size) this.#rooms.delete(room);
    return last;
  }
}
