import { avatar } from "../avatar.js";
import { icon } from "../icons.js";
import { Part } from "../part.js";
import { html, nothing } from "../vendor/lit.js";

/** Above the timeline: which room this is, and what can be opened beside it. `back` leads to the list of rooms. */
class Head extends Part {
  static paced = true;
  static properties = { back: { attribute: false } };

  attach() {
    this.follow(this.room, "info");
    this.follow(this.room, "presence");
    this.follow(this.conversation, "change");
  }

  render() {
    const { info, id } = this.room;
    const name = info?.name || id;
    return html`<header class="room-head" part="head">
      ${this.back ? html`<button class="icon-button back" aria-label=${this.t("head.back")} @click=${this.back}>
        ${icon("back")}</button>` : nothing}
      ${info?.kind === "direct" ? avatar({ id, name })
        : html`<span class="glyph">${icon(info?.kind === "private" ? "lock" : "hash")}</span>`}
      <div class="room-title">
        <h2 id="room-name" aria-level=${this.level}><bdi>${name}</bdi></h2>
        ${this.#below()}
      </div>
      ${this.#button("search", "search", "head.search")}
      ${this.#button("pins", "pin", "head.pins")}
      ${info?.kind === "direct" ? nothing : this.#button("members", "people", "head.members")}
      ${this.#button("room", "settings", "head.room")}
    </header>`;
  }

  #below() {
    const { info } = this.room;
    if (info?.kind === "direct") return nothing;
    if (info?.topic) return html`<p class="topic" title=${info.topic}><bdi>${info.topic}</bdi></p>`;
    const { member_count: count } = info ?? {};
    return count ? html`<p class="topic">${this.t("head.count", { count })}</p>` : nothing;
  }

  /**
   * @param {"search" | "pins" | "members" | "room"} kind
   * @param {import("../icons.js").IconName} picture
   * @param {string} key of its label
   */
  #button(kind, picture, key) {
    const open = this.conversation.panel?.kind === kind;
    const toggle = () => (open ? this.conversation.closePanel() : this.conversation.open(kind));
    return html`<button class="icon-button" aria-label=${this.t(key)} title=${this.t(key)} aria-expanded=${open}
      data-panel=${kind} @click=${toggle}>${icon(picture)}</button>`;
  }
}

customElements.define("parley-head", Head);
