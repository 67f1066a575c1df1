import { html } from "../vendor/lit.js";
import { Dialog } from "./dialog.js";
import { KEYS } from "./keyboard.js";

/** @type {Record<string, string>} */
const SIGNS = { ArrowUp: "↑", ArrowDown: "↓", Delete: "Del", Escape: "Esc", ContextMenu: "☰" };

/** What the keys do, while the conversation is `explaining`. */
export class KeysDialog extends Dialog {
  attach() {
    this.follow(this.conversation, "change");
  }

  get wanted() {
    return this.conversation.explaining;
  }

  heading() {
    return this.t("keys.heading");
  }

  body() {
    return html`<p>${this.t("keys.where")}</p>
      <dl class="keys">${KEYS.map(({ command, keys }) => html`<div><dt>${this.t(`keys.${command}`)}</dt>
        <dd>${keys.map((key) => html`<kbd>${SIGNS[key] ?? key}</kbd> `)}</dd></div>`)}</dl>`;
  }

  left() {
    this.conversation.explain(false);
  }
}

customElements.define("parley-keys-dialog", KeysDialog);
