import { sentenceOf } from "../failures.js";
import { icon } from "../icons.js";
import { Part } from "../part.js";
import actions from "../styles/actions.js";
import composer from "../styles/composer.js";
import conversation from "../styles/conversation.js";
import files from "../styles/files.js";
import timeline from "../styles/timeline.js";
import { html, keyed, nothing } from "../vendor/lit.js";
import "./actions.js";
import "./composer.js";
import { Conversation } from "./conversation.js";
import "./head.js";
import { Keyboard } from "./keyboard.js";
import "./status.js";
import "./timeline.js";
import "./typing_line.js";

const FEW = 100; // members that are asked for at once: rooms with more are told neither of presence nor of readers

/** A room on the screen: `shown`, the SDK's; `back`, where it stands beside a list of rooms, leads there. */
class ConversationView extends Part {
  static properties = { shown: { attribute: false }, back: { attribute: false } };
  static sheets = [conversation, timeline, composer, files, actions];

  /** @type {(() => void) | null} */
  #stopRoom = null;

  /** @param {Map<string, unknown>} changed */
  willUpdate(changed) {
    if (changed.has("shown") || changed.has("context")) this.#enter();
  }

  disconnectedCallback() {
    super.disconnectedCallback();
    this.#stopRoom?.();
    this.#stopRoom = null;
  }

  attach() {
    if (!this.#stopRoom) this.#enter();
  }

  render() {
    const { conversation, context } = this;
    if (!conversation) return nothing;
    const { refusal, state } = conversation.room;
    if (refusal && state === "refused" && !conversation.room.messages.list.length) return this.#refused(refusal);
    return keyed(conversation, html`<section class="conversation" part="conversation" aria-labelledby="room-name">
      <div class="stage">
        <parley-head .context=${context} .conversation=${conversation} .back=${this.back}></parley-head>
        <parley-status .context=${context} .conversation=${conversation}></parley-status>
        <parley-timeline .context=${context} .conversation=${conversation}></parley-timeline>
        <parley-typing .context=${context} .conversation=${conversation}></parley-typing>
        <parley-composer .context=${context} .conversation=${conversation}></parley-composer>
        <parley-actions .context=${context} .conversation=${conversation}></parley-actions>
      </div>
      ${this.#panel()}
      <parley-viewer .context=${context} .conversation=${conversation}></parley-viewer>
    </section>`);
  }

  #panel() {
    const { conversation, context } = this;
    switch (conversation.panel?.kind) {
      case "thread": return html`<parley-thread-panel .context=${context} .conversation=${conversation}
        .parent=${conversation.panel.id}></parley-thread-panel>`;
      case "search": return html`<parley-search-panel .context=${context} .conversation=${conversation}>
        </parley-search-panel>`;
      case "pins": return html`<parley-pins-panel .context=${context} .conversation=${conversation}>
        </parley-pins-panel>`;
      case "members": return html`<parley-members-panel .context=${context} .conversation=${conversation}>
        </parley-members-panel>`;
      case "room": return html`<parley-room-panel .context=${context} .conversation=${conversation}>
        </parley-room-panel>`;
      default: return nothing;
    }
  }

  /** @param {import("../../sdk/errors.js").ParleyError} refusal */
  #refused(refusal) {
    return html`<section class="conversation" part="conversation">
      <div class="failure" role="alert">${icon("alert")}
        <h2 aria-level=${this.level}>${sentenceOf(refusal, this.context.language)}</h2>
        ${this.back ? html`<p><button class="button" @click=${this.back}>${this.t("head.back")}</button></p>` : nothing}
      </div>
    </section>`;
  }

  /** Begins to show a room. */
  #enter() {
    this.#stopRoom?.();
    const room = this.shown;
    const conversation = new Conversation(this.context, room);
    const keyboard = new Keyboard(this, conversation);
    const stops = [
      conversation.on("change", () => this.#changed(conversation)),
      room.on("state", () => this.requestUpdate()),
      room.on("info", () => this.requestUpdate()),
      room.on("event", ({ type }) => {
        const mayAsk = room.info?.member || room.info?.kind !== "private";
        if (type.startsWith("member.") && conversation.members && mayAsk) this.#meet(conversation);
      }),
      () => keyboard.end(),
    ];
    this.#stopRoom = () => stops.forEach((stop) => stop());
    this.conversation = conversation;
    room.subscribe();
    if (room.messages.state === "empty") room.messages.loadLatest();
    this.#learn(conversation);
  }

  /** What stands beside the conversation or above it is loaded when it is wanted. @param {Conversation} conversation */
  #changed({ panel, viewing }) {
    this.requestUpdate();
    if (panel) this.context.attempt(import("./beside.js"));
    if (viewing) this.context.attempt(import("./viewer.js"));
  }

  /** @param {Conversation} conversation */
  async #learn(conversation) {
    const { room } = conversation;
    try {
      const { member_count: count } = room.info ?? (await room.load());
      if (count <= FEW) await this.#meet(conversation);
    } catch {
      // the room's state and the timeline tell
    }
  }

  /** @param {Conversation} conversation */
  #meet(conversation) {
    return conversation.loadMembers().catch(() => {});
  }
}

customElements.define("parley-conversation", ConversationView);
