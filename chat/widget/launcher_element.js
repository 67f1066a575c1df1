import { ParleyElement } from "./element.js";
import { icon } from "./icons.js";
import { countOf } from "./inbox/count.js";
import { organisation } from "./session.js";
import launcher from "./styles/launcher.js";
import { html, keyed, nothing } from "./vendor/lit.js";

/**
 * A button in a corner of the page that opens the inbox, or one room: `<parley-launcher room="support">`. It appears
 * once there is somebody to speak as.
 *
 * Attributes, beside those of all elements: `room`; `position` (`end`, `start`) and `label` instead of what the
 * organisation has chosen; `open`. Fires `toggle` ({open}).
 */
class LauncherElement extends ParleyElement {
  static styles = [...ParleyElement.styles, launcher];
  static properties = {
    room: {}, label: {}, position: { reflect: true }, opened: { type: Boolean, reflect: true, attribute: "open" },
  };

  #inbox = /** @type {import("./inbox/inbox.js").Inbox | undefined} */ (undefined);
  #context = /** @type {import("./context.js").Context | undefined} */ (undefined);
  #stop = () => {};

  open() {
    this.#turn(true);
  }

  close() {
    this.#turn(false);
  }

  connectedCallback() {
    super.connectedCallback();
    this.requestUpdate();
  }

  disconnectedCallback() {
    super.disconnectedCallback();
    this.#end();
  }

  /** @param {Map<string, unknown>} changed */
  willUpdate(changed) {
    super.willUpdate(changed);
    if (this.context && this.isConnected && this.#context !== this.context) this.#begin(this.context);
    if (!this.context) return;
    this.position ||= this.context.appearance.launcher?.position ?? "end";
    this.style.direction = this.context.language.direction; // its corner is at the end of the widget's lines
  }

  render() {
    return this.context ? super.render() : nothing;
  }

  /** @param {import("./context.js").Context} context */
  surface(context) {
    return this.opened ? html`${this.#popup(context)}${this.#closer(context)}` : this.#opener(context);
  }

  /** @param {import("./context.js").Context} context */
  #opener({ appearance, language }) {
    const label = this.label ?? appearance.launcher?.label;
    const count = this.#unread;
    const says = [label || language.t("launcher.open"), count ? language.t("inbox.unread", { count }) : ""];
    return html`<button class="launcher" part="launcher" aria-expanded="false" aria-haspopup="dialog"
      aria-label=${says.filter(Boolean).join(", ")} @click=${this.open}>
      ${icon("talk")}${label ? html`<span class="launcher-label" dir="auto">${label}</span>` : nothing}
      ${count ? html`<span class="counter" part="counter" aria-hidden="true">${countOf(count)}</span>` : nothing}
    </button>`;
  }

  /** @param {import("./context.js").Context} context */
  #closer({ language }) {
    return html`<button class="launcher" part="launcher" aria-expanded="true" aria-haspopup="dialog"
      aria-label=${language.t("launcher.close")} @click=${this.close}>${icon("down")}</button>`;
  }

  /** @param {import("./context.js").Context} context */
  #popup(context) {
    const { language } = context;
    const name = organisation().organisation || language.t("inbox.title");
    const inside = this.room ? this.#one(context, this.room) : this.#all(context);
    return html`<div class="launcher-popup" part="popup" role="dialog" aria-label=${name} tabindex="-1"
      @keydown=${this.#escape}>
      <header class="launcher-head"><strong dir="auto">${name}</strong>
        <button class="icon-button" aria-label=${language.t("close")} @click=${this.close}>${icon("close")}</button>
      </header>
      ${keyed(context, inside)}
    </div>`;
  }

  /** @param {import("./context.js").Context} context */
  #all(context) {
    if (!this.#inbox) return nothing;
    return html`<parley-inbox-view .context=${context} .inbox=${this.#inbox}></parley-inbox-view>`;
  }

  /** @param {import("./context.js").Context} context @param {string} room */
  #one(context, room) {
    const shown = context.client.room(room, this.#inbox?.rooms.find(room));
    return html`<parley-conversation .context=${context} .shown=${shown}></parley-conversation>`;
  }

  get #unread() {
    const rooms = this.#inbox?.rooms;
    return (this.room ? rooms?.find(this.room)?.unread : rooms?.unread) ?? 0;
  }

  /** @param {import("./context.js").Context} context */
  async #begin(context) {
    this.#end();
    this.#context = context;
    const loaded = await context.attempt(import("./inbox/inbox_view.js"));
    if (!loaded || this.#context !== context) return;
    const inbox = new loaded.Inbox(context.client);
    inbox.start(context.language);
    const stops = [
      inbox.rooms.on("change", () => this.requestUpdate()),
      inbox.on("went", () => this.open()), // by a notice
      () => inbox.stop(),
    ];
    this.#inbox = inbox;
    this.requestUpdate();
    this.#stop = () => stops.forEach((stop) => stop());
  }

  #end() {
    this.#stop();
    this.#stop = () => {};
    this.#inbox = this.#context = undefined;
  }

  /** @param {boolean} open */
  async #turn(open) {
    if (Boolean(this.opened) === open) return;
    this.opened = open;
    this.dispatchEvent(new CustomEvent("toggle", { detail: { open } }));
    await this.updateComplete;
    const focused = open ? ".launcher-popup" : ".launcher";
    /** @type {HTMLElement | null} */ (this.renderRoot.querySelector(focused))?.focus();
  }

  /** What is open above it closes first. @param {KeyboardEvent} event */
  #escape(event) {
    if (event.key !== "Escape" || event.defaultPrevented) return;
    event.preventDefault();
    this.close();
  }
}

customElements.define("parley-launcher", LauncherElement);
