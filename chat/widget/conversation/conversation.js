import { Emitter } from "../../sdk/events.js";
import { withNames } from "./mentions.js";

/**
 * @typedef {import("../../sdk/wire.js").Message} Message
 * @typedef {{kind: "thread", id: string} | {kind: "search" | "pins" | "members" | "room"}} Panel what stands beside
 *   the timeline
 * @typedef {{images: import("../../sdk/wire.js").Attachment[], index: number}} Viewing
 */

/**
 * What is going on in one room on the screen: which panel is open, what is being quoted or edited, where the reader was
 * taken. The parts of the conversation show it and change it.
 *
 * Emits `change`; `members` when these have come; `jump` ({seq}) when the timeline is to show a message; `write` when
 * the composer is to take the focus.
 */
export class Conversation extends Emitter {
  /** @type {Panel | null} */
  panel = null;
  /** What the next message quotes. @type {Message | null} */
  quoted = null;
  /** What the composer changes instead of sending. @type {Message | null} */
  edited = null;
  /** The images that are shown large. @type {Viewing | null} */
  viewing = null;
  /** The seq of the message that was jumped to, while it is marked. @type {number | null} */
  marked = null;
  /** Who is in the room, null until that was asked. @type {import("../../sdk/wire.js").Member[] | null} */
  members = null;

  /**
   * @param {import("../context.js").Context} context
   * @param {import("../../sdk/room.js").Room} room
   */
  constructor(context, room) {
    super();
    this.context = context;
    this.room = room;
  }

  /** Its user, once the server has said who that is. @returns {import("../../sdk/wire.js").User | null} */
  get me() {
    return this.room.client.me;
  }

  /** Whether its user may change other people's messages, members and settings. */
  get moderates() {
    return ["moderator", "owner"].includes(this.room.info?.role ?? "");
  }

  /**
   * Why nothing can be written now, null if it can: a key of the texts.
   * @returns {"outside" | "archived" | "frozen" | "banned" | null}
   */
  get barred() {
    const { info, refusal } = this.room;
    if (refusal?.code === "banned") return "banned";
    if (info?.archived) return "archived";
    if (info && !info.member) return "outside";
    return info?.frozen && !this.moderates ? "frozen" : null;
  }

  /** What somebody is called, as far as that is known here. @param {string} id */
  nameOf(id) {
    const said = this.room.messages.list.find(({ user }) => user?.id === id)?.user;
    return (this.members?.find((member) => member.id === id) ?? said)?.name || id;
  }

  /** A text that only its ids are known of, such as a quoted one, with names in place of them. @param {string} text */
  named(text) {
    return withNames(text, this.members ?? []).text;
  }

  /** Asks who is in the room: for names, for who has read, for who is there. Throws ParleyError. */
  async loadMembers() {
    this.#change({ members: await this.room.members() });
    this.emit("members");
  }

  /** @param {Message} message */
  isMine(message) {
    return message.kind === "message" && message.user?.id === this.me?.id;
  }

  /** @param {Panel["kind"]} kind @param {string} [id] of the message that a thread is below */
  open(kind, id) {
    this.#change({ panel: /** @type {Panel} */ ({ kind, id }) });
  }

  /** The panel gives the focus back. */
  closePanel() {
    this.#change({ panel: null });
  }

  /** @param {Message | null} message */
  quote(message) {
    this.#change({ quoted: message, edited: null });
    this.write();
  }

  /** @param {Message | null} message */
  edit(message) {
    this.#change({ edited: message, quoted: null });
    this.write();
  }

  /** @param {Viewing | null} viewing */
  view(viewing) {
    this.#change({ viewing });
  }

  /** Takes the reader to a message, which is marked for a moment. @param {number} seq */
  async jump(seq) {
    try {
      await this.room.messages.loadAround(seq);
    } catch (error) {
      return this.context.fail(error);
    }
    this.#change({ marked: seq });
    this.emit("jump", { seq });
  }

  /** The mark has been seen. */
  unmark() {
    if (this.marked !== null) this.#change({ marked: null });
  }

  /** Takes the reader to a message that only its id is known of, such as from a copied link. @param {string} id */
  async jumpTo(id) {
    const message = await this.context.attempt(this.room.message(id));
    if (!message) return;
    if (message.parent) this.open("thread", message.parent);
    await this.jump(message.seq);
  }

  /** The composer takes the focus. */
  write() {
    this.emit("write");
  }

  /** @param {Partial<Conversation>} change */
  #change(change) {
    Object.assign(this, change);
    this.emit("change");
  }
}
