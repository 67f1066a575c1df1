import { html, nothing } from "../vendor/lit.js";
import { Dialog } from "./dialog.js";
import { sentenceOf } from "../failures.js";

/** What `message` said before it was edited, and says now. */
export class EditsDialog extends Dialog {
  static properties = { wordings: { state: true }, problem: { state: true } };

  /** @type {import("../../sdk/wire.js").Message} */
  message = /** @type {any} */ (null);

  async attach() {
    try {
      this.wordings = await this.room.edits(this.message.id);
    } catch (error) {
      this.problem = sentenceOf(error, this.context.language);
    }
  }

  heading() {
    return this.t("actions.edits");
  }

  body() {
    if (this.problem) return html`<p class="note problem" role="alert">${this.problem}</p>`;
    if (!this.wordings) return html`<p role="status">${this.t("loading")}</p>`;
    const { text, created_at: at } = this.message;
    const times = [at, .../** @type {any[]} */ (this.wordings).map(({ edited_at: time }) => time)];
    const texts = [...this.wordings.map((/** @type {any} */ wording) => wording.text), text];
    return html`<ol class="wordings">${texts.map((words, index) => html`<li>
      <time datetime=${times[index]}>${this.context.language.fullTime(times[index])}</time>
      ${index === texts.length - 1 ? html`<span class="badge">${this.t("actions.edits.now")}</span>` : nothing}
      <p dir="auto">${words}</p>
    </li>`)}</ol>`;
  }
}

customElements.define("parley-edits-dialog", EditsDialog);
