import { showAvatar } from "./avatar.js";
import { briefTimeOf } from "./dates.js";
import { copyOf, part, roomAddress } from "./page.js";
import { countInTitle } from "./title.js";

const FOLLOWED = 100; // rooms that one connection may carry
const REFRESH = 60_000; // finds rooms that someone else put us into

/** The rooms of the side list: their last message, what is unread, live. */
export class RoomList {
  #client;
  #current;
  #rooms = new Map();
  #rows = new Map();

  /**
   * @param {import("../sdk/client.js").Parley} client
   * @param {object[]} rooms as the server told them with the page
   * @param {string} [current] id of the room that is open
   */
  constructor(client, rooms, current) {
    this.#client = client;
    this.#current = current;
    for (const row of document.querySelectorAll("#rooms [data-room]")) this.#rows.set(row.dataset.room, row);
    this.#take(rooms);
    let greeted = false;
    client.on("hello", () => {
      if (greeted) this.refresh();
      greeted = true;
    });
    document.addEventListener("visibilitychange", () => this.refresh());
    setInterval(() => this.refresh(), REFRESH);
    document.getElementById("filter").addEventListener("input", ({ target }) => this.#filter(target.value));
  }

  /** Reads the list again. */
  async refresh() {
    if (document.hidden || this.#client.connection.state !== "open") return;
    try {
      this.#take(await this.#client.rooms());
    } catch {
      // The list as it is serves until the next time.
    }
  }

  #take(rooms) {
    for (const told of rooms) {
      const held = this.#rooms.get(told.id);
      if (held && held.last_seq > told.last_seq) continue; // this answer left before the latest message came
      this.#rooms.set(told.id, { ...held, ...told });
      this.#paint(told.id);
    }
    this.#follow();
    this.#count();
  }

  #follow() {
    const mine = [...this.#rooms.values()].filter((room) => room.member);
    mine.sort((one, other) => (other.id === this.#current) - (one.id === this.#current));
    for (const told of mine.slice(0, FOLLOWED)) {
      if (told.followed) continue;
      told.followed = true;
      const room = this.#client.room(told.id, told);
      room.on("event", (event) => this.#heard(told.id, event));
      room.on("read", ({ user, seq }) => { if (user.id === this.#client.me.id) this.#read(told.id, seq); });
      if (room.state === "idle") room.subscribe();
    }
  }

  #heard(id, event) {
    const room = this.#rooms.get(id);
    room.last_seq = event.seq;
    if (event.type !== "message.created") return;
    const { user, text, created_at } = event.message;
    room.last_message = { user_name: user?.name, text, created_at };
    if (user?.id !== this.#client.me.id) room.unread += 1;
    this.#paint(id);
    this.#count();
  }

  #read(id, seq) {
    const room = this.#rooms.get(id);
    if (seq < room.last_seq) return;
    room.read_seq = seq;
    room.unread = 0;
    this.#paint(id);
    this.#count();
  }

  #count() {
    countInTitle([...this.#rooms.values()].reduce((sum, room) => sum + (room.unread || 0), 0));
  }

  #paint(id) {
    const room = this.#rooms.get(id);
    const row = this.#rows.get(id) ?? this.#newRow(room);
    const group = room.kind === "direct" ? "direct" : room.member ? "rooms" : "open";
    const list = document.querySelector(`[data-group="${group}"] ul`);
    if (row.parentElement !== list) list.append(row);
    row.toggleAttribute("data-unread", room.unread > 0);
    if (room.kind === "direct") showAvatar(part(row, "glyph"), room.name);
    part(row, "name").textContent = room.name;
    part(row, "time").textContent = room.last_message ? briefTimeOf(room.last_message.created_at) : "";
    part(row, "last").textContent = lastLine(room, this.#client.me);
    part(row, "unread").hidden = !room.unread;
    part(row, "count").textContent = room.unread > 99 ? "99+" : room.unread || "";
  }

  #newRow(room) {
    const row = copyOf("row");
    row.dataset.room = room.id;
    row.dataset.kind = room.kind;
    row.querySelector("a").href = roomAddress(room.id);
    if (room.kind === "private") part(row, "glyph").replaceChildren(copyOf("lock"));
    this.#rows.set(room.id, row);
    return row;
  }

  #filter(text) {
    const sought = text.trim().toLocaleLowerCase();
    let found = 0;
    for (const [id, row] of this.#rows) {
      row.hidden = !this.#rooms.get(id)?.name.toLocaleLowerCase().includes(sought);
      found += !row.hidden;
    }
    const none = document.getElementById("no-match");
    none.hidden = found > 0 || !sought;
    none.textContent = none.hidden ? "" : `Nothing here is called “${text.trim()}”.`;
  }
}

function lastLine({ kind, last_message: last, topic }, me) {
  if (!last) return topic ?? "";
  const text = last.text.slice(0, 120).replace(/\s+/g, " ");
  if (last.user_name === me.name) return `You: ${text}`;
  return kind === "direct" || !last.user_name ? text : `${last.user_name}: ${text}`;
}
