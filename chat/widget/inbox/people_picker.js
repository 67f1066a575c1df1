import { avatar } from "../avatar.js";
import { sentenceOf } from "../failures.js";
import { Part } from "../part.js";
import { html, nothing, repeat } from "../vendor/lit.js";
import { Finder } from "./finder.js";
import { nameOf } from "./listing.js";

const SHOWN = 50; // people at once: the others are found by name

/** Choosing people by name; `chosen` has them by their ids. @typedef {import("../../sdk/wire.js").Person} Person */
class PeoplePicker extends Part {
  chosen = /** @type {Map<string, Person>} */ (new Map());

  attach() {
    this.finder = /** @type {Finder<Person>} */ (new Finder((name) => this.client.users({ name, limit: SHOWN })));
    this.follow(this.finder, "change");
    this.finder.find();
  }

  render() {
    return html`
      <input type="search" autocomplete="off" aria-label=${this.t("inbox.people.find")}
        placeholder=${this.t("inbox.people.find")} @input=${this.#seek}>
      <ul class="picker-list">${repeat(this.#shown, ({ id }) => id, (person) => this.#row(person))}</ul>
      <p class="picker-state" role="status">${this.#state()}</p>`;
  }

  /** @param {Person} person */
  #row(person) {
    return html`<li><label class="person-row">${avatar(person)}<span dir="auto">${nameOf(person)}</span>
      <input type="checkbox" .checked=${this.chosen.has(person.id)} @change=${() => this.#choose(person)}>
    </label></li>`;
  }

  /** Whoever was chosen stays, whatever is sought next. */
  get #shown() {
    return [...this.chosen.values(), ...this.#others];
  }

  get #others() {
    return (this.finder?.found ?? []).filter(({ id }) => id !== this.client.me?.id && !this.chosen.has(id));
  }

  #state() {
    const { error, found, sought = "" } = this.finder ?? {};
    if (error) return sentenceOf(error, this.context.language);
    if (!found) return this.t("loading");
    if (this.chosen.size) return this.t("inbox.people.chosen", { count: this.chosen.size });
    if (this.#others.length) return nothing;
    return sought ? this.t("inbox.none", { text: sought }) : this.t("inbox.people.none");
  }

  /** @param {Event} event */
  #seek({ target }) {
    this.finder?.seek(/** @type {HTMLInputElement} */ (target).value);
  }

  /** @param {Person} person */
  #choose(person) {
    if (!this.chosen.delete(person.id)) this.chosen.set(person.id, person);
    this.requestUpdate();
  }
}

customElements.define("parley-people-picker", PeoplePicker);
