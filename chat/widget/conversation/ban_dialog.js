import { FormDialog } from "../form_dialog.js";
import { html } from "../vendor/lit.js";

const HOUR = 3_600_000; // ms
const TERMS = { hour: HOUR, day: 24 * HOUR, week: 168 * HOUR, month: 720 * HOUR, always: 0 };

/** Shuts `member` out of the room, for some time or for good. */
class BanDialog extends FormDialog {
  /** @type {import("../../sdk/wire.js").User} */
  member = /** @type {any} */ (null);

  heading() {
    return this.t("members.ban.question", { name: this.member.name || this.member.id });
  }

  get action() {
    return this.t("members.ban");
  }

  get dangerous() {
    return true;
  }

  fields() {
    return html`
      <p>${this.t("members.ban.meaning")}</p>
      <label class="labelled">${this.t("members.ban.term")}
        <select name="term" autofocus>${Object.entries(TERMS).map(([name, length]) =>
          html`<option value=${length}>${this.t(`members.ban.${name}`)}</option>`)}</select>
      </label>
      <label class="labelled">${this.t("members.ban.reason")}<input name="reason" maxlength="500"></label>`;
  }

  /** @param {FormData} form */
  async act(form) {
    const length = Number(form.get("term"));
    const until = length ? new Date(Date.now() + length) : undefined;
    await this.room.ban(this.member.id, { reason: String(form.get("reason")), until });
  }
}

customElements.define("parley-ban-dialog", BanDialog);
