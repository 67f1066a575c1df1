import { Dialog } from "../dialog.js";
import { html } from "../vendor/lit.js";
import { KEYS } from "./keyboard.js";

/** @type {Record<string, string>} */
const SIGNS = { ArrowUp: "↑", ArrowDown: "↓", Delete: "Del", Escape: "Esc", ContextMenu: "☰" };

/** What the keys do. */
class KeysDialog extends Dialog {
  heading() {
    return this.t("keys.heading");
  }

  body() {
    return html`<p>${this.t("keys.where")}</p>
      <dl class="keys">${KEYS.map(({ command, keys }) => html`<div><dt>${this.t(`keys.${command}`)}</dt>
        <dd>${keys.map((key) => html`<kbd>${SIGNS[key] ?? key}</kbd> `)}</dd></div>`)}</dl>`;
  }
}

customElements.define("parley-keys-dialog", KeysDialog);
