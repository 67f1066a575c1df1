import { sentenceOf } from "../failures.js";
import { html, nothing } from "../vendor/lit.js";
import { Dialog } from "./dialog.js";

const REASONS = ["spam", "abuse", "harm", "other"];

/** Tells the moderators of a message: the one that the conversation's `reported` is. */
export class ReportDialog extends Dialog {
  static properties = { problem: { state: true }, done: { state: true } };

  constructor() {
    super();
    this.problem = "";
    this.done = false;
  }

  attach() {
    this.follow(this.conversation, "change");
  }

  get wanted() {
    return Boolean(this.conversation.reported);
  }

  heading() {
    return this.t("report.heading");
  }

  body() {
    if (this.done) return html`<p role="status">${this.t("report.done")}</p>`;
    const { user, text } = /** @type {import("../../sdk/wire.js").Message} */ (this.conversation.reported);
    return html`
      <blockquote class="excerpt"><bdi>${user?.name ?? this.t("nobody")}</bdi><p dir="auto">${text}</p></blockquote>
      <fieldset class="choices"><legend>${this.t("report.reason")}</legend>
        ${REASONS.map((reason) => html`<label class="choice">
          <input type="radio" name="reason" value=${reason} required autofocus>
          ${this.t(`report.reason.${reason}`)}</label>`)}
      </fieldset>
      <label class="labelled">${this.t("report.note")}
        <textarea name="note" rows="3" maxlength="1000"></textarea></label>
      ${this.problem ? html`<p class="note problem" role="alert">${this.problem}</p>` : nothing}`;
  }

  footer() {
    if (!this.done) return this.choices(this.t("report.send"));
    return html`<button type="button" class="button primary" @click=${() => this.close()}>${this.t("close")}</button>`;
  }

  async submit() {
    const fields = new FormData(/** @type {HTMLFormElement} */ (this.querySelector("form")));
    const { id } = /** @type {import("../../sdk/wire.js").Message} */ (this.conversation.reported);
    try {
      await this.room.report(id, { reason: String(fields.get("reason")), note: String(fields.get("note")).trim() });
      this.done = true;
    } catch (error) {
      this.problem = sentenceOf(error, this.context.language);
    }
  }

  left() {
    this.conversation.report(null);
    this.problem = "";
    this.done = false;
  }
}

customElements.define("parley-report-dialog", ReportDialog);
