import { Context } from "./context.js";
import { Language } from "./language.js";
import { clientFor, organisation } from "./session.js";
import controls from "./styles/controls.js";
import surface from "./styles/surface.js";
import tokens from "./styles/tokens.js";
import { html, keyed, LitElement, nothing } from "./vendor/lit.js";

const SPEAKING = ["token", "tokenUrl", "tokenProvider", "client", "language"];
const FONTS = { serif: "ui-serif, Georgia, serif", mono: "ui-monospace, Consolas, monospace", inherit: "inherit" };

/**
 * What `<parley-room>`, `<parley-inbox>` and `<parley-launcher>` have in common: a shadow root with all styles, a
 * client, a language, the organisation's appearance.
 *
 * Attributes: `token`, or `token-url` of the customer's own server that answers with one; `language` (BCP 47; the
 * page's or the browser's without it); `theme` (`light`, `dark`; the system's without it). Property: `tokenProvider`.
 * Without token, `token-url` and provider it waits for `signIn`.
 */
export class ParleyElement extends LitElement {
  static properties = {
    token: {},
    tokenUrl: { attribute: "token-url" },
    language: {},
    tokenProvider: { attribute: false },
    client: { attribute: false },
    context: { state: true },
  };
  static styles = [tokens, controls, surface];

  #begun = 0;
  #stop = () => {};
  #sheet = new CSSStyleSheet();

  /** What is shown once there is a client. @param {Context} _context @returns {unknown} */
  surface(_context) {
    return nothing;
  }

  connectedCallback() {
    super.connectedCallback();
    if (this.context) this.#connect(this.context.client);
  }

  disconnectedCallback() {
    super.disconnectedCallback();
    this.#stop();
  }

  /** @param {Map<string, unknown>} changed */
  willUpdate(changed) {
    if (!this.hasUpdated || SPEAKING.some((name) => changed.has(name))) this.#begin();
  }

  render() {
    if (!this.context) return html`<div class="waiting" aria-busy="true"><slot></slot></div>`;
    const { language } = this.context;
    return html`<div class="surface" dir=${language.direction} lang=${language.tag}>
      ${this.surface(this.context)}
      ${keyed(this.context, html`<parley-speaker .context=${this.context}></parley-speaker>`)}
    </div>`;
  }

  /** Becomes who it is to be, unless it is to be another one before that is known. */
  async #begin() {
    const begun = ++this.#begun;
    this.#dress(); // now, for the script has had its turn to say whose elements these are
    const { appearance } = organisation();
    const wanted = [this.language, appearance.language, this.#pageLanguage(), ...navigator.languages].filter(Boolean);
    const [client, language] = await Promise.all([this.client ?? clientFor(this), Language.load(wanted)]);
    if (begun !== this.#begun) return;
    this.context = new Context({ client, language, host: this, appearance });
    if (this.isConnected) this.#connect(client);
  }

  #pageLanguage() {
    return this.closest("[lang]")?.getAttribute("lang");
  }

  /** @param {import("../sdk/client.js").Parley} client */
  #connect(client) {
    this.#stop();
    this.#stop = client.on("state", () => this.requestUpdate());
    client.connect().catch(() => {}); // the connection's state tells
  }

  /** What the organisation has chosen, below what the page says. */
  #dress() {
    const { appearance } = organisation();
    const { accent, accent_ink: ink, accent_dark: dark, accent_dark_ink: darkInk, radius, font, theme } = appearance;
    if (theme && theme !== "auto" && !this.hasAttribute("theme")) this.setAttribute("theme", theme);
    const declarations = [
      accent && `--organisation-accent: light-dark(${accent}, ${dark ?? accent})`,
      accent && `--organisation-accent-ink: light-dark(${ink}, ${dark ? darkInk : ink})`,
      typeof radius === "number" && `--organisation-radius: ${radius}px`,
      font in FONTS && `--organisation-font: ${FONTS[/** @type {keyof typeof FONTS} */ (font)]}`,
    ].filter(Boolean);
    this.#sheet.replaceSync(`:host { ${declarations.join("; ")} }`);
    const root = /** @type {ShadowRoot} */ (this.renderRoot);
    const others = root.adoptedStyleSheets.filter((sheet) => sheet !== this.#sheet);
    root.adoptedStyleSheets = [...others, this.#sheet];
  }
}
