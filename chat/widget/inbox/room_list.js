import { avatar } from "../avatar.js";
import { sentenceOf } from "../failures.js";
import { icon } from "../icons.js";
import { html, nothing, repeat } from "../vendor/lit.js";
import { countOf } from "./count.js";
import { openDialog } from "./dialogs.js";
import { InboxPart } from "./inbox_part.js";
import { grouped, lastLine, nameOf } from "./listing.js";

const OFFERED = 5; // rooms to join that stand in the list; the others are browsed

/**
 * The rooms of an inbox, the latest active first, with what is unread in them.
 * @typedef {import("./listing.js").RoomInfo} RoomInfo
 * @typedef {{current: boolean, peer?: import("../../sdk/wire.js").Member, online?: boolean}} Shown
 */
class RoomList extends InboxPart {
  static paced = true;
  static properties = { sought: { state: true } };

  constructor() {
    super();
    this.sought = "";
  }

  attach() {
    super.attach();
    this.follow(this.inbox.rooms, "change");
  }

  /** The filter takes the focus. */
  seek() {
    this.querySelector("input")?.focus();
  }

  render() {
    return html`
      <label class="filter"><span class="unseen">${this.t("inbox.find")}</span>${icon("search")}
        <input type="search" placeholder=${this.t("inbox.find")} autocomplete="off" spellcheck="false"
          .value=${this.sought} @input=${this.#seek} @keydown=${this.#leaveFilter}>
      </label>
      <div class="rooms" part="rooms" @keydown=${this.#walk}>${this.#rooms()}</div>`;
  }

