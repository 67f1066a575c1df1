import { LitElement } from "./vendor/lit.js";

const HIDDEN = 50; // ms

/**
 * A piece of the user interface. It renders into the tree that it stands in, so one shadow root holds a whole surface:
 * its styles, ids and focus reach everywhere in it.
 *
 * `context` is what all parts of a surface share; parts of a conversation have `conversation`, too.
 */
export class Part extends LitElement {
  static properties = { context: { attribute: false }, conversation: { attribute: false } };
  /**
   * Style sheets that the tree adopts with the first part that needs them.
   * @type {import("./vendor/lit.js").CSSResult[]}
   */
  static sheets = [];
  /** Whether it renders once a frame at most, however much happens. */
  static paced = false;

  #stops = /** @type {(() => void)[]} */ ([]);

  createRenderRoot() {
    return this;
  }

  connectedCallback() {
    super.connectedCallback();
    this.#dress();
    if (this.hasUpdated) this.attach(); // it was moved: what it followed it follows again
  }

  disconnectedCallback() {
    super.disconnectedCallback();
    for (const stop of this.#stops.splice(0)) stop();
  }

  firstUpdated() {
    this.attach();
  }

  /** Where a part begins to follow what it shows; called each time it enters a document. */
  attach() {}

  /**
   * Renders again, or calls `listener`, at each such event while the part is in a document.
   * @param {import("../sdk/events.js").Emitter} emitter
   * @param {string} type
   * @param {(detail: any) => void} [listener]
   */
  follow(emitter, type, listener = () => this.requestUpdate()) {
    this.whenGone(emitter.on(type, listener));
  }

  /**
   * The same for events of the DOM.
   * @param {EventTarget} target
   * @param {string} type
   * @param {(event: any) => void} listener
   * @param {AddEventListenerOptions} [options]
   */
  listen(target, type, listener, options) {
    target.addEventListener(type, listener, options);
    this.whenGone(() => target.removeEventListener(type, listener, options));
  }

  /** Ends something that `attach` began, once the part leaves the document. @param {() => void} stop */
  whenGone(stop) {
    this.#stops.push(stop);
  }

  /** What comes in one go is shown in one go; a hidden page gets no animation frames. */
  async scheduleUpdate() {
    if (this.hasUpdated && /** @type {typeof Part} */ (this.constructor).paced) {
      await new Promise((next) => (document.hidden ? setTimeout(next, HIDDEN) : requestAnimationFrame(next)));
    }
    super.scheduleUpdate();
  }

  #dress() {
    const root = /** @type {ShadowRoot} */ (this.getRootNode());
    const { sheets } = /** @type {typeof Part} */ (this.constructor);
    const adopted = root.adoptedStyleSheets;
    const missing = sheets.map(({ styleSheet }) => styleSheet).filter((sheet) => !adopted.includes(sheet));
    if (missing.length) root.adoptedStyleSheets = [...adopted, ...missing];
  }

  /** A text in the reader's language. @param {string} key @param {Record<string, any>} [values] */
  t(key, values) {
    return this.context.language.t(key, values);
  }

  /** Of the heading of what fills the page's main part; it is the page itself that says what stands above a widget. */
  get level() {
    return this.closest("[role=main]") ? 1 : 2;
  }

  /** The client of this surface. @returns {import("../sdk/client.js").Parley} */
  get client() {
    return this.context.client;
  }

  /** The room of this conversation. @returns {import("../sdk/room.js").Room} */
  get room() {
    return this.conversation.room;
  }
}
