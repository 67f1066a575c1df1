import { keep, recall } from "../local.js";
import { Part } from "../part.js";
import { html, nothing } from "../vendor/lit.js";
import { ranked } from "./completion.js";
import { noteEmoji, recentEmoji } from "./recent_emoji.js";

const SIGNS = {
  smileys: "🙂", people: "👋", nature: "🌱", food: "🍎", activities: "⚽", travel: "🚗", objects: "💡", symbols: "❤️",
};
let made = 0;

/**
 * @typedef {import("./emoji.js").Emoji} Emoji
 * @typedef {{category: string, emoji: Emoji[]}} Group
 */

/**
 * Emoji to pick from: by category, those used lately first, or by name. `label` says what for.
 *
 * Dispatches `parley-emoji` ({emoji}).
 */
class EmojiPicker extends Part {
  static properties = { label: { attribute: false } };

  /** Loaded when it is wanted. @type {typeof import("./emoji.js") | null} */
  #emoji = null;
  #id = `parley-emoji-${++made}`;
  #recent = recentEmoji();
  #sought = "";
  #chosen = -1;
  #tone = recall("tone") ?? 0;
  #loading = /** @type {Promise<void> | null} */ (null);

  async attach() {
    this.#loading = this.#load();
    await this.#loading;
    await this.updateComplete;
    // Elsewhere it would raise the keyboard.
    if (matchMedia("(pointer: fine)").matches) this.querySelector("input")?.focus();
  }

