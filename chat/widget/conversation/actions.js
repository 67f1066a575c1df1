import { copy } from "../clipboard.js";
import { icon } from "../icons.js";
import { Part } from "../part.js";
import { html, nothing } from "../vendor/lit.js";
import "./menu.js";
import { offersFor } from "./offers.js";
import { settle } from "./placing.js";

const QUICK = ["👍", "❤️", "😂", "🎉", "😮", "😢"];
const LONG = 450; // ms that a finger rests for the menu
const STIRRING = ["pointerup", "pointercancel", "pointermove"];
const STILL = 10; // px that a resting finger may stray
const ICONS = /** @type {Record<string, import("../icons.js").IconName>} */ ({
  react: "smile", thread: "thread", quote: "reply", edit: "edit", pin: "pin", unpin: "pin", copy: "copy", link: "link",
  edits: "clock", readers: "checks", report: "flag", delete: "delete",
});

/**
 * @typedef {import("./message.js").MessageView} MessageView
 * @typedef {(event: any) => void} Act
 */

/**
 * What can be done with messages: a bar at the one that the pointer or the focus is on, and a menu. One serves a whole
 * conversation, its timeline and its threads.
 */
export class Actions extends Part {
  static properties = { shown: { state: true }, reacting: { state: true } };

  constructor() {
    super();
    /** At which message the bar is. @type {MessageView | null} */
    this.shown = null;
    /** What an emoji is being chosen for. @type {MessageView | null} */
    this.reacting = null;
  }

  #resting = 0;
  #rested = false;
  #from = { x: 0, y: 0 };
  #picker = /** @type {HTMLElement | null} */ (null);
  #moves = new ResizeObserver(() => this.requestUpdate()); // it may have been deleted

