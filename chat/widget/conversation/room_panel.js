import { copy } from "../clipboard.js";
import { showDialog } from "../dialog.js";
import { sentenceOf } from "../failures.js";
import { icon } from "../icons.js";
import { html, live, nothing } from "../vendor/lit.js";
import { confirmed } from "./confirm_dialog.js";
import "./guest_links.js";
import "./keys_dialog.js";
import { Panel } from "./panel.js";

const PAUSES = [0, 5, 10, 30, 60, 300, 900, 3_600]; // s, as slow modes go

/** What the room is like, and what its user makes of it. */
class RoomPanel extends Panel {
  static properties = { problem: { state: true } };

  constructor() {
    super();
    this.problem = "";
  }

  attach() {
    this.follow(this.room, "info");
    this.context.attempt(this.#load());
  }

  /** An answer that was on its way while an event came may be of before it. */
  async #load() {
    const { position } = this.room;
    await this.room.load();
    if (this.room.position !== position) await this.room.load();
  }

  heading() {
    return this.t("room.heading");
  }

  body() {
    const { info } = this.room;
    if (!info) return this.waiting();
    const governed = this.conversation.moderates && info.kind !== "direct";
    return html`<div class="panel-scroll">
      ${governed ? this.#settings(info) : this.#about(info)}
      <section class="panel-section">
        <div class="panel-buttons">
          <button class="button" @click=${this.#copy}>${icon("link")}${this.t("room.link")}</button>
          <button class="button" @click=${() => showDialog(this, "parley-keys-dialog")}>
            ${this.t("keys.heading")}</button>
        </div>
        ${info.member ? this.#switch("room.mute", info.muted, (on) => this.#mute(on)) : nothing}
        ${governed && !info.archived
          ? this.#switch("room.frozen", info.frozen, (frozen) => this.#update({ frozen })) : nothing}
      </section>
      ${governed && !this.client.me?.guest ? this.#guests() : nothing}
      ${info.kind === "direct" ? nothing : this.#ends(info)}
    </div>`;
  }

  /** @param {import("../../sdk/wire.js").RoomInfo} info */
  #about({ name, id, topic, created_at: at, kind }) {
    const since = this.t("room.since", { time: this.context.language.day(at) });
    return html`<section class="panel-section">
      <h3 dir="auto">${name || id}</h3>
      ${topic ? html`<p dir="auto">${topic}</p>` : nothing}
      <p><small>${this.t(`room.kind.${kind}`)} · ${since}</small></p>
    </section>`;
  }

  /** @param {import("../../sdk/wire.js").RoomInfo} info */
  #settings({ name, topic, slow_seconds: slow, archived }) {
    const pauses = PAUSES.includes(slow) ? PAUSES : [...PAUSES, slow];
    return html`<form class="panel-section" @submit=${this.#save}>
      <fieldset ?disabled=${archived}>
        ${this.#owns ? html`<label class="labelled">${this.t("room.name")}
          <input name="name" dir="auto" required maxlength="120" .value=${name}></label>` : nothing}
        <label class="labelled">${this.t("room.topic")}
          <input name="topic" dir="auto" maxlength="500" .value=${topic}></label>
        <label class="labelled">${this.t("room.slow")}
          <select name="slow">${pauses.map((pause) =>
            html`<option value=${pause} ?selected=${pause === slow}>${this.#pause(pause)}</option>`)}</select></label>
        ${this.problem ? html`<p class="note problem" role="alert">${this.problem}</p>` : nothing}
        <button class="button primary">${this.t("save")}</button>
      </fieldset>
    </form>`;
  }

  /** @param {string} key @param {boolean} on @param {(on: boolean) => void} turn */
  #switch(key, on, turn) {
    const change = (/** @type {any} */ { target }) => turn(target.checked);
    return html`<label class="switch">
      <input type="checkbox" role="switch" .checked=${live(on)} @change=${change}>
      <span>${this.t(key)}<small>${this.t(`${key}.meaning`)}</small></span>
    </label>`;
  }

  #guests() {
    const { context, conversation } = this;
    return html`<parley-guest-links .context=${context} .conversation=${conversation}></parley-guest-links>`;
  }

  /** @param {import("../../sdk/wire.js").RoomInfo} info */
  #ends({ member, archived }) {
    const turn = archived ? () => this.#update({ archived: false }) : this.#archive;
    return html`<section class="panel-section"><div class="panel-buttons">
      ${member ? html`<button class="button" @click=${this.#leave}>
        ${icon("leave")}${this.t("room.leave")}</button>` : nothing}
      ${this.#owns ? html`<button class="button danger" @click=${turn}>
        ${this.t(archived ? "room.restore" : "room.archive")}</button>` : nothing}
    </div></section>`;
  }

  get #owns() {
    return this.room.info?.role === "owner";
  }

  /** @param {number} seconds */
  #pause(seconds) {
    if (!seconds) return this.t("room.slow.off");
    if (seconds < 60) return this.t("room.slow.seconds", { count: seconds });
    return this.t("room.slow.minutes", { count: seconds / 60 });
  }

  /** @param {SubmitEvent} event */
  async #save(event) {
    event.preventDefault();
    const fields = new FormData(/** @type {HTMLFormElement} */ (event.currentTarget));
    const topic = String(fields.get("topic")).trim();
    const name = this.#owns ? { name: String(fields.get("name")).trim() } : {};
    try {
      this.problem = "";
      await this.room.update({ ...name, topic, slow_seconds: Number(fields.get("slow")) });
      this.context.toast(this.t("room.saved"));
    } catch (error) {
      this.problem = sentenceOf(error, this.context.language);
    }
  }

  /** @param {Parameters<import("../../sdk/room.js").Room["update"]>[0]} changes */
  async #update(changes) {
    await this.context.attempt(this.room.update(changes), this.t("room.saved"));
    this.requestUpdate(); // a refusal turns the switch back
  }

  /** @param {boolean} on */
  async #mute(on) {
    await this.context.attempt(on ? this.room.mute() : this.room.unmute());
    this.requestUpdate();
  }

  #copy() {
    return this.context.attempt(copy(this.context.linkTo(this.room.id)), this.t("actions.linked"));
  }

  async #archive() {
    const [question, text] = [this.t("room.archive.question"), this.t("room.archive.meaning")];
    if (await confirmed(this, { question, text, yes: this.t("room.archive") })) await this.#update({ archived: true });
  }

  async #leave() {
    const room = this.room.info?.name || this.room.id;
    const words = { question: this.t("room.leave.question", { room }), yes: this.t("room.leave") };
    if (!(await confirmed(this, words))) return;
    await this.context.attempt(this.room.leave().then(() => this.close()), this.t("room.left"));
  }
}

customElements.define("parley-room-panel", RoomPanel);