  async #load() {
    this.#emoji ??= (await this.context.attempt(import("./emoji.js"))) ?? null;
    this.requestUpdate();
  }

  render() {
    const groups = this.#emoji ? this.#groups(this.#emoji) : [];
    return html`<div class="emoji-picker" part="emoji-picker" @keydown=${this.#pressed}>
      ${this.#search(this.#chosen >= 0 && groups.some(({ emoji }) => emoji.length > 0))}
      ${this.#sought ? nothing : this.#categories()}
      ${this.#list(groups)}
      ${this.#emoji ? this.#tones(this.#emoji) : nothing}
    </div>`;
  }

  /** @param {boolean} active whether one of the list is chosen */
  #search(active) {
    const label = this.t("emoji.search");
    return html`<input type="search" role="combobox" aria-expanded="true" aria-autocomplete="list"
      aria-controls=${this.#id} aria-activedescendant=${active ? `${this.#id}-${this.#chosen}` : nothing}
      aria-label=${label} placeholder=${label} autocomplete="off" spellcheck="false" .value=${this.#sought}
      @input=${this.#seek}>`;
  }

  #categories() {
    return html`<div class="emoji-categories" role="group" aria-label=${this.t("emoji.categories")}>
      ${Object.entries(SIGNS).map(([category, sign]) => {
        const name = this.t(`emoji.${category}`);
        return html`<button type="button" aria-label=${name} title=${name}
          @click=${() => this.#scrollTo(category)}>${sign}</button>`;
      })}
    </div>`;
  }

  /** @param {Group[]} groups */
  #list(groups) {
    let place = 0;
    return html`<div class="emoji-list" role="listbox" id=${this.#id} tabindex="-1"
        aria-label=${this.label ?? this.t("emoji.pick")}>
      ${groups.map(({ category, emoji }) => {
        const name = this.t(emoji.length ? `emoji.${category}` : "emoji.none");
        return html`<div role="group" aria-label=${name} data-category=${category}>
          <p aria-hidden="true">${name}</p>
          ${emoji.map((one) => this.#option(one, place++))}
        </div>`;
      })}
    </div>`;
  }

  /** @param {Emoji} emoji @param {number} place */
  #option({ emoji, name }, place) {
    const { TONES, toned } = /** @type {typeof import("./emoji.js")} */ (this.#emoji);
    const shown = toned(emoji, TONES[this.#tone]);
    return html`<span role="option" id="${this.#id}-${place}" aria-selected=${place === this.#chosen}
      aria-label=${name.replaceAll("_", " ")} title=":${name}:" @click=${() => this.#pick(shown)}>${shown}</span>`;
  }

  /** @param {typeof import("./emoji.js")} emoji */
  #tones({ TONES, toned }) {
    return html`<div class="emoji-tones" role="group" aria-label=${this.t("emoji.tone")}>
      ${TONES.map((tone, number) => html`<button type="button" aria-pressed=${number === this.#tone}
        aria-label=${this.t("emoji.tone.number", { number })}
        @click=${() => this.#setTone(number)}>${toned("✋", tone)}</button>`)}
    </div>`;
  }

  /** @param {typeof import("./emoji.js")} emoji @returns {Group[]} */
  #groups({ all, categories }) {
    const sought = this.#sought.trim().replaceAll(":", "");
    if (sought) return [{ category: "found", emoji: ranked(all, sought, ({ words }) => words) }];
    const groups = Object.entries(categories).map(([category, emoji]) => ({ category, emoji }));
    if (!this.#recent.length) return groups;
    const known = new Map(all.map((one) => [one.emoji, one]));
    const recent = this.#recent.map((emoji) => known.get(emoji) ?? { emoji, name: emoji, words: [] });
    return [{ category: "recent", emoji: recent }, ...groups];
  }

  /** @param {InputEvent} event */
  async #seek({ target }) {
    this.#sought = /** @type {HTMLInputElement} */ (target).value;
    this.#chosen = this.#sought ? 0 : -1;
    this.requestUpdate();
    await this.updateComplete;
    this.context.announce(this.t("composer.offered", { count: this.#options.length }));
  }

  /** @param {KeyboardEvent} event */
  #pressed(event) {
    const { key, target, isComposing } = event;
    if (key === "Escape") event.stopPropagation(); // it closes this and nothing behind it
    if (isComposing || !(target instanceof HTMLInputElement)) return;
    const sideways = /^Arrow(Left|Right)$/.test(key) && this.#chosen >= 0 && !this.#sought; // or it moves the caret
    if (key === "Enter") this.#take();
    else if (sideways || /^Arrow(Up|Down)$/.test(key)) this.#move(key);
    else return;
    event.preventDefault();
  }

  /** Takes the chosen one, as soon as there are some. */
  async #take() {
    await this.#loading;
    await this.updateComplete;
    this.#options[Math.max(0, this.#chosen)]?.click();
  }

  /** @param {string} key */
  async #move(key) {
    const options = this.#options;
    const now = options[this.#chosen];
    const forward = (key === "ArrowRight") === (getComputedStyle(this).direction === "ltr");
    const beside = Math.max(0, Math.min(options.length - 1, this.#chosen + (forward ? 1 : -1)));
    if (!now) this.#chosen = 0;
    else if (key === "ArrowUp" || key === "ArrowDown") this.#chosen = nearest(options, now, key === "ArrowDown");
    else this.#chosen = beside;
    this.requestUpdate();
    await this.updateComplete;
    this.#options[this.#chosen]?.scrollIntoView({ block: "nearest" });
  }

  /** @param {string} emoji */
  #pick(emoji) {
    noteEmoji(emoji);
    this.dispatchEvent(new CustomEvent("parley-emoji", { detail: { emoji }, bubbles: true }));
  }

  /** @param {number} tone */
  #setTone(tone) {
    this.#tone = tone;
    keep("tone", tone || null);
    this.requestUpdate();
  }

  /** @param {string} category */
  #scrollTo(category) {
    const list = /** @type {HTMLElement} */ (this.querySelector(".emoji-list"));
    const group = /** @type {HTMLElement | null} */ (list.querySelector(`[data-category=${category}]`));
    if (group) list.scrollTop = group.offsetTop;
  }

  get #options() {
    return /** @type {HTMLElement[]} */ ([...this.querySelectorAll("[role=option]")]);
  }
}

/**
 * The place of the one in the row above or below that is nearest, as they lie on the screen.
 * @param {HTMLElement[]} options
 * @param {HTMLElement} now
 * @param {boolean} down
 */
function nearest(options, now, down) {
  const beyond = options.filter(({ offsetTop }) => (down ? offsetTop > now.offsetTop : offsetTop < now.offsetTop));
  const row = (down ? beyond[0] : beyond.at(-1))?.offsetTop;
  const away = (/** @type {HTMLElement} */ { offsetLeft }) => Math.abs(offsetLeft - now.offsetLeft);
  const there = beyond.filter(({ offsetTop }) => offsetTop === row);
  const [best = now] = there.sort((one, other) => away(one) - away(other));
  return options.indexOf(best);
}

customElements.define("parley-emoji-picker", EmojiPicker);
