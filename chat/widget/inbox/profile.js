import { avatar } from "../avatar.js";
import { preferences } from "../preferences.js";
import { beep } from "../sound.js";
import { html, nothing } from "../vendor/lit.js";
import { InboxDialog } from "./inbox_dialog.js";

const NOTED = 5; // seconds within which it shows that somebody has come
const NOTICES = { all: "notices.all", mine: "notices.mine", none: "notices.none" };
const THEMES = { "": "inbox.system", light: "inbox.theme.light", dark: "inbox.theme.dark" };
const LANGUAGES = {
  "": "inbox.system", en: "English", de: "Deutsch", es: "Español", fr: "Français", ja: "日本語", zh: "中文", ar: "العربية",
};

/** Oneself: name and presence, and how this browser tells of messages, speaks and looks. */
class Profile extends InboxDialog {
  static properties = { invisible: { state: true } };

  attach() {
    this.follow(preferences, "change");
    this.#look();
  }

  heading() {
    return this.t("inbox.profile");
  }

  get action() {
    return this.#mayRename ? this.t("save") : "";
  }

  fields() {
    const { page } = this.inbox;
    return html`${this.#name()}
      <label class="choice">
        <input type="checkbox" .checked=${this.invisible ?? false} ?disabled=${this.invisible === undefined}
          @change=${this.#hide}>
        <span><strong>${this.t("inbox.invisible")}</strong> <small>${this.t("inbox.invisible.means")}</small></span>
      </label>
      ${this.#select("notices", "notices.which", NOTICES)}
      ${this.#permission()}
      <label class="choice"><input type="checkbox" .checked=${preferences.all.sound} @change=${this.#sound}>
        <span><strong>${this.t("notices.sound")}</strong></span></label>
      ${page ? this.#hosted(page.links) : nothing}`;
  }

  /** @param {FormData} form */
  async act(form) {
    const me = /** @type {import("../../sdk/wire.js").User} */ (this.client.me);
    const wanted = String(form.get("name")).trim();
    const { name } = await this.client.rest.patch(`/users/${encodeURIComponent(me.id)}`, { name: wanted });
    this.client.me = { ...me, name };
    this.inbox.emit("change");
    this.context.toast(this.t("inbox.profile.saved"));
  }

  /** What a token says is changed where the token is made. */
  get #mayRename() {
    const { page } = this.inbox;
    return Boolean(page) && page.role !== "guest";
  }

  #name() {
    const { me } = this.client;
    if (!me) return nothing;
    if (!this.#mayRename) return html`<p class="myself">${avatar(me)}<bdi>${me.name || me.id}</bdi></p>`;
    return html`<label class="labelled">${this.t("inbox.name")}
      <input name="name" required maxlength="80" autocomplete="name" dir="auto" .value=${me.name}></label>`;
  }

  #permission() {
    const { permission } = this.inbox.notices;
    if (permission === "granted" || preferences.all.notices === "none") return nothing;
    if (permission === "denied") return html`<p class="note">${this.t("notices.denied")}</p>`;
    return html`<button type="button" class="button" @click=${() => this.inbox.notices.ask()}>
      ${this.t("notices.ask")}</button>`;
  }

  /** What is the customer's to say within a page of theirs. @param {import("./inbox.js").Page["links"]} links */
  #hosted({ admin, embed }) {
    return html`${this.#select("language", "inbox.language", LANGUAGES)}${this.#select("theme", "inbox.theme", THEMES)}
      <p class="profile-links">
        ${admin ? html`<a href=${admin}>${this.t("inbox.console")}</a>` : nothing}
        ${embed ? html`<a href=${embed}>${this.t("inbox.embed")}</a>` : nothing}
      </p>`;
  }

  /**
   * @param {"notices" | "language" | "theme"} name
   * @param {string} key of its label
   * @param {Record<string, string>} options their texts' keys, or what to show
   */
  #select(name, key, options) {
    const chosen = preferences.all[name];
    const choose = (/** @type {any} */ { target }) => {
      preferences.set({ [name]: target.value });
      if (name === "language") this.close(); // it would go on in the other one
    };
    return html`<label class="labelled">${this.t(key)}
      <select @change=${choose}>${Object.entries(options).map(([value, text]) => html`
        <option value=${value} ?selected=${value === chosen}>${this.t(text)}</option>`)}</select></label>`;
  }

  /** Who is here and yet not online is hidden; or has just come, where nobody chose to hide in this browser. */
  async #look() {
    let online = await this.#isOnline();
    const patient = () => this.isConnected && online === false && !preferences.all.invisible;
    for (let tries = 0; patient() && tries < NOTED; tries++) {
      await new Promise((resolve) => { setTimeout(resolve, 1_000); });
      online = await this.#isOnline();
    }
    if (online !== undefined) this.invisible = !online;
  }

  /** @returns {Promise<boolean | undefined>} undefined where it cannot be told */
  async #isOnline() {
    const me = this.client.me ?? (await this.client.ready).user;
    const seen = await this.client.rest.get(`/users/${encodeURIComponent(me.id)}`).catch(() => undefined);
    return seen?.online;
  }

  /** @param {Event} event */
  #hide({ target }) {
    const { checked } = /** @type {HTMLInputElement} */ (target);
    this.attempt(async () => {
      const { invisible } = await this.client.presence.setInvisible(checked);
      preferences.set({ invisible });
      this.invisible = invisible;
    });
  }

  /** @param {Event} event */
  #sound({ target }) {
    const { checked } = /** @type {HTMLInputElement} */ (target);
    preferences.set({ sound: checked });
    if (checked) beep();
  }
}

customElements.define("parley-profile", Profile);
