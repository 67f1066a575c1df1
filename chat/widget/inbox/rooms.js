import { Emitter } from "../../sdk/events.js";
import { byActivity, isLast, newer, roomAfter, roomRead, unreadIn } from "./listing.js";
import { Names } from "./names.js";

const FOLLOWED = 50; // of the 100 rooms that a connection may carry
const MET = 20; // conversations of which it is asked who the other one is
const REFRESH = 60_000; // ms: tells of rooms that somebody else put us into
const FRAME = 16; // ms: as often as a list can be seen to change

/**
 * @typedef {import("../../sdk/wire.js").RoomInfo} RoomInfo
 * @typedef {import("../../sdk/wire.js").Member} Member
 */

/**
 * The rooms of a user, live: those that were active last are followed, the others are looked after once a minute.
 *
 * States: `loading`, `ready`, `failed` (`error` says why). Emits `change`, and `message` ({room, message}) for what
 * others say.
 */
export class Rooms extends Emitter {
  /** @type {"loading" | "ready" | "failed"} */
  state = "loading";
  /** The latest active first. @type {RoomInfo[]} */
  list = [];
  /** @type {import("../../sdk/errors.js").ParleyError | undefined} */
  error;

  #client;
  #open = "";
  #loads = 0;
  #telling = false;
  /** @type {Map<string, RoomInfo>} */
  #held = new Map();
  /** @type {Map<string, (() => void)[]>} */
  #followed = new Map();
  /** The other ones in conversations. @type {Map<string, Member | undefined>} */
  #peers = new Map();
  /** @type {(() => void)[]} */
  #stops = [];

  /** @param {import("../../sdk/client.js").Parley} client @param {RoomInfo[]} [known] */
  constructor(client, known) {
    super();
    this.#client = client;
    /** Of those whom last lines mention. */
    this.names = new Names(client);
    if (known) this.#take(known);
  }

