import { icon } from "../icons.js";
import { Part } from "../part.js";
import { html, nothing } from "../vendor/lit.js";
import { settle } from "./placing.js";

const TOGETHER = 1_000; // ms within which letters are typed as one beginning

/**
 * @typedef {object} Item
 * @property {string} name
 * @property {string} label
 * @property {import("../icons.js").IconName} [icon]
 * @property {string} [sign] an emoji that is shown instead of icon and label; those stand in a row
 * @property {boolean} [checked] of those of which one holds
 * @property {boolean} [danger]
 */

/** A menu after the pattern of the ARIA Authoring Practices Guide. One serves many things, one at a time. */
export class Menu extends Part {
  static properties = { items: { state: true }, label: { state: true } };

  constructor() {
    super();
    /** @type {Item[]} */
    this.items = [];
    this.label = "";
  }

  #opener = /** @type {HTMLElement | null} */ (null);
  #choose = (/** @type {string} */ _name) => {};
  #typed = "";
  #typedAt = 0;

  attach() {
    this.listen(document, "pointerdown", (event) => {
      if (!event.composedPath().includes(this)) this.close(false);
    });
    this.listen(window, "resize", () => this.close());
  }

  /**
   * @param {object} what
   * @param {string} what.label its name
   * @param {Item[]} what.items
   * @param {Element | {x: number, y: number}} what.place
   * @param {HTMLElement | null} what.opener has the focus afterwards
   * @param {(name: string) => void} what.choose
   */
  async open({ label, items, place, opener, choose }) {
    Object.assign(this, { label, items });
    this.#opener = opener;
    this.#choose = choose;
    await this.updateComplete;
    if (!this.#list.matches(":popover-open")) this.#list.showPopover();
    settle(this.#list, place);
    this.#buttons[0]?.focus();
  }

  /** @param {boolean} [returning] whether the focus goes back */
  close(returning = true) {
    if (!this.items.length) return;
    this.items = [];
    this.#list.hidePopover();
    if (returning) this.#opener?.focus({ preventScroll: true });
  }

  render() {
    const signs = this.items.filter(({ sign }) => sign);
    return html`<div class="menu" part="menu" role="menu" popover="manual" aria-label=${this.label}
        @keydown=${this.#press} @focusout=${this.#lose}>
      <div class="menu-signs" role="none">${signs.map((item) => this.#item(item))}</div>
      ${this.items.filter(({ sign }) => !sign).map((item) => this.#item(item))}
    </div>`;
  }

  /** @param {Item} item */
  #item({ name, label, icon: shape, sign, checked, danger }) {
    const role = checked === undefined ? "menuitem" : "menuitemradio";
    return html`<button type="button" class="menu-item ${danger ? "danger" : ""}" tabindex="-1" role=${role}
        aria-checked=${checked ?? nothing} aria-label=${sign ? label : nothing} @click=${() => this.#chosen(name)}>
      ${sign ?? html`${shape ? icon(shape) : nothing}<span>${label}</span>${checked ? icon("check") : nothing}`}
    </button>`;
  }

  /** @param {string} name */
  #chosen(name) {
    this.close();
    this.#choose(name);
  }

  /** @param {KeyboardEvent} event */
  #press(event) {
    event.stopPropagation();
    if (event.key === "Enter" || event.key === " ") return; // the button's own
    const aim = this.#aim(event);
    if (event.key === "Escape" || event.key === "Tab") this.close();
    else if (aim === undefined) return;
    event.preventDefault();
    if (aim !== undefined) this.#buttons.at(aim % this.#buttons.length)?.focus();
  }

  /** The place of the item that a key leads to. @param {KeyboardEvent} event */
  #aim(event) {
    const at = this.#buttons.indexOf(/** @type {HTMLElement} */ (event.target));
    const forward = this.context.language.direction === "ltr" ? "ArrowRight" : "ArrowLeft";
    switch (event.key) {
      case "ArrowDown": case forward: return at + 1;
      case "ArrowUp": case "ArrowLeft": case "ArrowRight": return at - 1;
      case "Home": return 0;
      case "End": return -1;
      default: return this.#beginningWith(event, at);
    }
  }

  /** The next item that begins with what is being typed. @param {KeyboardEvent} event @param {number} at */
  #beginningWith({ key, timeStamp, ctrlKey, metaKey, altKey }, at) {
    if ([...key].length !== 1 || ctrlKey || metaKey || altKey) return undefined;
    this.#typed = (timeStamp - this.#typedAt < TOGETHER ? this.#typed : "") + key.toLocaleLowerCase();
    this.#typedAt = timeStamp;
    const words = this.#buttons.map(({ textContent }) => (textContent ?? "").trim().toLocaleLowerCase());
    const first = at + ([...this.#typed].length > 1 ? 0 : 1);
    const order = words.map((_, index) => (first + index) % words.length);
    return order.find((index) => words[index].startsWith(this.#typed));
  }

  /** Whoever goes elsewhere wants it no more. @param {FocusEvent} event */
  #lose({ relatedTarget }) {
    if (relatedTarget && !this.contains(/** @type {Node} */ (relatedTarget))) this.close(false);
  }

  get #list() {
    return /** @type {HTMLElement} */ (this.querySelector(".menu"));
  }

  get #buttons() {
    return /** @type {HTMLElement[]} */ ([...this.querySelectorAll("button")]);
  }
}

customElements.define("parley-menu", Menu);
