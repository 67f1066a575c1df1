import { FormDialog } from "../form_dialog.js";
import { html, nothing } from "../vendor/lit.js";

/** What `message` said before it was edited, and says now. */
class EditsDialog extends FormDialog {
  static properties = { wordings: { state: true } };

  /** @type {import("../../sdk/wire.js").Message} */
  message = /** @type {any} */ (null);

  constructor() {
    super();
    /** @type {import("../../sdk/wire.js").Wording[] | null} */
    this.wordings = null;
  }

  attach() {
    this.attempt(async () => { this.wordings = await this.room.edits(this.message.id); });
  }

  heading() {
    return this.t("actions.edits");
  }

  fields() {
    if (!this.wordings) return this.problem ? nothing : html`<p role="status">${this.t("loading")}</p>`;
    const { text, created_at: at } = this.message;
    const times = [at, ...this.wordings.map(({ edited_at: time }) => time)];
    const texts = [...this.wordings.map((wording) => wording.text), text];
    return html`<ol class="wordings">${texts.map((words, index) => html`<li>
      <time datetime=${times[index]}>${this.context.language.fullTime(times[index])}</time>
      ${index === texts.length - 1 ? html`<span class="badge">${this.t("actions.edits.now")}</span>` : nothing}
      <p dir="auto">${words}</p>
    </li>`)}</ol>`;
  }
}

customElements.define("parley-edits-dialog", EditsDialog);
