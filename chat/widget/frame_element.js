import { organisation, tokenSource } from "./session.js";

/**
 * `<parley-frame room="general" token-url="/parley-token">`: a room, or without `room` the inbox, in an `<iframe>` of the
 * organisation's host. What runs in there cannot reach the page, nor the page it, but for the token that it asks for.
 * Attributes as of `<parley-room>`; the page's origin has to be one that the organisation lists.
 */
export class FrameElement extends HTMLElement {
  #listener = (/** @type {MessageEvent} */ event) => this.#greeted(event);

  connectedCallback() {
    const { origin } = organisation();
    const room = this.getAttribute("room");
    const frame = document.createElement("iframe");
    frame.src = `${origin}/embed/${room === null ? "inbox" : `rooms/${encodeURIComponent(room)}`}`;
    frame.title = this.getAttribute("label") ?? organisation().organisation;
    frame.allow = "clipboard-write; microphone 'none'; geolocation 'none'";
    this.attachShadow({ mode: "open" }).append(frame);
    const sheet = new CSSStyleSheet();
    sheet.replaceSync(":host { display: block; } iframe { width: 100%; height: 100%; border: 0; border-radius: inherit; }");
    /** @type {ShadowRoot} */ (this.shadowRoot).adoptedStyleSheets = [sheet];
    addEventListener("message", this.#listener);
  }

  disconnectedCallback() {
    removeEventListener("message", this.#listener);
  }

  /** The inside is there: it is given a way to ask for tokens. @param {MessageEvent} event */
  #greeted({ data, origin, source }) {
    const inside = this.shadowRoot?.querySelector("iframe")?.contentWindow;
    if (data?.type !== "parley.ready" || source !== inside || origin !== organisation().origin) return;
    const { port1, port2 } = new MessageChannel();
    port1.onmessage = () => this.#answer(port1);
    const [theme, language] = ["theme", "language"].map((name) => this.getAttribute(name));
    inside?.postMessage({ type: "parley.port", theme, language }, origin, [port2]);
  }

  /** @param {MessagePort} port */
  async #answer(port) {
    try {
      port.postMessage({ token: await tokenSource({ token: this.getAttribute("token"), tokenUrl: this.getAttribute("token-url") })() });
    } catch (error) {
      port.postMessage({ error: String(error) });
    }
  }
}

customElements.define("parley-frame", FrameElement);
