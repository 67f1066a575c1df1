import { avatar } from "../avatar.js";
import "../conversation/conversation_view.js";
import "../conversation/status.js";
import { icon } from "../icons.js";
import { organisation } from "../session.js";
import conversation from "../styles/conversation.js";
import inbox from "../styles/inbox.js";
import { html, nothing } from "../vendor/lit.js";
import { openDialog } from "./dialogs.js";
import { InboxPart } from "./inbox_part.js";
import "./room_list.js";

export { Inbox } from "./inbox.js";

/** The rooms, and beside them the one that is open; where it is narrow, one of the two. */
class InboxView extends InboxPart {
  static sheets = [conversation, inbox];

  /** @type {import("./places.js").Place | null} */
  #shown = null;
  #back = () => this.inbox.go({ name: "rooms" });

  attach() {
    super.attach();
    const { inbox } = this;
    inbox.start(this.context.language);
    this.whenGone(() => inbox.stop());
    this.follow(this.inbox.notices, "change");
    this.follow(this.client.connection, "state");
    this.follow(this.inbox, "went", (place) => this.#went(place));
    this.listen(this, "parley-open-room", ({ detail: { room, message } }) => {
      this.inbox.go({ name: "room", id: room, message });
    });
    this.listen(this.inbox.page ? document : this, "keydown", (event) => this.#key(event));
  }

  render() {
    const { notices, page, place } = this.inbox;
    const choosing = place.name === "rooms";
    const main = (/** @type {boolean} */ holds) => (page && holds ? "main" : nothing);
    return html`<div class="inbox">
      <div class="columns" data-showing=${choosing ? "list" : "pane"} role=${main(choosing)}>
        <nav class="side" part="list" aria-label=${this.t("inbox.rooms")}>
          ${page ? html`<button class="skip" @click=${this.#skip}>${this.t("inbox.skip")}</button>` : nothing}
          ${this.#head()}
          ${place.name === "room" ? nothing : html`<parley-status .context=${this.context}></parley-status>`}
          ${notices.worth ? this.#hint() : nothing}
          <parley-room-list .context=${this.context} .inbox=${this.inbox}></parley-room-list>
          ${page ? this.#account(page) : nothing}
        </nav>
        <div class="pane" part="pane" tabindex="-1" role=${main(!choosing)}>${this.#pane(place)}</div>
      </div>
    </div>`;
  }

  updated() {
    const { place } = this.inbox;
    if (place === this.#shown) return;
    this.#shown = place;
    if (place.name === "room") this.#take(place);
    if (place.name === "people") this.context.attempt(import("./people.js"));
    if (place.name === "search") this.context.attempt(import("./search.js"));
  }

  #head() {
    const name = organisation().organisation;
    const { logo } = this.context.appearance;
    const initial = html`<span class="mark" aria-hidden="true">${[...name][0]?.toLocaleUpperCase()}</span>`;
    const heads = this.inbox.page && this.inbox.place.name === "rooms"; // elsewhere the pane has the page's heading
    const mark = logo ? html`<img class="logo" src=${logo} alt="">` : initial;
    return html`<header class="side-head">
      <div class="organisation">${name ? mark : nothing}
        <h1 class="organisation-name" role=${heads ? nothing : "presentation"}>
          <bdi>${name || this.t("inbox.title")}</bdi></h1>
      </div>
      ${this.client.me?.guest ? nothing : this.#tools()}
    </header>`;
  }

  #tools() {
    return html`
      ${this.#visit("search", "search", "inbox.search")}
      ${this.client.confined ? nothing : this.#makers()}
      ${this.inbox.page ? nothing : this.#opener("profile", "settings")}`;
  }

  #makers() {
    return html`
      ${this.#visit("people", "people", "inbox.people")}
      ${this.#opener("new-direct", "write")}
      ${this.#opener("new-room", "plus")}`;
  }

  /** @param {"search" | "people"} name @param {import("../icons.js").IconName} picture @param {string} key */
  #visit(name, picture, key) {
    const go = (/** @type {MouseEvent} */ event) => this.go(event, { name });
    const [href, label] = [this.inbox.href({ name }), this.t(key)];
    const here = this.inbox.place.name === name ? "page" : nothing;
    return href
      ? html`<a class="icon-button" href=${href} aria-label=${label} title=${label} aria-current=${here} @click=${go}>
          ${icon(picture)}</a>`
      : html`<button class="icon-button" aria-label=${label} title=${label} aria-current=${here} @click=${go}>
          ${icon(picture)}</button>`;
  }

  /** @param {Parameters<typeof openDialog>[1]} name @param {import("../icons.js").IconName} picture */
  #opener(name, picture) {
    const label = this.t(`inbox.${name}`);
    return html`<button class="icon-button" aria-haspopup="dialog" aria-label=${label} title=${label}
      @click=${() => openDialog(this, name)}>${icon(picture)}</button>`;
  }

  #hint() {
    return html`<div class="hint" role="status"><p>${this.t("notices.hint")}</p>
      <button class="link" @click=${() => this.inbox.notices.ask()}>${this.t("notices.ask")}</button>
      <button class="link" @click=${() => this.inbox.notices.dismiss()}>${this.t("notices.later")}</button></div>`;
  }

  /** @param {import("./inbox.js").Page} page */
  #account({ csrf, links }) {
    const { me, connection } = this.client;
    return html`<footer class="account">
      <button class="account-name" aria-haspopup="dialog" title=${this.t("inbox.profile")}
        @click=${() => openDialog(this, "profile")}>
        ${avatar(me)}<span dir="auto">${me?.name || me?.id}</span>
        <span class="unseen"> · ${this.t("inbox.profile")}</span>
      </button>
      <span class="account-state" data-state=${connection.state}>
        ${this.t(`connection.${connection.state}`)}</span>
      ${links.signOut ? this.#signOut(links.signOut, csrf) : nothing}
    </footer>`;
  }

  /** @param {string} url @param {string} csrf */
  #signOut(url, csrf) {
    const label = this.t("inbox.sign-out");
    return html`<form method="post" action=${url}>
      <input type="hidden" name="csrfmiddlewaretoken" value=${csrf}>
      <button class="icon-button" aria-label=${label} title=${label}>${icon("leave")}</button>
    </form>`;
  }

  /** @param {import("./places.js").Place} place */
  #pane(place) {
    const { context, inbox } = this;
    const back = this.#back;
    switch (place.name) {
      case "room": {
        const room = this.client.room(place.id, inbox.rooms.find(place.id));
        return html`<parley-conversation .context=${context} .shown=${room} .back=${back}></parley-conversation>`;
      }
      case "search": return html`<parley-search .context=${context} .inbox=${inbox} .back=${back}></parley-search>`;
      case "people": return html`<parley-people .context=${context} .inbox=${inbox} .back=${back}></parley-people>`;
      default: return this.#blank();
    }
  }

  #blank() {
    return html`<div class="blank">${icon("talk")}
      <h2>${this.t("inbox.choose")}</h2><p>${this.t("inbox.choose.how")}</p></div>`;
  }

  /** What else a room's address names is shown. @param {import("./places.js").Place & {name: "room"}} place */
  async #take({ message, thread }) {
    const view = await this.#view();
    if (message) view?.conversation.jumpTo(message);
    if (thread) view?.conversation.open("thread", thread);
  }

  /**
   * Who chose a room writes next; who came back goes on where the list was left.
   * @param {import("./places.js").Place} place
   */
  async #went(place) {
    const before = this.#shown;
    await this.updateComplete;
    if (place.name === "room") {
      const view = await this.#view();
      if (matchMedia("(pointer: fine)").matches) view?.conversation.write();
    } else if (place.name === "rooms" && before?.name === "room") {
      /** @type {HTMLElement | null} */ (this.querySelector(`.row[data-room="${CSS.escape(before.id)}"]`))?.focus();
    }
  }

  async #view() {
    const view = /** @type {any} */ (this.querySelector("parley-conversation"));
    await view?.updateComplete;
    return view;
  }

  #skip() {
    /** @type {HTMLElement} */ (this.querySelector(".pane")).focus();
  }

  /** @param {KeyboardEvent} event */
  #key(event) {
    const alone = !event.altKey && !event.shiftKey && !event.defaultPrevented;
    if (event.key !== "k" || !(event.ctrlKey || event.metaKey) || !alone) return;
    event.preventDefault();
    if (this.inbox.place.name !== "rooms" && this.#isNarrow) this.inbox.go({ name: "rooms" });
    this.updateComplete.then(() => /** @type {any} */ (this.querySelector("parley-room-list")).seek());
  }

  /** Whether the list is hidden beside a room. */
  get #isNarrow() {
    return !this.querySelector(".side")?.checkVisibility();
  }
}

customElements.define("parley-inbox-view", InboxView);
