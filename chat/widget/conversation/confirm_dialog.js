import { html, nothing } from "../vendor/lit.js";
import { Dialog, showDialog } from "./dialog.js";

/** Asks before something that is not undone easily. */
class ConfirmDialog extends Dialog {
  question = "";
  text = "";
  yes = "";

  heading() {
    return this.question;
  }

  body() {
    return this.text ? html`<p>${this.text}</p>` : nothing;
  }

  footer() {
    return this.choices(this.yes, "danger");
  }
}

/**
 * Whether they mean it.
 * @param {import("../part.js").Part} part
 * @param {{question: string, text?: string, yes: string}} words
 */
export async function confirmed(part, words) {
  return (await showDialog(part, "parley-confirm-dialog", words)) === "done";
}

customElements.define("parley-confirm-dialog", ConfirmDialog);
