import { sentenceOf } from "../failures.js";
import { icon } from "../icons.js";
import { html, nothing, repeat } from "../vendor/lit.js";
import { Finder } from "./finder.js";
import { FormDialog } from "./form_dialog.js";
import { nameOf } from "./listing.js";

/**
 * The open rooms that one has not joined: to look into, and to join.
 * @typedef {import("./listing.js").RoomInfo} RoomInfo
 */
class Browse extends FormDialog {
  attach() {
    this.finder = /** @type {Finder<RoomInfo>} */ (new Finder((name) => this.client.directory({ name })));
    this.follow(this.finder, "change");
    this.finder.find();
  }

  heading() {
    return this.t("inbox.browse");
  }

  fields() {
    return html`
      <input type="search" autocomplete="off" autofocus aria-label=${this.t("inbox.browse.find")}
        placeholder=${this.t("inbox.browse.find")} @input=${this.#seek}>
      <ul class="directory">${repeat(this.finder?.found ?? [], ({ id }) => id, (room) => this.#room(room))}</ul>
      <p class="picker-state" role="status">${this.#state()}</p>`;
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

  #state() {
    const { error, found, sought = "" } = this.finder ?? {};
    if (error) return sentenceOf(error, this.context.language);
    if (!found) return this.t("loading");
    if (found.length) return nothing;
    return sought ? this.t("inbox.none", { text: sought }) : this.t("inbox.browse.none");
  }

  /** @param {Event} event */
  #seek({ target }) {
    this.finder?.seek(/** @type {HTMLInputElement} */ (target).value);
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
