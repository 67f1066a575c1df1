import { Dialog } from "./dialog.js";
import { sentenceOf } from "./failures.js";
import { html, nothing } from "./vendor/lit.js";

/** A dialog that does something which may be refused: then it stays, and says why. */
export class FormDialog extends Dialog {
  static properties = { problem: { state: true }, busy: { state: true } };

  constructor() {
    super();
    this.problem = "";
    this.busy = false;
  }

  /** What its button says; without one it can only be closed. */
  get action() {
    return "";
  }

  /** Whether that is not undone easily: then the focus begins at the button that calls it off. */
  get dangerous() {
    return false;
  }

  /** What is filled in. @returns {unknown} */
  fields() {
    return nothing;
  }

  /** Does it; throws ParleyError, or says itself what the `problem` is. @param {FormData} _form */
  async act(_form) {}

  body() {
    const problem = this.problem ? html`<p class="note problem">${this.problem}</p>` : nothing;
    return html`${this.fields()}<div role="alert">${problem}</div>`;
  }

  footer() {
    if (!this.action) return nothing;
    return html`
      <button type="button" class="button" ?autofocus=${this.dangerous} @click=${() => this.close()}>
        ${this.t("cancel")}</button>
      <button class="button ${this.dangerous ? "danger" : "primary"}" ?disabled=${this.busy}>${this.action}</button>`;
  }

  async submit() {
    if (!this.action || this.busy) return;
    const form = new FormData(/** @type {HTMLFormElement} */ (this.querySelector("form")));
    this.busy = true;
    if (await this.attempt(() => this.act(form))) this.close("done");
    this.busy = false;
  }

  /** Does something; whether it went well, otherwise the `problem` is shown. @param {() => Promise<void>} act */
  async attempt(act) {
    this.problem = "";
    try {
      await act();
    } catch (error) {
      this.problem = sentenceOf(error, this.context.language);
    }
    return !this.problem;
  }
}
