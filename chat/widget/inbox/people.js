import { avatar } from "../avatar.js";
import { sentenceOf } from "../failures.js";
import { icon } from "../icons.js";
import { html, nothing, repeat } from "../vendor/lit.js";
import { Finder } from "./finder.js";
import { InboxPart } from "./inbox_part.js";
import { nameOf } from "./listing.js";

const SHOWN = 100; // people at once: the others are found by name

/**
 * Everybody of the organisation, and whether they are online: to begin a conversation with. `back` leads to the list.
 * @typedef {import("../../sdk/wire.js").Person} Person
 */
class People extends InboxPart {
  static properties = { back: { attribute: false } };

  attach() {
    this.finder = /** @type {Finder<Person>} */ (new Finder((name) => this.client.users({ name, limit: SHOWN })));
    this.follow(this.finder, "change");
    this.follow(this.client.presence, "change");
    this.finder.find();
  }

  render() {
    return html`<section class="page-pane" aria-labelledby="pane-name">
      <header class="room-head">
        <button class="icon-button back" aria-label=${this.t("head.back")} @click=${this.back}>${icon("back")}</button>
        <div class="room-title"><h2 id="pane-name" aria-level=${this.level}>${this.t("inbox.people")}</h2></div>
      </header>
      <div class="page-body">
        <input type="search" autocomplete="off" aria-label=${this.t("inbox.people.find")}
          placeholder=${this.t("inbox.people.find")} @input=${this.#seek}>
        <ul class="everybody">${repeat(this.finder?.found ?? [], ({ id }) => id, (person) => this.#row(person))}</ul>
        <p class="picker-state" role="status">${this.#state()}</p>
      </div>
    </section>`;
  }

  /** @param {Person} person */
  #row(person) {
    const online = (this.client.presence.of(person.id) ?? person).online;
    return html`<li><button class="person-row" @click=${() => this.#talk(person.id)}>
      <span class="portrait">${avatar(person)}${online ? html`<span class="dot"></span>` : nothing}</span>
      <span dir="auto">${nameOf(person)}</span><small>${this.#seen(person, online)}</small></button></li>`;
  }

  /** @param {Person} person @param {boolean} online */
  #seen({ id, last_seen: last }, online) {
    if (id === this.client.me?.id) return this.t("you");
    if (online) return this.t("inbox.online");
    return last ? this.t("inbox.seen", { time: this.context.language.briefTime(last) }) : nothing;
  }

  #state() {
    const { error, found, sought = "" } = this.finder ?? {};
    if (error) return sentenceOf(error, this.context.language);
    if (!found) return this.t("loading");
    return found.length ? nothing : this.t("inbox.none", { text: sought });
  }

  /** @param {Event} event */
  #seek({ target }) {
    this.finder?.seek(/** @type {HTMLInputElement} */ (target).value);
  }

  /** @param {string} id */
  async #talk(id) {
    if (id === this.client.me?.id) return;
    const room = await this.context.attempt(this.client.createRoom({ kind: "direct", members: [id] }));
    if (!room) return;
    this.inbox.rooms.add(room);
    this.inbox.go({ name: "room", id: room.id });
  }
}

customElements.define("parley-people", People);
