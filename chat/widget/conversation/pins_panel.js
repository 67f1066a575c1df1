import { sentenceOf } from "../failures.js";
import { icon } from "../icons.js";
import { html, nothing } from "../vendor/lit.js";
import { excerpt } from "./excerpt.js";
import { Panel } from "./panel.js";

/** @typedef {import("../../sdk/wire.js").Message} Message */

/** What is pinned in the room, the latest first. */
class PinsPanel extends Panel {
  static properties = { pins: { state: true }, problem: { state: true } };

  constructor() {
    super();
    /** @type {Message[] | null} */
    this.pins = null;
    this.problem = "";
  }

  attach() {
    this.follow(this.room, "event", ({ message }) => { if (message) this.#take(message); });
    this.follow(this.room, "reset", () => this.#load());
    this.follow(this.room, "info");
    this.follow(this.conversation, "members");
    this.#load();
  }

  heading() {
    return this.t("pins.heading");
  }

  body() {
    if (this.problem) return this.failure(this.problem, () => this.#load());
    if (!this.pins) return this.waiting();
    if (!this.pins.length) return html`<p class="panel-state">${this.t("pins.none")}</p>`;
    return html`<ul class="results">
      ${this.pins.map((message) => html`<li class="pin">${this.#pin(message)}</li>`)}
    </ul>`;
  }

  /** @param {Message} message */
  #pin(message) {
    const files = message.attachments?.map(({ name }) => name) ?? [];
    const words = this.conversation.named(message.text) || this.context.language.list(files);
    return html`
      <button class="result" @click=${() => this.go(message)}>${excerpt(this.context, message, words)}</button>
      ${this.#unpins ? this.#unpin(message.id) : nothing}`;
  }

  /** @param {string} id */
  #unpin(id) {
    const label = this.t("actions.unpin");
    const unpin = () => this.context.attempt(this.room.unpin(id), this.t("actions.unpinned"));
    return html`<button class="icon-button" title=${label} aria-label=${label} @click=${unpin}>
      ${icon("close")}</button>`;
  }

  get #unpins() {
    const may = this.conversation.moderates || this.room.info?.kind === "direct";
    return may && !this.conversation.barred;
  }

  async #load() {
    this.problem = "";
    try {
      this.pins = await this.room.pins();
    } catch (error) {
      this.problem = sentenceOf(error, this.context.language);
    }
  }

  /** @param {Message} message as it is now */
  #take(message) {
    if (!this.pins) return;
    const others = this.pins.filter(({ id }) => id !== message.id);
    const pinned = message.pinned_at && !message.deleted ? [...others, message] : others;
    this.pins = pinned.sort((one, other) => Date.parse(other.pinned_at ?? "") - Date.parse(one.pinned_at ?? ""));
  }
}

customElements.define("parley-pins-panel", PinsPanel);
