import { avatar } from "../avatar.js";
import { sentenceOf } from "../failures.js";
import { icon } from "../icons.js";
import { Part } from "../part.js";
import { html, nothing } from "../vendor/lit.js";
import "./reactions.js";
import { richText } from "./rich_text.js";

/**
 * What somebody said: words, files, reactions, and what became of it.
 *
 * `unsent` is there while it is on its way; `readers` counts who has read as far as this; `members` are the
 * conversation's, whose names it shows.
 */
export class MessageView extends Part {
  static properties = {
    message: { attribute: false },
    unsent: { attribute: false },
    head: { attribute: false },
    tail: { attribute: false },
    own: { attribute: false },
    readers: { attribute: false },
    marked: { type: Boolean, reflect: true },
    inThread: { attribute: false },
    members: { attribute: false },
  };

  #said = /** @type {DocumentFragment | Node[]} */ ([]);

  /** @param {Map<string, unknown>} changed */
  willUpdate(changed) {
    const { message } = this;
    const before = /** @type {import("../../sdk/wire.js").Message | undefined} */ (changed.get("message"));
    const other = changed.has("message") && !(before && saysTheSame(before, message));
    if (other || (changed.has("members") && message.mentions?.length)) this.#said = [...this.#words().childNodes];
  }

  render() {
    const { message, own, head, tail, unsent } = this;
    const states = [own && "own", head && "head", tail && "tail", message.deleted && "gone", unsent?.state];
    const name = own ? this.t("you") : message.user ? message.user.name || message.user.id : this.t("nobody");
    return html`<article class="message ${states.filter(Boolean).join(" ")}" part="message ${own ? "own" : ""}"
      tabindex="-1" aria-label=${this.t("message.by", { name, time: this.context.language.time(message.created_at) })}>
      ${avatar(message.user)}
      <header class="said">
        <bdi class="author">${name}</bdi>
        ${this.#time()}
        ${message.edited_at && !message.deleted ? this.#edited(message.edited_at) : nothing}
        ${message.pinned_at ? this.#pinned() : nothing}
      </header>
      <div class="content">
        ${message.quote ? this.#quote(message.quote) : nothing}
        ${this.#bubble()}
        ${this.#files()}
      </div>
      ${message.deleted || unsent ? nothing : this.#reactions()}
      ${message.reply_count && !this.inThread ? this.#thread() : nothing}
      ${this.#fate()}
    </article>`;
  }

  #words() {
    const { conversation, message } = this;
    const gone = { ...message, text: this.t("message.deleted"), html: null, mentions: [] };
    const people = { nameOf: (/** @type {string} */ id) => conversation.nameOf(id), me: conversation.me?.id };
    return richText(message.deleted ? gone : message, people);
  }

  #time() {
    const { created_at: at } = this.message;
    const { language } = this.context;
    return html`<time datetime=${at} title=${language.fullTime(at)}>${language.time(at)}</time>`;
  }

  /** What it said before is for its author and for moderators. @param {string} at */
  #edited(at) {
    const title = this.context.language.fullTime(at);
    const words = this.t("message.edited");
    if (!this.own && !this.conversation.moderates) return html`<span class="edited" title=${title}>${words}</span>`;
    return html`<button class="edited" data-action="edits" title=${title}>${words}</button>`;
  }

  #pinned() {
    return html`<span class="pinned">${icon("pin")}<span>${this.t("message.pinned")}</span></span>`;
  }

  #bubble() {
    const { message } = this;
    if (!message.text && !message.deleted) return nothing;
    return html`<div class="bubble ${message.html ? "rich" : ""}" part="bubble" dir="auto">${this.#said}</div>`;
  }

  /** @param {import("../../sdk/wire.js").Quote} quote */
  #quote({ seq, user, text }) {
    return html`<button class="quote" title=${this.t("message.quoted")} @click=${() => this.conversation.jump(seq)}>
      <bdi>${user?.name ?? this.t("nobody")}</bdi><span dir="auto">${this.conversation.named(text)}</span>
    </button>`;
  }

  #files() {
    const attachments = this.unsent?.attachments ?? this.message.attachments ?? [];
    if (!attachments.length || this.message.deleted) return nothing;
    this.context.attempt(import("./attachments.js"));
    return html`<parley-attachments .context=${this.context} .conversation=${this.conversation}
      .attachments=${attachments} .unsent=${this.unsent}></parley-attachments>`;
  }

  #reactions() {
    return html`<parley-reactions .context=${this.context} .conversation=${this.conversation} .message=${this.message}>
      </parley-reactions>`;
  }

  #thread() {
    const { id, reply_count: count, last_repliers: repliers = [] } = this.message;
    return html`<button class="replies" @click=${() => this.conversation.open("thread", id)}>
      ${repliers.slice(0, 3).map((replier) => avatar({ id: replier, name: this.conversation.nameOf(replier) }))}
      <span>${this.t("message.replies", { count })}</span>
    </button>`;
  }

  #fate() {
    const { unsent, readers, message } = this;
    if (!unsent) return readers ? this.#read(readers) : nothing;
    if (unsent.state !== "failed") {
      const waiting = this.client.connection.state === "open" ? "message.sending" : "message.waiting";
      return html`<p class="fate">${icon("clock")}<span>${this.t(waiting)}</span></p>`;
    }
    const { outbox } = this.room;
    return html`<p class="fate problem">${icon("alert")}
      <span>${this.t("message.failed", { reason: sentenceOf(unsent.error, this.context.language) })}</span>
      <button class="link" @click=${() => outbox.retry(message.client_id)}>${this.t("retry")}</button>
      <button class="link" @click=${() => outbox.discard(message.client_id)}>${this.t("message.discard")}</button>
    </p>`;
  }

  /** @param {number} count */
  #read(count) {
    const { language } = this.context;
    const ids = this.room.reads.by(this.message.seq).slice(0, 3);
    const names = language.list(ids.map((id) => this.conversation.nameOf(id)));
    const more = count > 3 ? ` +${language.number(count - 3)}` : "";
    const words = this.t("message.read", { names: names + more, count });
    return html`<p class="fate read" title=${words}>${icon("checks")}<span class="unseen">${words}</span></p>`;
  }
}

/**
 * @param {import("../../sdk/wire.js").Message} one
 * @param {import("../../sdk/wire.js").Message} other
 */
function saysTheSame(one, other) {
  return one.text === other.text && one.html === other.html && one.deleted === other.deleted
    && one.mentions?.length === other.mentions?.length;
}

customElements.define("parley-message", MessageView);
