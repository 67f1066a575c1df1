import { avatar } from "../avatar.js";
import { sentenceOf } from "../failures.js";
import { icon } from "../icons.js";
import { Part } from "../part.js";
import { html, nothing, repeat } from "../vendor/lit.js";
import { announcing, Arrivals } from "./arrivals.js";
import "./message.js";
import { noticeOf } from "./notice.js";
import { Reading } from "./reading.js";
import { itemsOf, rowsOf } from "./rows.js";
import { Scrolling } from "./scrolling.js";
import { Window } from "./window.js";

const KEPT = 2_000; // messages held while one reads at the end
const MARKED = 2_500; // ms
const FEW = 20; // items below which more is asked for, for replies are shown in their threads

/** The conversation itself: as much of it as is near what is being read, older and newer as one scrolls. */
class Timeline extends Part {
  static paced = true;

  #window = new Window();
  #items = /** @type {import("./rows.js").Item[]} */ ([]);
  #reading = /** @type {Reading} */ (/** @type {unknown} */ (null));
  #scrolling = /** @type {Scrolling} */ (/** @type {unknown} */ (null));
  #arrivals = new Arrivals(announcing(this, (name, text) => this.t("said", { name, text })));
  #olderFailed = false;
  #begun = false;
  #aim = /** @type {number | null} */ (null);
  #unmarking = 0;
  #midnight = 0;

  /** Whether the latest message is in view, as far as the view shows it. */
  get atEnd() {
    return this.#begun && this.#scrolling.held && this.#isWhole;
  }

