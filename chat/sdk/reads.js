/**
 * How far people have read in a room: its own user, and the others as far as they were seen among the members or moved
 * since. The room emits `read`.
 */
export class Reads {
  /** The seq up to which its own user has read. */
  seq;

  #room;
  #marked;
  /** @type {Map<string, number>} */
  #others = new Map();

  /** @param {import("./room.js").Room} room @param {number} seq */
  constructor(room, seq) {
    this.#room = room;
    this.seq = this.#marked = seq;
    room.on("state", ({ state }) => { if (state === "live" && this.seq > this.#marked) this.#tell(); });
  }

  /** Ids of the others who have read up to this seq or further. @param {number} seq */
  by(seq) {
    const me = this.#room.client.me?.id;
    return [...this.#others].filter(([id, read]) => read >= seq && id !== me).map(([id]) => id);
  }

  /** Its own user has read up to `seq`; going back is ignored. @param {number} seq */
  mark(seq) {
    if (seq <= this.seq) return;
    this.seq = seq;
    this.#room.emit("read", { user: this.#room.client.me, seq });
    this.#tell();
  }

  /** For the room: its members. @param {import("./wire.js").Member[]} members */
  see(members) {
    for (const { id, read_seq: seq } of members) this.#others.set(id, Math.max(seq, this.#others.get(id) ?? 0));
  }

  /** For the room: somebody has read. @param {{user: import("./wire.js").User, seq: number}} frame */
  receive({ user, seq }) {
    if (user.id !== this.#room.client.me?.id) this.#others.set(user.id, seq);
    else if (!this.learn(seq)) return;
    this.#room.emit("read", { user, seq });
  }

  /** For the room: its own user has read as far as this, the server says. Whether it is news. @param {number} seq */
  learn(seq) {
    const news = seq > this.seq;
    if (news) this.seq = this.#marked = seq;
    return news;
  }

  #tell() {
    const { seq } = this;
    this.#room.client.connection.request("read.mark", { room: this.#room.id, seq }).then(
      () => { this.#marked = Math.max(this.#marked, seq); },
      () => {}, // said again with the next mark, or when the room is live again
    );
  }
}
