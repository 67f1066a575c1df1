import { Finder } from "../finder.js";
import { finderField, finderState } from "../finder_field.js";
import { icon } from "../icons.js";
import { html, nothing, repeat } from "../vendor/lit.js";
import { InboxDialog } from "./inbox_dialog.js";
import { nameOf } from "./listing.js";

/**
 * The open rooms that one has not joined: to look into, and to join.
 * @typedef {import("./listing.js").RoomInfo} RoomInfo
 */
class Browse extends InboxDialog {
  #finder = /** @type {Finder<RoomInfo>} */ (new Finder((name) => this.client.directory({ name })));

  attach() {
    this.follow(this.#finder, "change");
    this.whenGone(() => this.#finder.end());
    this.#finder.find();
  }

  heading() {
    return this.t("inbox.browse");
  }

  fields() {
    const found = this.#finder.found ?? [];
    return html`
      ${finderField(this.#finder, this.t("inbox.browse.find"), { focused: true })}
      <ul class="directory">${repeat(found, ({ id }) => id, (room) => this.#room(room))}</ul>
      ${finderState(this, this.#finder, { count: found.length, none: this.t("inbox.browse.none") })}`;
  }

  /** @param {RoomInfo} room */
  #room(room) {
    const { id, member_count: count, topic } = room;
    return html`<li class="directory-room"><span class="glyph">${icon("hash")}</span>
      <span class="directory-text"><strong dir="auto">${nameOf(room)}</strong>
        <small>${this.t("inbox.members", { count })}${topic ? html` · <bdi>${topic}</bdi>` : nothing}</small></span>
      ${this.#button("link", "inbox.look", room, () => this.leaveFor(id))}
      ${this.#button("button", "inbox.join", room, () => this.#join(room))}
    </li>`;
  }

  /** @param {string} look @param {string} key @param {RoomInfo} room @param {() => void} act */
  #button(look, key, room, act) {
    return html`<button type="button" class=${look} @click=${act}>
      ${this.t(key)}<span class="unseen"> ${nameOf(room)}</span></button>`;
  }

  /** @param {RoomInfo} info */
  #join(info) {
    return this.attempt(async () => {
      const room = this.client.room(info.id, info);
      await room.join();
      this.inbox.rooms.add(await room.load());
      this.leaveFor(info.id);
    });
  }
}

customElements.define("parley-browse", Browse);
