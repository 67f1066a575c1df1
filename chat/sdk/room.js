import { infoAfter } from "./info.js";
import { Messages } from "./messages.js";
import { Outbox } from "./outbox.js";
import { Reads } from "./reads.js";
import { Requests } from "./requests.js";
import { Thread } from "./thread.js";
import { Typing } from "./typing.js";

const MOST_LISTENERS = 100; // rooms with more are not told of presence

/** @typedef {import("./wire.js").RoomInfo} RoomInfo */

/**
 * A room: what is said in it, and who is there. It is followed from the first listener or the first message on.
 *
 * Emits, beside what Subscription does: `info` when `info` has changed, `read` ({user, seq}), `presence` ({user,
 * online, last_seen}), `typing.started` and `typing.stopped` ({user}). What asks the server throws ParleyError.
 */
export class Room extends Requests {
  /** The room as its user finds it, where that is known; `load` brings all of it up to date. @type {RoomInfo | null} */
  info;

  #untouched = false;
  #renewsMembers = false;

  /**
   * @param {import("./client.js").Parley} client that this room belongs to
   * @param {string} id
   * @param {Partial<RoomInfo>} [known] events after its `last_seq` are told; without it, those from now on
   */
  constructor(client, id, known = {}) {
    super(client, id, known);
    this.info = known.kind ? /** @type {RoomInfo} */ (known) : null;
    this.reads = new Reads(this, known.read_seq ?? 0);
    this.messages = new Messages(this);
    this.outbox = new Outbox(this);
    this.typing = new Typing(this);
    this.on("event", (event) => this.#inform(infoAfter(this.info, event, client.me?.id)));
    this.on("state", ({ state }) => { if (state === "live" && this.#renewsMembers) this.members().catch(() => {}); });
    this.#untouched = true;
  }

  /**
   * Calls `listener` with the detail of each `type` event from now on; the first such call follows the room.
   * @param {string} type
   * @param {(detail: any) => void} listener
   * @returns {() => void} stops it
   */
  on(type, listener) {
    const stop = super.on(type, listener);
    if (this.#untouched) this.subscribe();
    return stop;
  }

  /** Follows the room from now on, through every reconnection. */
  subscribe() {
    this.#untouched = false;
    super.subscribe();
  }

  /** For the client: an event frame of this room. @param {any} frame */
  receive(frame) {
    const { type, user, seq, online, last_seen } = frame;
    if (type === "read.moved") this.reads.receive({ user, seq });
    else if (type === "presence.changed") {
      this.client.presence.see([{ ...user, online, last_seen }]);
      this.emit("presence", { user, online, last_seen });
    } else if (type.startsWith("typing.")) {
      this.typing.receive(frame);
      this.emit(type, { user });
    } else super.receive(frame);
  }

  /**
   * Says something, as soon as the room can be reached.
   * @param {string} text Markdown
   * @param {Parameters<import("./outbox.js").Outbox["send"]>[1]} [options]
   */
  send(text, options) {
    if (this.state === "idle") this.subscribe();
    return this.outbox.send(text, options);
  }

  /** The thread below a message, to be closed once it is out of use. @param {string} id the message's */
  thread(id) {
    return new Thread(this, id);
  }

  /** The seq up to which its user has read. */
  get readSeq() {
    return this.reads.seq;
  }

  /** Says that its user has read up to `seq`; going back is ignored. @param {number} seq */
  markRead(seq) {
    this.reads.mark(seq);
  }

  /** What the room is by now. @returns {Promise<RoomInfo>} */
  async load() {
    const info = await this.client.rest.get(this.path);
    this.reads.learn(info.read_seq);
    return this.#inform(info);
  }

  /**
   * @param {{name?: string, topic?: string, picture?: string, data?: Record<string, any> | null, frozen?: boolean,
   *   slow_seconds?: number, archived?: boolean}} changes
   * @returns {Promise<RoomInfo>}
   */
  async update(changes) {
    return this.#inform(await this.client.rest.patch(this.path, changes));
  }

  /** Its user wants no notice of the room. */
  async mute() {
    await this.client.rest.put(`${this.path}/mute`);
    this.#inform(this.info && { ...this.info, muted: true });
  }

  async unmute() {
    await this.client.rest.delete(`${this.path}/mute`);
    this.#inform(this.info && { ...this.info, muted: false });
  }

  /** Who is in the room; asked anew after each break of the connection, for who comes, goes and reads is told once. */
  async members() {
    const members = await super.members();
    this.#renewsMembers = members.length <= MOST_LISTENERS;
    this.reads.see(members);
    this.client.presence.see(members);
    return members;
  }

  /** Makes its user a member, and follows the room as one. */
  async join() {
    await this.invite(await this.#me());
    this.subscribe();
  }

  /** Its user is a member no more. */
  async leave() {
    await this.remove(await this.#me());
  }

  async #me() {
    return (this.client.me ?? (await this.client.ready).user).id;
  }

  /** @template {RoomInfo | null} Info @param {Info} info */
  #inform(info) {
    if (info !== this.info) {
      this.info = info;
      this.emit("info", info);
    }
    return info;
  }
}
