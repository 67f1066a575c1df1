import { html, nothing } from "../vendor/lit.js";
import { sentenceOf } from "../failures.js";
import { Dialog } from "./dialog.js";

const HOUR = 3_600_000; // ms
const TERMS = { hour: HOUR, day: 24 * HOUR, week: 168 * HOUR, month: 720 * HOUR, always: 0 };

/** Shuts `member` out of the room, for some time or for good. */
export class BanDialog extends Dialog {
  static properties = { problem: { state: true } };

  constructor() {
    super();
    this.problem = "";
  }

  /** @type {import("../../sdk/wire.js").User} */
  member = /** @type {any} */ (null);

  heading() {
    return this.t("members.ban.question", { name: this.member.name || this.member.id });
  }

  body() {
    return html`
      <p>${this.t("members.ban.meaning")}</p>
      <label class="labelled">${this.t("members.ban.term")}
        <select name="term" autofocus>${Object.entries(TERMS).map(([name, length]) =>
          html`<option value=${length}>${this.t(`members.ban.${name}`)}</option>`)}</select>
      </label>
      <label class="labelled">${this.t("members.ban.reason")}<input name="reason" maxlength="500"></label>
      ${this.problem ? html`<p class="note problem" role="alert">${this.problem}</p>` : nothing}`;
  }

  footer() {
    return this.choices(this.t("members.ban"), "danger");
  }

  async submit() {
    const fields = new FormData(/** @type {HTMLFormElement} */ (this.querySelector("form")));
    const length = Number(fields.get("term"));
    const until = length ? new Date(Date.now() + length) : undefined;
    try {
      await this.room.ban(this.member.id, { reason: String(fields.get("reason")), until });
      this.close("done");
    } catch (error) {
      this.problem = sentenceOf(error, this.context.language);
    }
  }
}

customElements.define("parley-ban-dialog", BanDialog);
