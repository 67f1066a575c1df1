import { FormDialog } from "../form_dialog.js";
import { html } from "../vendor/lit.js";

const REASONS = /** @type {const} */ (["spam", "abuse", "harm", "other"]);

/** Tells the moderators of `message`. */
class ReportDialog extends FormDialog {
  /** @type {import("../../sdk/wire.js").Message} */
  message = /** @type {any} */ (null);

  heading() {
    return this.t("report.heading");
  }

  get action() {
    return this.t("report.send");
  }

  fields() {
    const { user, text } = this.message;
    return html`
      <blockquote class="excerpt"><bdi>${user?.name ?? this.t("nobody")}</bdi><p dir="auto">${text}</p></blockquote>
      <fieldset class="choices"><legend>${this.t("report.reason")}</legend>
        ${REASONS.map((reason) => html`<label class="choice">
          <input type="radio" name="reason" value=${reason} required autofocus>
          ${this.t(`report.reason.${reason}`)}</label>`)}
      </fieldset>
      <label class="labelled">${this.t("report.note")}
        <textarea name="note" rows="3" maxlength="1000"></textarea></label>`;
  }

  /** @param {FormData} form */
  async act(form) {
    const reason = /** @type {typeof REASONS[number]} */ (form.get("reason"));
    await this.room.report(this.message.id, { reason, note: String(form.get("note")).trim() });
    this.context.toast(this.t("report.done"));
  }
}

customElements.define("parley-report-dialog", ReportDialog);
