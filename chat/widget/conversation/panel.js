import { icon } from "../icons.js";
import { Part } from "../part.js";
import panels from "../styles/panels.js";
import { html, nothing } from "../vendor/lit.js";

const WIDE = 900; // px from which a panel stands beside the timeline; the styles have the same

/**
 * What all panels share: a heading, a button that closes, and where the focus goes. A conversation that is too narrow
 * for both shows the panel alone.
 */
export class Panel extends Part {
  static sheets = [panels];

  #view = /** @type {HTMLElement | null} */ (null);
  #opener = /** @type {HTMLElement | null} */ (null);
  #size = new ResizeObserver(([{ contentRect }]) => this.#veil(contentRect.width < WIDE));

  /** @returns {string} */
  heading() {
    return "";
  }

  /** @returns {unknown} */
  body() {
    return nothing;
  }

  connectedCallback() {
    super.connectedCallback();
    this.#opener = /** @type {any} */ (this.getRootNode()).activeElement;
    this.#view = /** @type {HTMLElement} */ (this.parentElement);
    this.#size.observe(this.#view);
  }

  disconnectedCallback() {
    super.disconnectedCallback();
    this.#size.disconnect();
    this.#veil(false);
    this.#return();
  }

  firstUpdated() {
    super.firstUpdated();
    /** @type {HTMLElement} */ (this.querySelector("[data-first]") ?? this.querySelector("h2"))?.focus();
  }

  render() {
    return html`<section class="panel" part="panel" aria-label=${this.heading()} @keydown=${this.#press}>
      <header class="panel-head">
        <button class="icon-button panel-back" aria-label=${this.t("panel.back")} @click=${this.close}>
          ${icon("back")}</button>
        <h2 tabindex="-1" aria-level=${this.level}>${this.heading()}</h2>
        <button class="icon-button panel-close" aria-label=${this.t("close")} @click=${this.close}>
          ${icon("close")}</button>
      </header>
      ${this.body()}
    </section>`;
  }

  /** In place of what could not be loaded. @param {string} problem @param {() => void} again */
  failure(problem, again) {
    return html`<div class="panel-state" role="alert">
      <p>${problem}</p>
      <button class="button" @click=${again}>${this.t("retry")}</button>
    </div>`;
  }

  /** In place of what is still to come. */
  waiting() {
    return html`<p class="panel-state" role="status">${this.t("loading")}</p>`;
  }

  close() {
    this.conversation.closePanel();
  }

  /** Beside a conversation it is the conversation that the page is about. */
  get level() {
    return this.closest(".conversation") ? 2 : super.level;
  }

  /** Whether other rooms can be opened: not where one stands alone. */
  get leads() {
    return this.closest(".inbox") !== null;
  }

  /** Opens another room. @param {string} room @param {string} [message] */
  lead(room, message) {
    this.dispatchEvent(new CustomEvent("parley-open-room", { bubbles: true, detail: { room, message } }));
  }

  /** Whether it hides the timeline. */
  get covers() {
    return this.#stage.some((element) => element.inert);
  }

  /**
   * Takes the reader to a message; a panel above the timeline makes way.
   * @param {import("../../sdk/wire.js").Message} message
   */
  go({ parent, seq }) {
    if (parent) return this.conversation.open("thread", parent);
    if (this.covers) this.close();
    return this.conversation.jump(seq);
  }

  /** What it covers nobody reaches. @param {boolean} covered */
  #veil(covered) {
    for (const element of this.#stage) element.inert = covered;
  }

  /** The focus, to where it was; if that is gone, to where one writes. */
  #return() {
    if (this.#opener?.isConnected) this.#opener.focus({ preventScroll: true });
    else this.conversation.write?.();
  }

  /** The actions serve the panel, too. */
  get #stage() {
    return /** @type {HTMLElement[]} */ ([...(this.#view?.querySelectorAll(".stage > :not(parley-actions)") ?? [])]);
  }

  /** @param {KeyboardEvent} event */
  #press(event) {
    if (event.key !== "Escape" || event.defaultPrevented) return;
    event.preventDefault();
    this.close();
  }
}
