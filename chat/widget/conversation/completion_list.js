import { avatar } from "../avatar.js";
import { icon } from "../icons.js";
import { Part } from "../part.js";
import { html, nothing } from "../vendor/lit.js";
import { ranked, soughtAt } from "./completion.js";
import { keepFocus } from "./formatting_bar.js";
import { canBeMentioned } from "./mentions.js";

const MOST = 8;
let made = 0;

/**
 * @typedef {import("../../sdk/wire.js").User} User
 * @typedef {{key: string, name: string, user?: User, emoji?: string, hint?: string}} Offer a person, an emoji, or
 *   with neither everybody
 * @typedef {import("./completion.js").Sought} Sought
 */

/**
 * Offers people for "@an" and emoji for ":smi" at the caret of a textarea. The focus stays there; what ARIA has for a
 * text field with a list is set on it.
 *
 * Dispatches `parley-complete` ({start, offer}).
 */
export class CompletionList extends Part {
  /** @type {Offer[]} */
  #offers = [];
  #chosen = 0;
  #sought = /** @type {Sought | null} */ (null);
  /** Where its user wanted none. */
  #dismissed = -1;
  #id = `parley-completion-${++made}`;
  #area = /** @type {HTMLTextAreaElement | null} */ (null);

  /** The caret has moved, or the text has changed. @param {HTMLTextAreaElement} area */
  async look(area) {
    this.#area = area;
    const { selectionStart, selectionEnd, value } = area;
    const sought = selectionStart === selectionEnd ? soughtAt(value, selectionStart) : null;
    if (sought?.start !== this.#dismissed) this.#dismissed = -1;
    this.#sought = this.#dismissed < 0 ? sought : null;
    if (!this.#sought) return this.#show([]);
    if (sought?.kind === "emoji") await this.#offerEmoji(this.#sought);
    else await this.#offerPeople(this.#sought);
  }

  close() {
    this.#sought = null;
    this.#dismissed = -1;
    this.#show([]);
  }

  /** Whether a key of the textarea was for this list. @param {KeyboardEvent} event */
  press(event) {
    const { key, shiftKey, ctrlKey, metaKey, altKey } = event;
    if (!this.#offers.length || shiftKey || ctrlKey || metaKey || altKey) return false;
    if (key === "ArrowDown" || key === "ArrowUp") this.#move(key === "ArrowDown" ? 1 : -1);
    else if (key === "Enter" || key === "Tab") this.#take(this.#offers[this.#chosen]);
    else if (key === "Escape") this.#dismiss();
    else return false;
    event.preventDefault();
    event.stopPropagation();
    return true;
  }

  render() {
    const offers = this.#offers;
    return html`<ul class="completion" part="completion" id=${this.#id} role="listbox" ?hidden=${!offers.length}
      aria-label=${this.t("composer.offers")}>${offers.map((offer, place) => this.#offer(offer, place))}</ul>`;
  }

  updated() {
    const area = this.#area;
    if (!area) return;
    const open = this.#offers.length > 0;
    area.toggleAttribute("aria-controls", open);
    area.toggleAttribute("aria-activedescendant", open);
    if (!open) return;
    area.setAttribute("aria-controls", this.#id);
    area.setAttribute("aria-activedescendant", `${this.#id}-${this.#chosen}`);
    this.querySelector("[aria-selected=true]")?.scrollIntoView({ block: "nearest" });
  }

  /** @param {Offer} offer @param {number} place */
  #offer(offer, place) {
    const { user, emoji, name, hint } = offer;
    const sign = html`<span class="glyph" aria-hidden="true">${emoji ?? icon("people")}</span>`;
    return html`<li role="option" id="${this.#id}-${place}" aria-selected=${place === this.#chosen}
        @mousedown=${keepFocus} @click=${() => this.#take(offer)}>
      ${user ? avatar(user) : sign}<bdi>${name}</bdi>${hint ? html`<small>${hint}</small>` : nothing}
    </li>`;
  }

  /** @param {Sought} sought */
  async #offerEmoji(sought) {
    const { all } = await import("./emoji.js").catch(() => ({ all: [] }));
    const found = ranked(all, sought.text, ({ words }) => words, MOST);
    this.#answer(sought, found.map(({ emoji, name }) => ({ key: emoji, name: `:${name}:`, emoji })));
  }

  /**
   * Members first; in an open room others of the organisation may read, so they can be called, too.
   * @param {Sought} sought
   */
  async #offerPeople(sought) {
    const { text } = sought;
    const members = await this.#members();
    const near = this.#people(members, text);
    const others = this.room.info?.kind === "open" && near.length < MOST && /^\S+$/.test(text);
    if (!this.#answer(sought, near) || !others) return;
    const named = await this.client.users({ name: text, limit: MOST }).catch(() => []);
    const known = new Set(members.map(({ id }) => id));
    const strangers = named.filter(({ id }) => !known.has(id));
    this.#answer(sought, this.#people([...members, ...strangers], text));
  }

  /** @returns {Promise<User[]>} */
  async #members() {
    if (!this.conversation.members) await this.conversation.loadMembers().catch(() => {});
    return this.conversation.members ?? [];
  }

  /** @param {User[]} people @param {string} text @returns {Offer[]} */
  #people(people, text) {
    const others = people.filter(({ id }) => canBeMentioned(id) && id !== this.client.me?.id);
    /** @type {Offer[]} */
    const offers = others.map((user) => ({ key: user.id, name: user.name || user.id, user }));
    const everybody = { key: "room", name: "room", hint: this.t("composer.everybody") };
    if (this.conversation.moderates && text !== "room") offers.push(everybody);
    const found = ranked(offers, text, ({ key, name }) => [name, key], MOST);
    const alike = (/** @type {Offer} */ { name }) => found.filter((other) => other.name === name).length > 1;
    return found.map((offer) => (alike(offer) ? { hint: offer.key, ...offer } : offer));
  }

  /** Whether this is still what is looked for. @param {Sought} sought @param {Offer[]} offers */
  #answer(sought, offers) {
    if (sought !== this.#sought) return false;
    this.#show(offers);
    return true;
  }

  /** @param {Offer[]} offers */
  #show(offers) {
    if (!offers.length && !this.#offers.length) return;
    if (!this.#offers.length) this.context.announce(this.t("composer.offered", { count: offers.length }));
    this.#offers = offers;
    this.#chosen = 0;
    this.requestUpdate();
  }

  /** @param {number} step */
  #move(step) {
    const { length } = this.#offers;
    this.#chosen = (this.#chosen + step + length) % length;
    this.requestUpdate();
  }

  #dismiss() {
    const start = this.#sought?.start ?? -1;
    this.close();
    this.#dismissed = start;
  }

  /** @param {Offer} offer */
  #take(offer) {
    const start = /** @type {Sought} */ (this.#sought).start;
    this.close();
    this.dispatchEvent(new CustomEvent("parley-complete", { detail: { start, offer } }));
  }
}

customElements.define("parley-completion", CompletionList);
