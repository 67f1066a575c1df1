import { sentenceOf } from "../failures.js";
import { html, nothing } from "../vendor/lit.js";
import { excerpt } from "./excerpt.js";
import { filtersOf } from "./filters.js";
import { Panel } from "./panel.js";

const PAUSE = 300; // ms without a key before a search begins
const NONE = { user: "", after: "", before: "", files: false };

/** @typedef {import("../../sdk/search.js").Found} Found */

/** Looks for messages in this room, or `everywhere`; where there is no room, in all. */
class SearchPanel extends Panel {
  static properties = { everywhere: { attribute: false }, state: { state: true }, people: { state: true } };

  constructor() {
    super();
    this.everywhere = false;
    /** @type {"idle" | "loading" | "ready" | "failed"} */
    this.state = "idle";
    /** @type {import("../../sdk/wire.js").User[]} */
    this.people = [];
  }

  #text = "";
  #narrowing = { ...NONE };
  /** @type {Found[]} */
  #found = [];
  #next = /** @type {string | null} */ (null);
  #problem = "";
  #searches = 0;
  #timer = 0;

  async attach() {
    this.people = (await this.client.users().catch(() => null)) ?? this.conversation.members ?? [];
  }

  disconnectedCallback() {
    super.disconnectedCallback();
    clearTimeout(this.#timer);
    this.#searches++;
  }

  heading() {
    return this.t("search.heading");
  }

  body() {
    return html`
      <form class="search-form" role="search" @submit=${this.#submit} @input=${this.#changed} @keydown=${this.#press}>
        <input type="search" name="text" data-first maxlength="200" autocomplete="off" enterkeyhint="search"
          aria-label=${this.t("search.text")} placeholder=${this.t("search.text")}>
        <div class="segments" role="group" aria-label=${this.t("search.where")}
          ?hidden=${!this.room || !this.leads || Boolean(this.client.me?.guest)}>
          ${this.#segment(false, "search.here")}${this.#segment(true, "search.everywhere")}
        </div>
        <details class="filters">
          <summary>${this.t("search.filters")}</summary>
          <label class="labelled">${this.t("search.from")}
            <select name="user"><option value="">${this.t("search.anybody")}</option>
              ${this.people.map(({ id, name }) => html`<option value=${id}>${name || id}</option>`)}</select>
          </label>
          <label class="labelled">${this.t("search.after")}<input type="date" name="after"></label>
          <label class="labelled">${this.t("search.before")}<input type="date" name="before"></label>
          <label class="choice"><input type="checkbox" name="files">${this.t("search.files")}</label>
        </details>
      </form>
      <p class="unseen" role="status">${this.#status()}</p>
      ${this.#results()}`;
  }

  /** @param {boolean} everywhere @param {string} key */
  #segment(everywhere, key) {
    return html`<button type="button" aria-pressed=${this.everywhere === everywhere}
      @click=${() => this.#reach(everywhere)}>${this.t(key)}</button>`;
  }

  #status() {
    if (this.state === "loading") return this.t("loading");
    if (this.state !== "ready") return "";
    return this.#found.length ? this.t("search.found", { count: this.#found.length }) : this.t("search.none");
  }

  #results() {
    if (this.state === "idle") return html`<p class="panel-state">${this.t("search.hint")}</p>`;
    if (this.state === "failed") return this.failure(this.#problem, () => this.#search());
    if (!this.#found.length) return html`<p class="panel-state" aria-hidden="true">${this.#status()}</p>`;
    return html`<ol class="results" aria-busy=${this.state === "loading"} @keydown=${this.#press}>
      ${this.#found.map((found) => html`<li>${this.#result(found)}</li>`)}
      ${this.#next ? html`<li class="panel-more"><button class="button" ?disabled=${this.state === "loading"}
        @click=${() => this.#search(this.#next)}>${this.t("search.more")}</button></li>` : nothing}
    </ol>`;
  }

  /** @param {Found} found */
  #result(found) {
    const words = found.snippet.map(({ text, marked }) => (marked ? html`<mark>${text}</mark>` : text));
    const room = this.everywhere ? found.room.name || found.room.id : undefined;
    return html`<button class="result" @click=${() => this.#choose(found)}>
      ${excerpt(this.context, found.message, words, room)}
    </button>`;
  }

  /** @param {Event} event */
  #changed(event) {
    const fields = new FormData(/** @type {HTMLFormElement} */ (event.currentTarget));
    const field = (/** @type {string} */ name) => String(fields.get(name) ?? "");
    this.#text = field("text").trim();
    const [user, after, before] = ["user", "after", "before"].map(field);
    this.#narrowing = { user, after, before, files: fields.has("files") };
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.#search(), PAUSE);
  }

  /** @param {Event} event */
  #submit(event) {
    event.preventDefault();
    clearTimeout(this.#timer);
    this.#search();
  }

  /** @param {boolean} everywhere */
  #reach(everywhere) {
    this.everywhere = everywhere;
    this.#search();
  }

  /** A page of it, the first without a cursor. @param {string | null} [cursor] */
  async #search(cursor = null) {
    const search = ++this.#searches;
    if (!this.#text) {
      this.state = "idle";
      return;
    }
    if (!cursor) this.#found = [];
    this.state = "loading";
    try {
      const filters = { ...filtersOf(this.#narrowing), cursor: cursor ?? undefined };
      const { data, next } = await (this.everywhere ? this.client : this.room).search(this.#text, filters);
      if (search !== this.#searches) return;
      this.#found = [...this.#found, ...data];
      this.#next = next;
      if (!data.length && next) return this.#search(next); // a page may be empty and still have a next
      this.state = "ready";
    } catch (error) {
      if (search !== this.#searches) return;
      this.#problem = sentenceOf(error, this.context.language);
      this.state = "failed";
    }
  }

  /** Arrow keys go from result to result, and from the field to the first. @param {KeyboardEvent} event */
  #press(event) {
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    const target = /** @type {HTMLElement} */ (event.target);
    const stops = /** @type {HTMLElement[]} */ ([...this.querySelectorAll("[data-first], .result")]);
    const at = stops.indexOf(target);
    if (!step || at < 0) return;
    event.preventDefault();
    stops[Math.max(0, Math.min(at + step, stops.length - 1))].focus();
  }

  /** @param {Found} found */
  #choose({ message, room }) {
    if (room.id === this.room?.id) this.go(message);
    else this.lead(room.id, message.id);
  }
}

customElements.define("parley-search-panel", SearchPanel);
