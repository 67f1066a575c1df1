import { avatar } from "./avatar.js";
import { Finder } from "./finder.js";
import { finderField, finderState } from "./finder_field.js";
import { Part } from "./part.js";
import { html, repeat } from "./vendor/lit.js";

const SHOWN = 50; // people at once: the others are found by name

/**
 * Choosing people by name; `chosen` has them by their ids. Oneself and those of `without` cannot be chosen.
 * @typedef {import("../sdk/wire.js").Person} Person
 */
export class PeoplePicker extends Part {
  static properties = { without: { attribute: false } };

  chosen = /** @type {Map<string, Person>} */ (new Map());

  #finder = /** @type {Finder<Person>} */ (new Finder((name) => this.client.users({ name, limit: SHOWN })));

  constructor() {
    super();
    /** @type {{id: string}[]} */
    this.without = [];
  }

  attach() {
    this.follow(this.#finder, "change");
    this.whenGone(() => this.#finder.end());
    this.#finder.find();
  }

  render() {
    const others = this.#others;
    const shown = [...this.chosen.values(), ...others]; // whoever was chosen stays, whatever is sought next
    const { size: count } = this.chosen;
    const said = count ? this.t("people.chosen", { count }) : "";
    return html`
      ${finderField(this.#finder, this.t("people.find"), { focused: true })}
      <ul class="picker-list">${repeat(shown, ({ id }) => id, (person) => this.#row(person))}</ul>
      ${finderState(this, this.#finder, { count: others.length, none: this.t("people.none"), said })}`;
  }

  /** Chooses somebody, or does so no more. @param {Person} person */
  turn(person) {
    if (!this.chosen.delete(person.id)) this.chosen.set(person.id, person);
    this.requestUpdate();
  }

  /** @param {Person} person */
  #row(person) {
    return html`<li><label class="person-row">${avatar(person)}<span dir="auto">${person.name || person.id}</span>
      <input type="checkbox" .checked=${this.chosen.has(person.id)} @change=${() => this.turn(person)}>
    </label></li>`;
  }

  get #others() {
    const left = new Set([this.client.me, ...this.without].map((user) => user?.id));
    return (this.#finder.found ?? []).filter(({ id }) => !left.has(id) && !this.chosen.has(id));
  }
}

customElements.define("parley-people-picker", PeoplePicker);