  get #isWhole() {
    return this.#window.follows && !this.room.messages.newer;
  }

  attach() {
    const { room } = this;
    const box = /** @type {HTMLElement} */ (this.querySelector(".timeline"));
    this.#scrolling = new Scrolling(box, () => this.#moved(), () => this.#isWhole);
    this.#reading = new Reading(room, () => this.atEnd);
    this.listen(box, "scroll", () => this.#scrolling.settle());
    this.listen(window, "focus", () => this.#reading.settle());
    this.listen(document, "visibilitychange", () => this.#reading.settle());
    this.follow(room.messages, "change");
    this.follow(room.outbox, "change");
    this.follow(room, "info");
    this.follow(room, "read");
    this.follow(room, "event", (event) => this.#heard(event));
    this.follow(this.conversation, "members");
    this.follow(this.conversation, "jump", ({ seq }) => this.#jump(seq));
    const size = new ResizeObserver(() => this.#scrolling.restore());
    size.observe(box);
    size.observe(/** @type {Element} */ (this.querySelector(".messages"))); // messages render after the timeline
    this.#awaitMidnight();
    this.whenGone(() => {
      size.disconnect();
      clearTimeout(this.#midnight);
      clearTimeout(this.#unmarking);
      this.#reading.end();
      this.#arrivals.end();
      this.#begun = false;
    });
    this.requestUpdate();
  }

  willUpdate() {
    const { messages, outbox } = this.room;
    if (messages.state !== "ready") {
      this.#items = [];
      return;
    }
    this.#items = itemsOf(messages.list, messages.newer ? [] : outbox.list, this.conversation.me);
    if (!this.#begun && this.#reading) this.#begin();
    this.#approach();
    this.#scrolling?.remember();
  }

  render() {
    const { messages } = this.room;
    const reader = { me: this.conversation.me, unreadAfter: this.#reading?.unreadAfter ?? null };
    const rows = rowsOf(this.#window.of(this.#items, this.#scrolling?.held ?? true), reader);
    const waiting = messages.state === "empty" || messages.state === "loading";
    return html`
      <div class="timeline" part="timeline" role="log" tabindex="0" aria-live="off" aria-busy=${waiting}
        aria-label=${this.t("timeline.label", { room: this.room.info?.name ?? this.room.id })}>
        ${waiting ? skeleton(this.t("timeline.loading")) : nothing}
        ${messages.state === "failed" ? this.#failure() : nothing}
        ${messages.state === "ready" ? this.#top() : nothing}
        <div class="messages">${repeat(rows, ({ key }) => key, (row) => this.#row(row))}</div>
      </div>
      ${this.#jumpButton()}`;
  }

  async updated() {
    if (!this.#begun) return;
    await this.#rendered();
    this.#scrolling.restore();
    this.#arrive();
    this.#fill();
    this.#reading.settle();
  }

  /** The messages render after the timeline; before that they have no heights to scroll by. */
  #rendered() {
    const messages = /** @type {Part[]} */ ([...this.querySelectorAll("parley-message")]);
    return Promise.all(messages.map(({ updateComplete }) => updateComplete));
  }

  /** The first time that there is something to show. */
  #begin() {
    this.#begun = true;
    this.#reading.begin();
    this.#window.toEnd(this.#items);
  }

  /** @param {import("./rows.js").Row} row */
  #row(row) {
    if (row.kind === "day") return html`<p class="day"><span>${this.context.language.day(row.at)}</span></p>`;
    if (row.kind === "unread") return html`<p class="unread"><span>${this.t("timeline.new")}</span></p>`;
    const { context, conversation } = this;
    const { head, message, seq, tail, unsent } = row;
    if (row.kind === "notice") {
      return html`<p class="notice" data-seq=${seq}>${noticeOf(message, context.language)}</p>`;
    }
    return html`<parley-message .context=${context} .conversation=${conversation} .message=${message} .unsent=${unsent}
      .head=${head} .tail=${tail} .own=${conversation.isMine(message)} .readers=${this.#readers(row)}
      .members=${conversation.members} ?marked=${seq === conversation.marked} data-seq=${seq}></parley-message>`;
  }

  /**
   * How many have read as far as this one of its user's: told where they end in a row.
   * @param {import("./rows.js").Line} row
   */
  #readers({ message, unsent, tail }) {
    if (unsent || !tail || !this.conversation.isMine(message)) return 0;
    return this.room.reads.by(message.seq).length;
  }

  #top() {
    const { messages } = this.room;
    if (messages.older) {
      return this.#olderFailed
        ? html`<p class="older">${this.t("timeline.older.failed")}
          <button class="link" @click=${this.#older}>${this.t("retry")}</button></p>`
        : html`<p class="older" aria-hidden="true"><span class="spinner"></span></p>`;
    }
    const { info } = this.room;
    const other = { id: this.room.id, name: info?.name ?? this.room.id };
    return html`<div class="beginning">
      ${info?.kind === "direct" ? avatar(other) : icon("talk")}
      <h2>${this.t("timeline.beginning", { room: other.name })}</h2>
      ${this.#items.length ? nothing : html`<p>${this.context.appearance.welcome || this.t("timeline.empty")}</p>`}
    </div>`;
  }

  #failure() {
    return html`<div class="failure" role="alert">
      ${icon("alert")}
      <h2>${this.t("timeline.failed")}</h2>
      <p>${sentenceOf(this.room.messages.error, this.context.language)}</p>
      <p><button class="button" @click=${() => this.room.messages.loadLatest()}>${this.t("retry")}</button></p>
    </div>`;
  }

  #jumpButton() {
    if (!this.#begun || (this.#scrolling.away < 1 && this.#isWhole)) return nothing;
    const count = this.#unseen();
    const words = count ? this.t("timeline.jump.count", { count }) : this.t("timeline.jump");
    return html`<button class="jump" part="jump" @click=${this.toEnd}><span>${words}</span>${icon("down")}</button>`;
  }

  #unseen() {
    const { unreadAfter } = this.#reading;
    if (unreadAfter === null) return this.room.messages.missed;
    const here = this.#items.filter(({ seq, message: { kind, user } }) => {
      return seq > unreadAfter && kind === "message" && user?.id !== this.conversation.me?.id;
    });
    return here.length + this.room.messages.missed;
  }

  /** To the latest message, wherever one is. */
  async toEnd() {
    const { messages } = this.room;
    const near = this.#isWhole;
    if (messages.newer) await messages.loadLatest();
    this.#window.toEnd(this.#items);
    this.#scrolling.held = true;
    this.requestUpdate();
    await this.updateComplete;
    this.#scrolling.toEnd(near && this.#scrolling.away < 6 ? "smooth" : "instant");
    this.conversation.write();
  }

  #moved() {
    const { messages } = this.room;
    if (messages.state !== "ready") return;
    const moves = this.#scrolling.nearTop ? this.#window.back(this.#items) : false;
    if (this.#scrolling.nearTop && !moves) this.#older();
    if (this.#scrolling.nearEnd && !this.#window.follows) this.#window.forward(this.#items);
    if (this.#scrolling.nearEnd && this.#window.follows) messages.loadNewer().catch(() => {});
    if (this.atEnd) messages.trim(KEPT);
    this.#reading.settle();
    this.requestUpdate();
  }

  #older() {
    const { messages } = this.room;
    if (!messages.older) return;
    this.#olderFailed = false;
    messages.loadOlder().catch((error) => {
      this.#olderFailed = error.code !== "aborted";
      this.requestUpdate();
    });
  }

  /** Where replies fill the pages, one page is not enough to scroll in. */
  #fill() {
    if (this.#items.length < FEW && this.room.messages.older && !this.#olderFailed) this.#older();
  }

  /** @param {number} seq */
  #jump(seq) {
    this.#scrolling.held = false;
    this.#aim = seq;
    this.requestUpdate();
    clearTimeout(this.#unmarking);
    this.#unmarking = setTimeout(() => {
      this.conversation.unmark();
      this.requestUpdate();
    }, MARKED);
  }

  /** What a jump leads to is among what is rendered. */
  #approach() {
    if (this.#aim === null || this.#lineOf(this.#aim)) return;
    if (this.#items.some(({ seq }) => seq === this.#aim)) this.#window.around(this.#items, this.#aim);
    else this.#aim = null; // it is not shown here
  }

  /** Where a jump led, now that it is in the document. */
  #arrive() {
    const line = this.#aim === null ? null : this.#lineOf(this.#aim);
    if (!line) return;
    this.#aim = null;
    this.#scrolling.toLine(line);
    /** @type {HTMLElement | null} */ (line.querySelector("[tabindex]"))?.focus({ preventScroll: true });
  }

  /** @param {number} seq */
  #lineOf(seq) {
    return this.querySelector(`[data-seq="${seq}"]`);
  }

  /** @param {import("../../sdk/wire.js").RoomEvent} event */
  #heard(event) {
    this.#reading.hear(event);
    const { type, message } = event;
    if (type !== "message.created" || !message || message.parent) return;
    if (this.conversation.isMine(message)) this.#scrolling.held = true;
    else this.#arrivals.hear(message);
  }

  /** The words for a day change when it ends. */
  #awaitMidnight() {
    const now = new Date();
    const next = new Date(now.getFullYear(), now.getMonth(), now.getDate() + 1).getTime() - now.getTime();
    this.#midnight = setTimeout(() => {
      this.requestUpdate();
      this.#awaitMidnight();
    }, next);
  }
}

/** @param {string} label */
function skeleton(label) {
  return html`<div class="skeleton"><span class="unseen">${label}</span>
    <i></i><i></i><i></i><i></i><i></i><i></i></div>`;
}

customElements.define("parley-timeline", Timeline);
