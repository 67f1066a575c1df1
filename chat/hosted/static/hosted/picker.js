import { showAvatar } from "./avatar.js";
import { client, part } from "./page.js";
import { sentence } from "./problems.js";

/** Choosing people by name, in a dialog. */
export class Picker {
  #element;
  #list;
  #several;

  /**
   * @param {HTMLElement} element holds the filter, the state and the list
   * @param {{several?: boolean}} [options] whether more than one may be chosen
   */
  constructor(element, { several = true } = {}) {
    this.#element = element;
    this.#list = part(element, "list");
    this.#several = several;
    part(element, "filter").addEventListener("input", ({ target }) => this.#filter(target.value));
  }

  /** Loads everyone but those left out. @param {(id: string) => boolean} leaveOut */
  async load(leaveOut) {
    this.#list.replaceChildren();
    part(this.#element, "filter").value = "";
    this.#say("Loading people…");
    try {
      const people = (await client.users()).filter(({ id }) => !leaveOut(id));
      this.#list.replaceChildren(...people.map((person) => this.#row(person)));
      this.#say(people.length ? "" : "There is nobody else yet.");
    } catch (error) {
      this.#say(sentence(error));
    }
  }

  /** @returns {string[]} ids */
  get chosen() {
    return [...this.#list.querySelectorAll("input:checked")].map((input) => input.value);
  }

  #row(person) {
    const row = document.createElement("li");
    const label = document.createElement("label");
    label.className = "person-row";
    label.append(personGlyph(person), personName(person), this.#choice(person));
    row.append(label);
    return row;
  }

  #choice({ id }) {
    const choice = document.createElement("input");
    choice.type = this.#several ? "checkbox" : "radio";
    choice.name = "person";
    choice.value = id;
    return choice;
  }

  #filter(text) {
    const sought = text.trim().toLocaleLowerCase();
    const rows = [...this.#list.children];
    for (const row of rows) row.hidden = !row.textContent.toLocaleLowerCase().includes(sought);
    this.#say(rows.length && rows.every((row) => row.hidden) ? `Nobody is called “${text.trim()}”.` : "");
  }

  #say(text) {
    const state = part(this.#element, "state");
    state.textContent = text;
    state.hidden = !text;
  }
}

/** @param {{id: string, name: string}} person */
export function personGlyph(person) {
  const glyph = document.createElement("span");
  glyph.className = "glyph person";
  glyph.ariaHidden = "true";
  showAvatar(glyph, person.name || person.id);
  return glyph;
}

/** @param {{id: string, name: string}} person */
export function personName({ id, name }) {
  const element = document.createElement("span");
  element.dir = "auto";
  element.textContent = name || id;
  return element;
}
