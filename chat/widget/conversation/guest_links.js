import { copy } from "../clipboard.js";
import { icon } from "../icons.js";
import { Part } from "../part.js";
import { html, nothing } from "../vendor/lit.js";

const DAY = 86_400; // s
const LIVES = [1, 7, 30, 90]; // days
const LIFE = 7; // days, unless they choose

/** @typedef {{id: string, url: string, name: string, expires_at: string, guests: number}} GuestLink */

/** The links by which people without an account come into the room. */
class GuestLinks extends Part {
  static properties = { links: { state: true } };

  constructor() {
    super();
    /** @type {GuestLink[] | null} */
    this.links = null;
  }

  attach() {
    this.#load();
  }

  render() {
    return html`<section class="panel-section" aria-label=${this.t("room.guests")}>
      <h3>${this.t("room.guests")}</h3>
      <p>${this.t("room.guests.meaning")}</p>
      <ul class="guest-links">${this.links?.map((link) => this.#link(link))}</ul>
      ${this.room.info?.archived ? nothing : this.#form()}
    </section>`;
  }

  #form() {
    return html`<form class="guest-form" @submit=${this.#make}>
      <label class="labelled">${this.t("room.guests.name")}<input name="name" dir="auto" maxlength="120"></label>
      <label class="labelled">${this.t("room.guests.life")}
        <select name="days">${LIVES.map((count) => html`<option value=${count} ?selected=${count === LIFE}>
          ${this.t("room.guests.days", { count })}</option>`)}</select>
      </label>
      <label class="labelled">${this.t("room.guests.most")}
        <input name="most" type="number" min="1" max="10000" inputmode="numeric"></label>
      <button class="button">${this.t("room.guests.make")}</button>
    </form>`;
  }

  /** @param {GuestLink} link */
  #link(link) {
    const { id, name, url, expires_at: end, guests } = link;
    const label = name || this.t("room.guests.unnamed");
    const until = this.t("room.guests.until", { time: this.context.language.fullTime(end) });
    const button = (/** @type {"copy" | "delete"} */ face, /** @type {string} */ key, /** @type {() => void} */ act) => {
      const [title, said] = [this.t(key), this.t("said", { name: this.t(key), text: label })];
      return html`<button class="icon-button" title=${title} aria-label=${said} @click=${act}>${icon(face)}</button>`;
    };
    return html`<li>
      <span class="person-words"><bdi>${label}</bdi>
        <small>${until} · ${this.t("room.guests.came", { count: guests })}</small></span>
      ${button("copy", "actions.link", () => this.#copy(url))}
      ${button("delete", "room.guests.end", () => this.#end(id))}
    </li>`;
  }

  /** @param {SubmitEvent} event */
  async #make(event) {
    event.preventDefault();
    const form = /** @type {HTMLFormElement} */ (event.currentTarget);
    const fields = new FormData(form);
    const most = Number(fields.get("most"));
    const [name, days] = [String(fields.get("name")).trim(), Number(fields.get("days"))];
    const wanted = { name, ttl: days * DAY, most_guests: most || undefined };
    const made = await this.context.attempt(this.client.rest.post(this.#path, wanted));
    if (!made) return;
    form.reset();
    this.links = [made, ...(this.links ?? [])];
    await this.#copy(made.url);
  }

  /** @param {string} url */
  async #copy(url) {
    await this.context.attempt(copy(url), this.t("actions.linked"));
  }

  /** @param {string} id */
  async #end(id) {
    const ending = this.client.rest.delete(`${this.#path}/${encodeURIComponent(id)}`);
    await this.context.attempt(ending, this.t("room.guests.ended"));
    await this.#load();
  }

  async #load() {
    this.links = (await this.context.attempt(this.client.rest.list(this.#path))) ?? [];
  }

  get #path() {
    return `${this.room.path}/guest-links`;
  }
}

customElements.define("parley-guest-links", GuestLinks);