  /** From now on they are kept up to date. */
  start() {
    const timer = setInterval(() => this.#look(), REFRESH);
    const look = () => this.#look();
    let greeted = this.#client.connection.state === "open";
    document.addEventListener("visibilitychange", look);
    this.#stops = [
      () => clearInterval(timer),
      () => document.removeEventListener("visibilitychange", look),
      this.#client.on("hello", () => {
        if (greeted || this.state === "failed") look();
        greeted = true;
      }),
      this.#client.presence.on("change", () => this.#tell()),
      this.names.on("change", () => this.#tell()),
    ];
    this.#follow();
    if (this.state !== "ready") this.refresh();
  }

  /** The rooms themselves go on: others on the page may show them. */
  stop() {
    for (const stop of this.#stops.splice(0)) stop();
    for (const stops of this.#followed.values()) stops.forEach((stop) => stop());
    this.#followed.clear();
  }

  /** How much calls for attention. */
  get unread() {
    return unreadIn(this.list);
  }

  /** Whether something waits to be sent that the browser does not keep beyond the page. */
  get hasUnsaved() {
    const outboxes = [...this.#followed.keys()].map((id) => this.#client.room(id).outbox);
    return outboxes.some(({ list }) => list.some(({ kept, state }) => !kept && state !== "stored"));
  }

  /** @param {string} id */
  find(id) {
    return this.#held.get(id);
  }

  /** The other one of a conversation of two, once known. @param {string} id the room's */
  peer(id) {
    return this.#peers.get(id);
  }

  /** Reads the list again. */
  async refresh() {
    const load = ++this.#loads;
    try {
      const told = await this.#client.rooms();
      if (load === this.#loads) this.#take(told);
    } catch (/** @type {any} */ error) {
      if (load !== this.#loads || this.state === "ready") return; // the list as it is serves until the next time
      Object.assign(this, { state: "failed", error });
      this.#tell();
    }
  }

  /** A room that was just made or joined. @param {RoomInfo} room */
  add(room) {
    this.#take([...this.list.filter(({ id }) => id !== room.id), room]);
    this.refresh();
  }

  /** The room that is open is followed, however long it was silent, and found if it is new here. @param {string} id */
  opened(id) {
    this.#open = id;
    this.#follow();
    if (id && this.#stops.length && this.state === "ready" && !this.#held.has(id)) this.refresh();
  }

  #look() {
    if (!document.hidden && this.#client.connection.state === "open") this.refresh();
  }

  /** @param {RoomInfo[]} told */
  #take(told) {
    this.#held = new Map(told.map((room) => [room.id, newer(this.#held.get(room.id), room)]));
    this.state = "ready";
    this.#sort();
    this.#follow();
    this.#tell();
  }

  #sort() {
    this.list = byActivity(this.#held.values());
  }

  #follow() {
    if (!this.#stops.length) return;
    const mine = this.list.filter(({ member, archived }) => member && !archived).slice(0, FOLLOWED);
    const wanted = new Set([...mine.map(({ id }) => id), ...(this.#held.has(this.#open) ? [this.#open] : [])]);
    for (const id of [...this.#followed.keys()]) if (!wanted.has(id)) this.#leave(id);
    for (const id of wanted) if (!this.#followed.has(id)) this.#enter(id);
    this.#meet();
  }

  /** @param {string} id */
  #enter(id) {
    const room = this.#client.room(id, this.#held.get(id));
    this.#followed.set(id, [
      room.on("event", (event) => this.#heard(id, event)),
      room.on("read", ({ user, seq }) => {
        if (user?.id === this.#client.me?.id) this.#change(id, (held) => roomRead(held, seq));
      }),
      room.on("info", (info) => { if (info) this.#change(id, (held) => ({ ...held, muted: info.muted })); }),
      room.on("reset", () => this.refresh()),
    ]);
    if (room.state === "idle") room.subscribe();
  }

  /** It makes way for another one, unless it is shown; what waits there still goes out. @param {string} id */
  #leave(id) {
    for (const stop of this.#followed.get(id) ?? []) stop();
    this.#followed.delete(id);
    const room = this.#client.room(id);
    if (!room.outbox.list.length && id !== this.#open) room.unsubscribe();
  }

  /** @param {string} id @param {import("../../sdk/wire.js").RoomEvent} event */
  #heard(id, event) {
    const before = this.#held.get(id);
    if (!before || event.seq <= before.last_seq) return;
    const { message, type, user } = event;
    const me = this.#client.me?.id;
    this.names.learn(message?.user);
    this.#change(id, (held) => roomAfter(held, event, me));
    const shut = type === "member.left" && user?.id === me; // only the server knows whether one may come back
    if (shut || (type === "message.deleted" && message && isLast(message, before))) this.refresh();
    if (type !== "message.created" || message?.deleted || message?.user?.id === me) return;
    this.emit("message", { room: this.#held.get(id), message });
  }

  /** @param {string} id @param {(held: RoomInfo) => RoomInfo} change */
  #change(id, change) {
    const held = this.#held.get(id);
    if (!held) return;
    this.#held.set(id, change(held));
    this.#tell();
  }

  /** Learns, one after the other, whose conversations these are: their pictures, and whether they are online. */
  async #meet() {
    const direct = this.list.filter(({ kind, member_count: count }) => kind === "direct" && count === 2).slice(0, MET);
    for (const { id } of direct) {
      if (this.#peers.has(id) || !this.#stops.length) continue;
      this.#peers.set(id, undefined);
      const members = await this.#client.room(id).members().catch(() => null);
      if (members) this.#peers.set(id, members.find((member) => member.id !== this.#client.me?.id));
      else this.#peers.delete(id); // another time
      this.#tell();
    }
  }

  #tell() {
    if (this.#telling) return;
    this.#telling = true;
    setTimeout(() => {
      this.#telling = false;
      this.#sort();
      this.emit("change");
    }, FRAME);
  }
}
