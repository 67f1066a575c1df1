import { icon } from "../icons.js";
import { Part } from "../part.js";
import { html, nothing, repeat } from "../vendor/lit.js";
import { outstanding, reacted } from "./reacted.js";

const NAMED = 8;

/** The reactions below a message. What its user does shows at once, and is taken back if the server refuses it. */
export class Reactions extends Part {
  static properties = { message: { attribute: false } };

  #wanted = /** @type {Map<string, boolean>} */ (new Map());

  /** @param {Map<string, unknown>} changed */
  willUpdate(changed) {
    if (changed.has("message")) this.#wanted = outstanding(this.message.reactions ?? [], this.#wanted, this.#me);
  }

  render() {
    const shown = this.#shown;
    if (!shown.length) return nothing;
    const label = this.t("actions.react");
    return html`<div class="reactions" part="reactions" role="group" aria-label=${this.t("actions.reactions")}>
      ${repeat(shown, ({ emoji }) => emoji, (reaction) => this.#chip(reaction))}
      ${this.conversation.barred ? nothing : html`<button class="reaction" data-action="react" title=${label}
        aria-label=${label}>${icon("smile")}</button>`}
    </div>`;
  }

  /** @param {import("../../sdk/wire.js").Reaction} reaction */
  #chip({ emoji, count, users }) {
    return html`<button class="reaction" data-emoji=${emoji} aria-pressed=${users.includes(this.#me)}
        aria-label=${this.t("actions.reaction", { emoji, count })} @pointerenter=${this.#name} @focus=${this.#name}
        @click=${() => this.toggle(emoji)}>
      <span>${emoji}</span><span>${this.context.language.number(count)}</span>
    </button>`;
  }

  /** Adds an emoji of its user, or takes it back. @param {string} emoji */
  async toggle(emoji) {
    const { barred } = this.conversation;
    if (barred) return this.context.toast(this.t(`barred.${barred}`, { room: this.room.info?.name }), true);
    const on = !this.#shown.find((reaction) => reaction.emoji === emoji)?.users.includes(this.#me);
    this.#want(emoji, on);
    try {
      await (on ? this.room.react(this.message.id, emoji) : this.room.unreact(this.message.id, emoji));
    } catch (error) {
      if (this.#wanted.get(emoji) === on) this.#want(emoji, null);
      this.context.fail(error);
    }
  }

  /** @param {string} emoji @param {boolean | null} on null: as the server tells */
  #want(emoji, on) {
    if (on === null) this.#wanted.delete(emoji);
    else this.#wanted.set(emoji, on);
    this.requestUpdate();
  }

  /** Says who reacted, once somebody wants to know. @param {{currentTarget: any}} event */
  #name({ currentTarget: chip }) {
    const { users = [], count = 0 } = this.#shown.find(({ emoji }) => emoji === chip.dataset.emoji) ?? {};
    const names = users.map((id) => (id === this.#me ? this.t("you") : this.conversation.nameOf(id))).slice(0, NAMED);
    const others = count - names.length;
    const more = others > 0 ? [this.t("actions.reaction.others", { count: others })] : [];
    chip.title = this.context.language.list([...names, ...more]);
  }

  get #shown() {
    return reacted(this.message.reactions ?? [], this.#wanted, this.#me);
  }

  get #me() {
    return this.conversation.me?.id ?? "";
  }
}

customElements.define("parley-reactions", Reactions);
