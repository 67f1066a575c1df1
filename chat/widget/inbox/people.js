import { avatar } from "../avatar.js";
import { Finder } from "../finder.js";
import { finderField, finderState } from "../finder_field.js";
import { icon } from "../icons.js";
import { html, nothing, repeat } from "../vendor/lit.js";
import { InboxPart } from "./inbox_part.js";
import { nameOf } from "./listing.js";

const SHOWN = 100; // people at once: the others are found by name

/**
 * Everybody of the organisation, and whether they are online: to begin a conversation with. `back` leads to the list.
 * @typedef {import("../../sdk/wire.js").Person} Person
 */
class People extends InboxPart {
  static properties = { back: { attribute: false } };

  #finder = /** @type {Finder<Person>} */ (new Finder((name) => this.client.users({ name, limit: SHOWN })));

  attach() {
    this.follow(this.#finder, "change");
    this.follow(this.client.presence, "change");
    this.whenGone(() => this.#finder.end());
    this.#finder.find();
  }

  render() {
    const found = this.#finder.found ?? [];
    return html`<section class="page-pane" aria-labelledby="pane-name">
      <header class="room-head">
        <button class="icon-button back" aria-label=${this.t("head.back")} @click=${this.back}>${icon("back")}</button>
        <div class="room-title"><h2 id="pane-name" aria-level=${this.level}>${this.t("inbox.people")}</h2></div>
      </header>
      <div class="page-body">
        ${finderField(this.#finder, this.t("people.find"))}
        <ul class="everybody">${repeat(found, ({ id }) => id, (person) => this.#row(person))}</ul>
        ${finderState(this, this.#finder, { count: found.length })}
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
