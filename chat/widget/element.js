import { Context } from "./context.js";
import { Language } from "./language.js";
import { clientFor, organisation } from "./session.js";
import controls from "./styles/controls.js";
import surface from "./styles/surface.js";
import tokens from "./styles/tokens.js";
import { html, keyed, LitElement, nothing } from "./vendor/lit.js";

const FONTS = { serif: "ui-serif, Georgia, serif", mono: "ui-monospace, Consolas, monospace", inherit: "inherit" };

/**
 * What `<parley-room>`, `<parley-inbox>` and `<parley-launcher>` have in common: a shadow root with all styles, a client,
 * a language, the organisation's appearance.
 *
 * Attributes: `token`, or `token-url` of the customer's own server that answers with one; `language` (BCP 47; the page's
 * or the browser's without it); `theme` (`light`, `dark`; the system's without it). Property: `tokenProvider`. Without
 * any of those three it waits for `signIn`.
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

  #asked = "";
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
    const asked = [this.token, this.tokenUrl, this.language].join("\n");
    if (asked === this.#asked && !changed.has("tokenProvider") && !changed.has("client")) return;
    this.#asked = asked;
    this.#begin(asked);
  }

  render() {
    if (!this.context) return html`<div class="waiting" aria-busy="true"><slot></slot></div>`;
    const { language } = this.context;
    return html`<div class="surface" dir=${language.direction} lang=${language.tag}>
      ${this.surface(this.context)}
      ${keyed(this.context, html`<parley-speaker .context=${this.context}></parley-speaker>`)}
    </div>`;
  }

  /** @param {string} asked */
  async #begin(asked) {
    this.#dress(); // now, for the script has had its turn to say whose elements these are
    const { appearance } = organisation();
    const wanted = [this.language, appearance.language, this.#pageLanguage(), ...navigator.languages].filter(Boolean);
    const [client, language] = await Promise.all([this.client ?? clientFor(this), Language.load(wanted)]);
    if (asked !== this.#asked) return;
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
    const { accent, accent_ink: ink, accent_dark: dark, accent_dark_ink: darkInk, radius, font, theme } = organisation().appearance;
    if (theme && theme !== "auto" && !this.hasAttribute("theme")) this.setAttribute("theme", theme);
    const declarations = [
      accent && `--organisation-accent: light-dark(${accent}, ${dark ?? accent})`,
      accent && `--organisation-accent-ink: light-dark(${ink}, ${dark ? darkInk : ink})`,
      typeof radius === "number" && `--organisation-radius: ${radius}px`,
      font in FONTS && `--organisation-font: ${FONTS[/** @type {keyof typeof FONTS} */ (font)]}`,
    ].filter(Boolean);
    this.#sheet.replaceSync(`:host { ${declarations.join("; ")} }`);
    const root = /** @type {ShadowRoot} */ (this.renderRoot);
    if (!root.adoptedStyleSheets.includes(this.#sheet)) root.adoptedStyleSheets = [...root.adoptedStyleSheets, this.#sheet];
  }
}