  attach() {
    const view = /** @type {HTMLElement} */ (this.closest(".conversation"));
    this.listen(view, "pointerover", (event) => { if (event.pointerType !== "touch") this.#turnTo(event.target); });
    this.listen(view, "pointerleave", () => this.#turnTo(view));
    this.listen(view, "focusin", ({ target }) => this.#turnTo(target));
    this.listen(view, "click", (event) => this.#clicked(event));
    this.listen(view, "contextmenu", (event) => this.#asked(event));
    this.listen(view, "pointerdown", (event) => this.#rest(event));
    for (const type of STIRRING) this.listen(view, type, (event) => this.#stir(event));
    this.listen(view, "touchend", (event) => this.#lift(event));
    this.listen(view, "scroll", () => this.#place(), { capture: true, passive: true });
    this.whenGone(() => {
      clearTimeout(this.#resting);
      this.#moves.disconnect();
      this.shown = null;
    });
  }

  render() {
    const offers = this.shown ? this.#offersOf(this.shown) : [];
    return html`
      ${offers.length ? this.#bar(/** @type {MessageView} */ (this.shown), offers) : nothing}
      <parley-menu .context=${this.context}></parley-menu>
      ${this.reacting ? this.#emoji(this.reacting) : nothing}`;
  }

  /** @param {Map<string, unknown>} changed */
  updated(changed) {
    if (changed.has("shown")) this.#watch();
    this.#place();
    const picker = /** @type {HTMLElement | null} */ (this.querySelector(".emoji-popover"));
    if (picker === this.#picker) return;
    this.#picker = picker;
    if (picker) this.#open(picker);
  }

  /**
   * Does one of the offers of a message, or shows its menu. Whether it is offered.
   * @param {import("./offers.js").Offer | "menu" | string} offer
   * @param {MessageView | null} view
   */
  perform(offer, view) {
    if (!view) return false;
    const offers = this.#offersOf(view);
    if (offer === "menu") return this.#showMenu(view, /** @type {Element} */ (view.querySelector(".content")));
    const meant = offer === "pin" && view.message.pinned_at ? "unpin" : offer;
    if (!offers.includes(/** @type {any} */ (meant))) return false;
    this.#do(/** @type {import("./offers.js").Offer} */ (meant), view);
    return true;
  }

  /** Opens one of the dialogs that are loaded with the panels. @param {string} dialog @param {object} [given] */
  show(dialog, given) {
    this.#beside().then((beside) => beside?.showDialog(this, dialog, given));
    return true;
  }

  /** @param {MessageView} view */
  #offersOf({ message, unsent, inThread }) {
    const { conversation } = this;
    const offers = unsent ? [] : offersFor(message, {
      mine: conversation.isMine(message),
      moderates: conversation.moderates,
      writes: !conversation.barred,
      direct: this.room.info?.kind === "direct",
    });
    // In its thread, whoever writes answers already.
    return inThread ? offers.filter((offer) => offer !== "thread" && (offer !== "quote" || message.parent)) : offers;
  }

  // The bar

  /** @param {MessageView} view @param {string[]} offers */
  #bar(view, offers) {
    const quick = offers.includes("react") ? QUICK.slice(0, 3) : [];
    const shown = ["react", "thread", "quote"].filter((offer) => offers.includes(offer));
    const button = (/** @type {unknown} */ face, /** @type {string} */ label, /** @type {Act} */ act) =>
      html`<button class="icon-button" tabindex="-1" title=${label} aria-label=${label} @click=${act}>${face}</button>`;
    return html`<div class="actions-bar" part="actions" role="group" aria-label=${this.t("actions.label")}>
      ${quick.map((emoji) => button(emoji, this.t("actions.react.with", { emoji }), () => this.#react(view, emoji)))}
      ${shown.map((offer) => button(icon(ICONS[offer]), this.t(`actions.${offer}`), () => this.perform(offer, view)))}
      ${button(icon("more"), this.t("actions.more"), ({ currentTarget }) => this.#showMenu(view, currentTarget))}
    </div>`;
  }

  /** The bar goes to the message that something is in. @param {Element} target */
  #turnTo(target) {
    if (this.contains(target)) return;
    this.shown = target.closest("parley-message");
  }

  /** What comes and goes around the message moves it. */
  #watch() {
    this.#moves.disconnect();
    const log = this.shown?.closest("[role=log]");
    for (const element of [log, log?.querySelector(".messages")]) if (element) this.#moves.observe(element);
  }

  /** Beside what was said where there is room, otherwise above it; nowhere if it is out of sight. */
  #place() {
    const bar = /** @type {HTMLElement | null} */ (this.querySelector(".actions-bar"));
    if (!bar || !this.shown) return;
    bar.hidden = false;
    const log = this.shown.closest("[role=log]")?.getBoundingClientRect();
    const said = this.shown.querySelector(".content")?.getBoundingClientRect();
    if (!log || !said) return;
    const { width, height } = bar.getBoundingClientRect();
    const frame = this.getBoundingClientRect();
    const leftward = this.shown.own === (this.context.language.direction === "ltr");
    const beside = leftward ? said.left - width - 6 : said.right + 6;
    const fits = beside > log.left && beside + width < log.right;
    const above = leftward ? said.right - width : said.left;
    const left = fits ? beside : Math.max(log.left + 4, Math.min(above, log.right - width - 4));
    const top = fits ? said.top + Math.min(0, (said.height - height) / 2) : said.top - height + 6;
    bar.style.setProperty("left", `${left - frame.left}px`);
    bar.style.setProperty("top", `${Math.max(top, log.top + 2) - frame.top}px`);
    bar.hidden = said.bottom < log.top || said.top > log.bottom;
  }

  // The menu

  /** @param {MessageView} view @param {Element | {x: number, y: number}} place */
  #showMenu(view, place) {
    const offers = this.#offersOf(view);
    if (!offers.length) return false;
    const signs = offers.includes("react") ? QUICK : [];
    const items = [
      ...signs.map((sign) => ({ name: sign, sign, label: this.t("actions.react.with", { emoji: sign }) })),
      ...offers.map((name) => (
        { name, label: this.t(`actions.${name}`), icon: ICONS[name], danger: name === "delete" }
      )),
    ];
    const menu = /** @type {import("./menu.js").Menu} */ (this.querySelector("parley-menu"));
    const opener = /** @type {HTMLElement} */ (view.querySelector(".message"));
    const choose = (/** @type {any} */ name) => (QUICK.includes(name) ? this.#react(view, name) : this.#do(name, view));
    menu.open({ label: this.t("actions.label"), items, place, opener, choose });
    return true;
  }

  /** A right click, or the browser's word for a long press. @param {MouseEvent} event */
  #asked(event) {
    const target = /** @type {Element} */ (event.target);
    const view = /** @type {MessageView | null} */ (target.closest("parley-message"));
    const theirs = target.closest("a, img, video, textarea, input") || getSelection()?.isCollapsed === false;
    if (!view || theirs) return; // the browser's own menu is the better one
    if (this.#showMenu(view, { x: event.clientX, y: event.clientY })) event.preventDefault();
  }

  /** A finger comes down; not every browser says that it stays. @param {PointerEvent} event */
  #rest({ pointerType, target, clientX: x, clientY: y }) {
    const element = /** @type {Element} */ (target);
    const view = /** @type {MessageView | null} */ (element.closest("parley-message"));
    if (pointerType !== "touch" || !view || element.closest("a, button, textarea")) return;
    this.#from = { x, y };
    this.#rested = false;
    this.#resting = setTimeout(() => { this.#rested = this.#showMenu(view, { x, y }); }, LONG);
  }

  /** @param {PointerEvent} event */
  #stir({ type, clientX, clientY }) {
    const strays = Math.hypot(clientX - this.#from.x, clientY - this.#from.y) > STILL;
    if (type !== "pointermove" || strays) clearTimeout(this.#resting);
  }

  /** What a mouse would do now would take the focus from the menu. @param {TouchEvent} event */
  #lift(event) {
    if (this.#rested && event.cancelable) event.preventDefault();
    this.#rested = false;
  }

  /** What stands in a message says by `data-action` what it does. @param {Event} event */
  #clicked({ target }) {
    const button = /** @type {HTMLElement | null} */ (/** @type {Element} */ (target).closest("[data-action]"));
    if (button) this.perform(button.dataset.action ?? "", button.closest("parley-message"));
  }

  // What is done

  /** @param {import("./offers.js").Offer} offer @param {MessageView} view */
  #do(offer, view) {
    const { message } = view;
    const { context, conversation, room } = this;
    switch (offer) {
      case "react": this.reacting = view; break;
      case "thread": conversation.open("thread", message.parent ?? message.id); break;
      case "quote": conversation.quote(message); break;
      case "edit": this.#edit(view); break;
      case "pin": context.attempt(room.pin(message.id), this.t("actions.pinned")); break;
      case "unpin": context.attempt(room.unpin(message.id), this.t("actions.unpinned")); break;
      case "copy": context.attempt(copy(message.text), this.t("actions.copied")); break;
      case "link": context.attempt(copy(context.linkTo(room.id, message.id)), this.t("actions.linked")); break;
      case "edits": this.show("parley-edits-dialog", { message }); break;
      case "readers": this.show("parley-readers-dialog", { message }); break;
      case "report": this.show("parley-report-dialog", { message }); break;
      case "delete": this.#delete(message);
    }
  }

  /** What a thread is below is edited where it stands in the timeline. @param {MessageView} view */
  #edit({ message, inThread }) {
    if (inThread && !message.parent) this.conversation.closePanel();
    this.conversation.edit(message);
  }

  /** @param {import("../../sdk/wire.js").Message} message */
  async #delete(message) {
    const words = { question: this.t("actions.delete.question"), text: message.text, yes: this.t("actions.delete") };
    const beside = await this.#beside();
    if (!(await beside?.confirmed(this, words))) return;
    await this.context.attempt(this.room.delete(message.id), this.t("actions.deleted"));
  }

  /** What is seldom wanted is loaded then. */
  #beside() {
    return this.context.attempt(import("./beside.js"));
  }

  /** @param {MessageView} view @param {string} emoji */
  #react(view, emoji) {
    const reactions = /** @type {import("./reactions.js").Reactions} */ (view.querySelector("parley-reactions"));
    reactions.toggle(emoji);
  }

  // Any emoji

  /** @param {MessageView} view */
  #emoji(view) {
    this.context.attempt(import("./emoji_picker.js"));
    const label = this.t("actions.react");
    const chosen = (/** @type {CustomEvent<{emoji: string}>} */ { detail }) => {
      this.#react(view, detail.emoji);
      this.#picker?.hidePopover();
    };
    return html`<div class="emoji-popover" popover tabindex="-1" autofocus role="dialog" aria-label=${label}
        @toggle=${this.#toggled} @parley-emoji=${chosen}>
      <parley-emoji-picker .context=${this.context} .label=${label}></parley-emoji-picker>
    </div>`;
  }

  /** @param {HTMLElement} picker */
  async #open(picker) {
    await /** @type {Part} */ (picker.firstElementChild).updateComplete;
    picker.showPopover();
    settle(picker, /** @type {Element} */ (this.reacting?.querySelector(".content")));
  }

  /** @param {any} event */
  #toggled({ newState }) {
    if (newState !== "closed") return;
    const message = /** @type {HTMLElement | null | undefined} */ (this.reacting?.querySelector(".message"));
    this.reacting = null;
    message?.focus({ preventScroll: true });
  }
}

customElements.define("parley-actions", Actions);
