import { icon } from "../icons.js";
import { Part } from "../part.js";
import { html, nothing } from "../vendor/lit.js";
import { settle } from "./placing.js";

let made = 0;

/** A button, called `label`, that opens the emoji picker; what it dispatches passes through. */
class EmojiButton extends Part {
  static properties = { label: { attribute: false }, isOpen: { state: true } };

  #id = `parley-emoji-button-${++made}`;

  render() {
    const { label } = this;
    return html`
      <button type="button" class="icon-button" aria-label=${label} title=${label} aria-haspopup="dialog"
        popovertarget=${this.#id}>${icon("smile")}</button>
      <div class="emoji-popover" id=${this.#id} popover role="dialog" aria-label=${label} @parley-emoji=${this.#close}
        @beforetoggle=${this.#toggling} @toggle=${this.#toggled}>
        ${this.isOpen ? this.#picker() : nothing}
      </div>`;
  }

  #picker() {
    return html`<parley-emoji-picker .context=${this.context} .label=${this.label}></parley-emoji-picker>`;
  }

  get #popover() {
    return /** @type {HTMLElement} */ (this.querySelector("[popover]"));
  }

  /** @param {ToggleEvent} event */
  #toggling({ newState }) {
    if (newState !== "open") return;
    this.isOpen = true;
    this.context.attempt(import("./emoji_picker.js"));
  }

  /** @param {ToggleEvent} event */
  #toggled({ newState }) {
    if (newState === "open") return settle(this.#popover, this);
    this.isOpen = false;
    const { activeElement } = /** @type {ShadowRoot} */ (this.getRootNode());
    const lost = !activeElement || this.#popover.contains(activeElement);
    if (lost) this.querySelector("button")?.focus(); // browsers do so themselves, but Chromium not in a shadow root
  }

  #close() {
    this.#popover.hidePopover();
  }
}

customElements.define("parley-emoji-button", EmojiButton);
