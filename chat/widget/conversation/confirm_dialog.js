import { showDialog } from "../dialog.js";
import { FormDialog } from "../form_dialog.js";
import { html, nothing } from "../vendor/lit.js";

/** Asks before something that is not undone easily. */
class ConfirmDialog extends FormDialog {
  question = "";
  text = "";
  yes = "";

  heading() {
    return this.question;
  }

  get action() {
    return this.yes;
  }

  get dangerous() {
    return true;
  }

  fields() {
    return this.text ? html`<p>${this.text}</p>` : nothing;
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
