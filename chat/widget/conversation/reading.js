const LINGER = 250; // ms: what flashes by while one scrolls has not been read

/**
 * Tells the server what its user has read, and where the line of what is new stands.
 */
export class Reading {
  /** The seq that the line of what is new follows; null for none. @type {number | null} */
  unreadAfter = null;

  #room;
  #atEnd;
  #timer = 0;

  /**
   * @param {import("../../sdk/room.js").Room} room
   * @param {() => boolean} atEnd whether the latest message is in view
   */
  constructor(room, atEnd) {
    this.#room = room;
    this.#atEnd = atEnd;
  }

  /** It begins, or begins again: what is unread is marked. */
  begin() {
    const { info, readSeq } = this.#room;
    this.unreadAfter = info?.member && readSeq < (info.last_seq ?? 0) ? readSeq : null;
    this.settle();
  }

  /** What is in view may have been read. */
  settle() {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.#read(), LINGER);
  }

  /** Something new came; it is marked if nobody sees it. @param {import("../../sdk/wire.js").RoomEvent} event */
  hear({ type, message }) {
    const mine = message?.user?.id === this.#room.client.me?.id;
    if (mine && type === "message.created") this.unreadAfter = null;
    else if (type === "message.created" && !this.#reads() && !((this.unreadAfter ?? -1) >= this.#room.readSeq)) {
      this.unreadAfter = this.#room.readSeq;
    }
  }

  end() {
    clearTimeout(this.#timer);
  }

  #read() {
    if (this.#reads() && this.#room.info?.member) this.#room.markRead(this.#room.position);
  }

  #reads() {
    return !document.hidden && document.hasFocus() && this.#atEnd();
  }
}
