import { organisation, tokenSource } from "./session.js";

const HANDED = ["theme", "language"];
const STYLES = `
  :host { display: block; }
  iframe { display: block; width: 100%; height: 100%; border: 0; border-radius: inherit; }`;

/**
 * `<parley-frame room="general" token-url="/parley-token">`: a room, or without `room` the inbox, in an `<iframe>` of
 * the organisation's host. What runs in there cannot reach the page, nor the page it, but for the token that it asks
 * for. Attributes as of `<parley-room>`, and `label`, what a screen reader calls it; property `tokenProvider`. It has
 * no client of `signIn`. The page's origin has to be one that the organisation lists.
 */
class FrameElement extends HTMLElement {
  static observedAttributes = [...HANDED, "room"];

  /**
   * What a page gave before this script defined the element is kept.
   * @type {(() => Promise<string>) | undefined}
   */
  tokenProvider = /** @type {any} */ (this).tokenProvider;

  #frame = document.createElement("iframe");
  /** To the inside. @type {MessagePort | undefined} */
  #port;
  #listener = (/** @type {MessageEvent} */ event) => this.#greeted(event);

  constructor() {
    super();
    const sheet = new CSSStyleSheet();
    sheet.replaceSync(STYLES);
    const root = this.attachShadow({ mode: "open" });
    root.adoptedStyleSheets = [sheet];
    root.append(this.#frame);
  }

  connectedCallback() {
    addEventListener("message", this.#listener);
    this.#frame.allow = "clipboard-write; fullscreen";
    queueMicrotask(() => this.#show()); // the script has its turn first, and says whose element this is
  }

  disconnectedCallback() {
    removeEventListener("message", this.#listener);
    this.#port?.close();
  }

  /** @param {string} name */
  attributeChangedCallback(name) {
    if (name !== "room") this.#port?.postMessage(this.#look);
    else if (this.#frame.src) this.#show();
  }

  #show() {
    const room = this.getAttribute("room");
    const { origin, organisation: name } = organisation();
    this.#frame.title = this.getAttribute("label") ?? name;
    this.#frame.src = `${origin}/embed/${room === null ? "inbox" : `rooms/${encodeURIComponent(room)}`}`;
  }

  /** The inside is there: it is given a way to ask for tokens. @param {MessageEvent} event */
  #greeted({ data, origin, source }) {
    const inside = this.#frame.contentWindow;
    if (data?.type !== "parley.ready" || source !== inside || origin !== organisation().origin) return;
    const { port1, port2 } = new MessageChannel();
    this.#port?.close();
    this.#port = port1;
    port1.onmessage = () => this.#answer(port1);
    inside?.postMessage({ type: "parley.port", ...this.#look }, origin, [port2]);
  }

  /** What its attributes say, and the language of the page around it. */
  get #look() {
    const given = HANDED.map((name) => [name, this.getAttribute(name)]);
    return { ...Object.fromEntries(given), around: this.closest("[lang]")?.getAttribute("lang") };
  }

  /** @param {MessagePort} port */
  async #answer(port) {
    try {
      port.postMessage({ token: await this.#token() });
    } catch (error) {
      port.postMessage({ error: String(error) });
    }
  }

  #token() {
    const [token, tokenUrl] = [this.getAttribute("token"), this.getAttribute("token-url")];
    if (this.tokenProvider) return this.tokenProvider();
    if (!token && !tokenUrl) throw new Error("<parley-frame> has neither token nor token-url");
    return tokenSource({ token, tokenUrl })();
  }
}

customElements.define("parley-frame", FrameElement);