  #rooms() {
    const { state, error, list } = this.inbox.rooms;
    if (state === "loading") return html`<p class="side-empty" role="status">${this.t("loading")}</p>`;
    if (state === "failed") {
      return html`<div class="side-empty" role="alert"><p>${sentenceOf(error, this.context.language)}</p>
        <button class="button" @click=${() => this.inbox.rooms.refresh()}>${this.t("retry")}</button></div>`;
    }
    const { rooms, direct, open } = grouped(list, this.sought);
    const offered = this.sought ? open : open.slice(0, OFFERED);
    const none = !rooms.length && !direct.length && !open.length;
    return html`
      ${this.#group("rooms", rooms)}${this.#group("direct", direct)}${this.#group("open", offered)}
      ${open.length > offered.length ? this.#browse() : nothing}
      <p class="side-empty" role="status" ?hidden=${!none}>${none ? this.#nothing() : nothing}</p>`;
  }

  #browse() {
    const open = () => openDialog(this, "browse");
    return html`<button class="link browse-all" @click=${open}>${this.t("inbox.browse.all")}</button>`;
  }

  #nothing() {
    return this.sought ? this.t("inbox.none", { text: this.sought.trim() }) : this.t("inbox.empty");
  }

  /** @param {import("./listing.js").Group} group @param {RoomInfo[]} rooms */
  #group(group, rooms) {
    if (!rooms.length) return nothing;
    return html`<section class="group" data-group=${group}>
      <h2 id="group-${group}">${this.t(`inbox.group.${group}`)}</h2>
      <ul aria-labelledby="group-${group}">${repeat(rooms, ({ id }) => id, (room) => this.#item(room))}</ul>
    </section>`;
  }

  /** @param {RoomInfo} room */
  #item(room) {
    const { place, rooms } = this.inbox;
    const current = place.name === "room" && place.id === room.id;
    const peer = rooms.peer(room.id);
    const online = peer && (this.client.presence.of(peer.id)?.online ?? peer.online);
    const shown = { current, peer, online };
    return html`<li>${this.#row(room, shown)}</li>`;
  }

  /** @param {RoomInfo} room @param {Shown} shown */
  #row(room, shown) {
    const place = /** @type {const} */ ({ name: "room", id: room.id });
    const href = this.inbox.href(place);
    const here = shown.current ? "page" : nothing;
    const go = (/** @type {MouseEvent} */ event) => this.go(event, place);
    const marks = `row ${room.unread && !room.muted ? "fresh" : ""}`;
    const inside = this.#inside(room, shown);
    return href
      ? html`<a class=${marks} part="row" data-room=${room.id} aria-current=${here} href=${href} @click=${go}>
          ${inside}</a>`
      : html`<button class=${marks} part="row" data-room=${room.id} aria-current=${here} @click=${go}>
          ${inside}</button>`;
  }

  /** @param {RoomInfo} room @param {Shown} shown */
  #inside(room, shown) {
    const { last_message: last, muted } = room;
    const silent = html`${icon("silent")}<span class="unseen">${this.t("inbox.muted")}</span> `;
    return html`${this.#glyph(room, shown)}
      <span class="row-name" dir="auto">${nameOf(room)}</span>
      <span class="row-time">${muted ? silent : nothing}${last ? this.#time(last.created_at) : nothing}</span>
      <span class="row-last" dir="auto">${this.#last(room)}</span>
      <span class="row-badges">${this.#badges(room)}</span>`;
  }

  /** @param {RoomInfo} room @param {Shown} shown */
  #glyph(room, { peer, online }) {
    if (room.kind !== "direct") {
      return html`<span class="glyph">${icon(room.kind === "private" ? "lock" : "hash")}</span>`;
    }
    const dot = html`<span class="dot"><span class="unseen">${this.t("inbox.online")}</span></span>`;
    return html`<span class="portrait">
      ${avatar(peer ?? { id: room.id, name: nameOf(room) })}${online ? dot : nothing}</span>`;
  }

  /** @param {string} iso */
  #time(iso) {
    return html`<time datetime=${iso}>${this.context.language.briefTime(iso)}</time>`;
  }

  /** @param {RoomInfo} room */
  #last(room) {
    const line = lastLine(room, this.client.me?.name);
    if (!line) return room.topic;
    const text = this.inbox.rooms.names.named(line.text) || this.t("file");
    if (line.by === "nobody") return text;
    return this.t("said", { name: line.by === "you" ? this.t("you") : line.name, text });
  }

  /** @param {RoomInfo} room */
  #badges({ member, unread, mentions, muted }) {
    if (!member || !unread) return nothing;
    const named = this.#counter("@", this.t("inbox.mentions", { count: mentions }), false);
    const counted = this.#counter(countOf(unread), this.t("inbox.unread", { count: unread }), muted);
    return html`${mentions ? named : nothing} ${counted}`;
  }

  /** @param {string} shown @param {string} said @param {boolean} quiet */
  #counter(shown, said, quiet) {
    return html`<span class="counter ${quiet ? "quiet" : ""}" part="counter">
      <span aria-hidden="true">${shown}</span><span class="unseen">${said}</span></span>`;
  }

  /** @param {Event} event */
  #seek({ target }) {
    this.sought = /** @type {HTMLInputElement} */ (target).value;
  }

  /** From the filter into the list. @param {KeyboardEvent} event */
  #leaveFilter(event) {
    if (event.key === "Escape" && this.sought) {
      event.stopPropagation();
      this.sought = "";
    }
    if (event.key !== "ArrowDown") return;
    event.preventDefault();
    this.#links[0]?.focus();
  }

  /** Up and down the list by the arrows. @param {KeyboardEvent} event */
  #walk(event) {
    const links = this.#links;
    const at = links.indexOf(/** @type {HTMLElement} */ (event.target));
    const to = { ArrowDown: at + 1, ArrowUp: at - 1, Home: 0, End: links.length - 1 }[event.key];
    if (at < 0 || to === undefined) return;
    event.preventDefault();
    if (to < 0) this.seek();
    else links[Math.min(to, links.length - 1)].focus();
  }

  /** @returns {HTMLElement[]} */
  get #links() {
    return [...this.querySelectorAll(/** @type {"a"} */ (".row"))];
  }
}

customElements.define("parley-room-list", RoomList);
