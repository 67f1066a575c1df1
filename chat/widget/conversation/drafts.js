import { keep, recall } from "../local.js";

/** @typedef {{text: string, mentions: import("./mentions.js").Mentions}} Draft */

/** What its user has written and not sent yet, in a room or the thread below a message of it. */
export class Drafts {
  #name;

  /**
   * @param {import("../../sdk/room.js").Room} room
   * @param {string} user id
   * @param {string} [thread] the message that the thread is below
   */
  constructor(room, user, thread = "") {
    this.#name = ["draft", room.client.host, user, room.id, thread].join(" ");
  }

  /** @returns {Draft} */
  load() {
    return recall(this.#name) ?? { text: "", mentions: {} };
  }

  /** @param {Draft} draft */
  save(draft) {
    keep(this.#name, draft.text ? draft : null);
  }
}
