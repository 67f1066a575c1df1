import { sentenceOf } from "../failures.js";
import { icon } from "../icons.js";
import { keep, recall } from "../local.js";
import { Part } from "../part.js";
import { createRef, html, nothing, ref } from "../vendor/lit.js";
import "./barred_bar.js";
import { Drafts } from "./drafts.js";
import "./emoji_button.js";
import { formattingBar, keepFocus } from "./formatting_bar.js";
import { withNames } from "./mentions.js";
import { Pauses } from "./pauses.js";
import "./tray.js";
import "./writing_field.js";

const LONGEST = 8_000; // characters, as the server counts them: code points. Organisations may have another limit
const COUNTED_FROM = 7_500;
const EMPTY = { text: "", mentions: {} };
const TOUCH = globalThis.matchMedia?.("(pointer: coarse)");

/** @typedef {import("../../sdk/wire.js").Message} Message */

/** Where one writes into a room, or with `thread` (the SDK's) into the thread below a message. */
class Composer extends Part {
  static properties = { thread: { attribute: false } };

  #field = /** @type {import("../vendor/lit.js").Ref<import("./writing_field.js").WritingField>} */ (createRef());
  #tray = /** @type {import("../vendor/lit.js").Ref<import("./tray.js").Tray>} */ (createRef());
  #pauses = new Pauses();
  #drafts = /** @type {Drafts | null} */ (null);
  #edited = /** @type {Message | null} */ (null);
  #saving = false;
  #problem = "";
  #formats = recall("formats") === true;

