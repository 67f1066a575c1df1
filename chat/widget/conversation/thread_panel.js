import { sentenceOf } from "../failures.js";
import { html, nothing, repeat } from "../vendor/lit.js";
import { announcing, Arrivals } from "./arrivals.js";
import "./composer.js";
import "./message.js";
import { Panel } from "./panel.js";
import { messageOf, rowsOf } from "./rows.js";

const NEAR = 80; // px to the end within which one reads at the end

/** A message and the replies to it: `parent` is the message's id. */
class ThreadPanel extends Panel {
  static properties = { parent: { attribute: false } };

  #thread = /** @type {import("../../sdk/thread.js").Thread | null} */ (null);
  #arrivals = new Arrivals(announcing(this, (name, text) => this.t("thread.new", { name, text })));
  #stop = () => {};
  #held = true;
  #begun = false;
  #count = 0;
  #unsent = 0;

  /** @param {Map<string, unknown>} changed */
  willUpdate(changed) {
    if (changed.has("parent") || changed.has("conversation")) this.#enter();
    const list = /** @type {HTMLElement | null} */ (this.querySelector(".thread"));
    if (list) this.#held = list.scrollHeight - list.scrollTop - list.clientHeight < NEAR;
    const { length: unsent } = this.#thread?.unsent ?? [];
    if (unsent > this.#unsent) this.#held = true; // whoever writes wants to see it
    this.#unsent = unsent;
  }

  disconnectedCallback() {
    super.disconnectedCallback();
    this.#stop();
    this.#arrivals.end();
  }

  attach() {
    this.follow(this.room.outbox, "change");
    this.follow(this.conversation, "members");
    this.follow(this.room, "info");
  }

  heading() {
    return this.t("thread.heading");
  }

  body() {
    const thread = this.#thread;
    if (!thread) return nothing;
    const { context, conversation } = this;
    if (thread.state === "failed") return this.failure(sentenceOf(thread.error, context.language), () => thread.load());
    if (!thread.parent) return this.waiting();
    const { length: count } = thread.list;
    const [day, parent] = this.#rows([thread.parent], []);
    const replies = this.#rows(thread.list, thread.unsent);
    const sameDay = replies[0]?.key === day.key;
    return html`
      <div class="thread" part="thread" role="log" tabindex="0" aria-live="off" aria-label=${this.t("thread.label")}>
        <div class="messages">
          ${this.#row(day)}${this.#row(parent)}
          ${count ? html`<p class="thread-count"><span>${this.t("thread.replies", { count })}</span></p>` : nothing}
          ${repeat(sameDay ? replies.slice(1) : replies, ({ key }) => key, (row) => this.#row(row))}
        </div>
      </div>
      <parley-composer .context=${context} .conversation=${conversation} .thread=${thread}></parley-composer>`;
  }

  updated() {
    const list = /** @type {HTMLElement | null} */ (this.querySelector(".thread"));
    if (list && this.#held) list.scrollTop = list.scrollHeight;
    if (list && !this.#begun) this.#write();
  }

  /** Whoever opens a thread wants to reply; where that would raise a keyboard on the screen, they say so. */
  async #write() {
    this.#begun = true;
    const composer = /** @type {Panel | null} */ (this.querySelector("parley-composer"));
    await composer?.updateComplete;
    if (matchMedia("(pointer: fine)").matches) composer?.querySelector("textarea")?.focus();
  }

  /** @param {import("../../sdk/wire.js").Message[]} messages @param {import("../../sdk/outbox.js").Unsent[]} unsent */
  #rows(messages, unsent) {
    const { me } = this.conversation;
    const stored = messages.map((message) => ({ key: message.client_id ?? message.id, seq: message.seq, message }));
    const underway = unsent.map((one) => (
      { key: one.clientId, seq: Infinity, message: messageOf(one, me), unsent: one }
    ));
    return rowsOf([...stored, ...underway], { me, unreadAfter: null });
  }

  /** @param {import("./rows.js").Row} row */
  #row(row) {
    if (row.kind === "day") return html`<p class="day"><span>${this.context.language.day(row.at)}</span></p>`;
    if (row.kind !== "message") return nothing;
    const { context, conversation } = this;
    return html`<parley-message .context=${context} .conversation=${conversation} .message=${row.message}
      .unsent=${row.unsent} .head=${row.head} .tail=${row.tail} .own=${conversation.isMine(row.message)}
      .inThread=${true} .members=${conversation.members} data-seq=${row.seq}></parley-message>`;
  }

  #enter() {
    this.#stop();
    this.#arrivals.end();
    const thread = this.room.thread(this.parent);
    const stop = thread.on("change", () => this.#changed());
    this.#stop = () => { stop(); thread.close(); };
    this.#thread = thread;
    this.#begun = false;
    this.#count = 0;
    thread.load();
  }

  #changed() {
    const { list = [], state } = this.#thread ?? {};
    const fresh = this.#count ? list.slice(this.#count) : [];
    for (const reply of fresh) if (!this.conversation.isMine(reply)) this.#arrivals.hear(reply);
    if (state === "ready" && !this.#count) this.context.announce(this.t("thread.replies", { count: list.length }));
    this.#count = list.length;
    this.requestUpdate();
  }
}

customElements.define("parley-thread-panel", ThreadPanel);