  attach() {
    const { room, conversation } = this;
    this.follow(conversation, "change", () => this.#turn());
    this.follow(conversation, "write", () => this.#focus());
    this.follow(room, "info");
    this.follow(room, "state");
    this.follow(room, "message.created", ({ message }) => this.#pause(message));
    this.follow(room, "message.updated", ({ message }) => this.#overtaken(message));
    this.follow(room, "message.deleted", ({ message }) => this.#overtaken(message));
    this.follow(room.outbox, "held", (held) => this.#hold(held));
    this.follow(this.#pauses, "change");
    this.follow(this.client, "hello", () => { if (!this.#drafts) this.#restore(); });
    this.whenGone(() => {
      this.#pauses.end();
      room.typing.stop();
    });
  }

  /** @param {Map<string, unknown>} changed */
  async updated(changed) {
    if (!changed.has("thread") && !changed.has("conversation")) return;
    await this.#field.value?.updateComplete;
    this.#restore();
    this.#turn();
  }

  render() {
    const { context, conversation, room, thread } = this;
    const { barred } = conversation;
    const label = thread ? this.t("composer.reply") : this.t("composer.message", { room: room.info?.name || room.id });
    return html`
      <parley-barred .context=${context} .conversation=${conversation} .reason=${barred}></parley-barred>
      <form class="composer" part="composer" ?hidden=${barred} @submit=${this.#submitted} @keydown=${this.#pressed}
          @parley-tray-change=${() => this.requestUpdate()}>
        ${this.#subject()}
        ${this.#note()}
        <div class="field ${this.#edited ? "editing" : ""}" part="field">
          ${this.#formats ? this.#formattingBar() : nothing}
          <parley-tray .context=${context} .conversation=${conversation} .thread=${thread?.id} ?hidden=${this.#edited}
            ${ref(this.#tray)}></parley-tray>
          <parley-writing-field .context=${context} .conversation=${conversation} .label=${label} ${ref(this.#field)}
            @parley-written=${this.#written} @parley-enter=${this.#submit}></parley-writing-field>
          <div class="tools">
            <parley-emoji-button .context=${context} .label=${this.t("composer.emoji")}
              @parley-emoji=${this.#insert}></parley-emoji-button>
            ${this.#formatsButton()}
            ${this.#edited ? this.#savers() : this.#sender()}
          </div>
        </div>
        ${this.#count()}
      </form>`;
  }

  // What is shown

  /** What is edited or quoted. */
  #subject() {
    const quoted = this.#quoted;
    const message = this.#edited ?? quoted;
    if (!message) return nothing;
    const name = message.user?.name || message.user?.id || this.t("nobody");
    const undo = this.t(quoted ? "composer.unquote" : "cancel");
    return html`<div class="subject" part="subject">
      ${icon(quoted ? "reply" : "edit")}
      <span class="subject-label">${this.t(quoted ? "composer.quoted" : "composer.edited", { name })}</span>
      ${quoted ? html`<bdi class="subject-text">${this.#summary(quoted)}</bdi>` : nothing}
      <button type="button" class="icon-button" aria-label=${undo} title=${undo} @click=${this.#callOff}>
        ${icon("close")}
      </button>
    </div>`;
  }

  /** @param {Message} message */
  #summary(message) {
    return this.#wording(message).text || message.attachments?.[0]?.name;
  }

  #note() {
    if (this.#problem) return html`<p class="note problem" part="problem">${this.#problem}</p>`;
    return this.#pauses.held ? html`<p class="note">${this.#waiting()}</p>` : nothing;
  }

  #waiting() {
    const { error, held } = this.#pauses;
    const reason = sentenceOf(Object.assign(Object.create(error), { retryAfter: held }), this.context.language);
    return `${reason} ${this.t("composer.held")}`;
  }

  #formatsButton() {
    const label = this.t("composer.formats");
    return html`<button type="button" class="icon-button formats" aria-label=${label} title=${label}
      aria-pressed=${this.#formats} @mousedown=${keepFocus} @click=${this.#toggleFormats}>
      <span aria-hidden="true">Aa</span>
    </button>`;
  }

  #formattingBar() {
    return formattingBar((key) => this.t(key), (format) => this.#field.value?.format(format));
  }

  #sender() {
    const wait = this.#pauses.slow;
    const label = wait ? this.t("error.slow_mode.wait", { count: wait }) : this.t("composer.send");
    return html`<button class="send" part="send" aria-label=${label} title=${label} ?disabled=${!this.#ready}
      @mousedown=${keepFocus}>
      ${wait ? html`<span aria-hidden="true">${this.context.language.number(wait)}</span>` : icon("send")}
    </button>`;
  }

  #savers() {
    return html`<button type="button" class="button" @click=${this.#callOff}>${this.t("cancel")}</button>
      <button class="button primary" ?disabled=${!this.#ready}>${this.t("save")}</button>`;
  }

  #count() {
    const left = LONGEST - this.#length;
    if (left > LONGEST - COUNTED_FROM) return nothing;
    const words = this.t(left < 0 ? "composer.over" : "composer.left", { count: Math.abs(left) });
    return html`<output class="count ${left < 0 ? "over" : ""}">${words}</output>`;
  }

  // What it is about

  get #text() {
    return this.#field.value?.hasUpdated ? this.#field.value.text : "";
  }

  get #length() {
    const text = this.#text;
    return text.length < COUNTED_FROM ? text.length : [...text].length;
  }

  /** Whether what is written can be sent or saved now. */
  get #ready() {
    const length = this.#length;
    if (length > LONGEST) return false;
    const { deleted, attachments = [] } = this.#edited ?? {};
    if (this.#edited) return !this.#saving && !deleted && length + attachments.length > 0;
    const { count = 0, busy = false } = this.#tray.value ?? {};
    return length + count > 0 && !busy && !this.#pauses.slow;
  }

  get #quoted() {
    const { quoted } = this.conversation;
    return quoted && this.#concerns(quoted) ? quoted : null;
  }

  /** Whether a message is this composer's to quote and edit, and not an open thread's. @param {Message} message */
  #concerns({ parent }) {
    if (this.thread) return parent === this.thread.id;
    const { panel } = this.conversation;
    return !parent || panel?.kind !== "thread" || panel.id !== parent;
  }

  /** Begins or ends to edit, as the conversation says. */
  #turn() {
    const { edited } = this.conversation;
    const mine = edited && this.#concerns(edited) ? edited : null;
    if (mine?.id !== this.#edited?.id) {
      this.#edited = mine;
      this.#problem = "";
      this.#saving = false;
      this.#write(mine ? this.#wording(mine) : (this.#drafts?.load() ?? EMPTY));
    }
    this.requestUpdate();
  }

  /** A message as it is written. @param {Message} message */
  #wording({ text, mentions = [] }) {
    return withNames(text, mentions.map((id) => ({ id, name: this.conversation.nameOf(id) })));
  }

  /** What was written here before; what is written already stays. */
  #restore() {
    const { me } = this.client;
    if (!me || !this.#field.value) return;
    const first = !this.#drafts;
    this.#drafts = new Drafts(this.room, me.id, this.thread?.id);
    if (this.#edited) return;
    if (first && this.#text) this.#drafts.save(this.#field.value.draft);
    else this.#write(this.#drafts.load());
  }

  /** @param {import("./drafts.js").Draft} draft */
  #write(draft) {
    if (this.#field.value) this.#field.value.draft = draft;
    this.requestUpdate();
  }

  /** What is being edited has changed meanwhile. @param {Message} message */
  #overtaken(message) {
    if (message.id !== this.#edited?.id || this.#saving) return;
    if (message.deleted) this.#tell(this.t("message.deleted"));
    else if (message.text !== this.#edited.text) this.#tell(this.t("composer.overtaken"));
    this.#edited = message;
  }

  /** @param {string} problem */
  #tell(problem) {
    this.#problem = problem;
    this.context.announce(problem);
    this.requestUpdate();
  }

  // Writing

  #written() {
    const draft = /** @type {import("./drafts.js").Draft} */ (this.#field.value?.draft);
    this.#problem = "";
    if (!this.#edited) this.#drafts?.save(draft);
    if (draft.text.trim()) this.room.typing.start();
    else this.room.typing.stop();
    this.requestUpdate();
  }

  /** What the field has no use for. @param {KeyboardEvent} event */
  #pressed(event) {
    const { key, shiftKey, altKey, ctrlKey, metaKey, target } = event;
    if (shiftKey || altKey || ctrlKey || metaKey || !(target instanceof HTMLTextAreaElement)) return;
    const last = key === "ArrowUp" ? this.#last : null;
    if (key === "Escape" && (this.#edited || this.#quoted)) this.#callOff();
    else if (last) this.conversation.edit(last);
    else return;
    event.preventDefault();
    event.stopPropagation();
  }

  /** What its user said last, to be edited while nothing is written. @returns {Message | undefined} */
  get #last() {
    if (this.#field.value?.draft.text || this.#edited || this.#tray.value?.count) return undefined;
    /** @type {Message[]} */
    const said = this.thread?.list ?? this.room.messages.list.filter(({ parent }) => !parent);
    return said.findLast((message) => this.conversation.isMine(message) && !message.deleted && message.text);
  }

  /** @param {CustomEvent<{emoji: string}>} event */
  #insert({ detail: { emoji } }) {
    this.#field.value?.insert(emoji);
  }

  #toggleFormats() {
    this.#formats = !this.#formats;
    keep("formats", this.#formats || null);
    this.requestUpdate();
  }

  async #focus() {
    const { edited, quoted } = this.conversation;
    const subject = edited ?? quoted;
    if (subject ? !this.#concerns(subject) : this.thread || TOUCH.matches) return; // there it would raise the keyboard
    await this.updateComplete;
    this.#field.value?.focus();
  }

  // Sending

  /** @param {Event} event */
  #submitted(event) {
    event.preventDefault();
    this.#submit();
  }

  #submit() {
    const wait = this.#edited ? 0 : this.#pauses.slow;
    if (wait) this.context.announce(this.t("error.slow_mode.wait", { count: wait }));
    if (!this.#ready) return;
    if (this.#edited) this.#save(this.#edited);
    else this.#send();
  }

  #send() {
    const quoted = this.#quoted;
    (this.thread ?? this.room).send(this.#text, { quote: quoted?.id, attachments: this.#tray.value?.files });
    this.#tray.value?.clear();
    this.#drafts?.save(EMPTY);
    this.#write(EMPTY);
    this.room.typing.stop();
    if (quoted) this.conversation.quote(null);
  }

  /** @param {Message} message */
  async #save(message) {
    const text = this.#text;
    if (text === message.text) return this.conversation.edit(null);
    this.#saving = true;
    this.requestUpdate();
    try {
      await this.room.edit(message.id, { text });
      if (this.#edited?.id === message.id) this.conversation.edit(null);
    } catch (error) {
      if (this.#edited?.id === message.id) this.#tell(sentenceOf(error, this.context.language));
    }
    this.#saving = false;
    this.requestUpdate();
  }

  #callOff() {
    if (this.#edited) this.conversation.edit(null);
    else this.conversation.quote(null);
  }

  // Waiting

  /** In slow mode members wait after each message of theirs. @param {Message} message */
  #pause(message) {
    const { slow_seconds: pause = 0, role } = this.room.info ?? {};
    if (pause && role === "member" && this.conversation.isMine(message)) this.#pauses.wrote(message.created_at, pause);
  }

  /** @param {{retryAfter: number, error: any}} held */
  #hold(held) {
    this.#pauses.hold(held);
    this.context.announce(this.#waiting());
  }
}

customElements.define("parley-composer", Composer);
