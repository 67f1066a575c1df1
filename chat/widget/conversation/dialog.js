import { icon } from "../icons.js";
import { Part } from "../part.js";
import panels from "../styles/panels.js";
import { html, nothing } from "../vendor/lit.js";

/** A modal dialog. The focus goes back to where it was. */
export class Dialog extends Part {
  static sheets = [panels];

  #shown = /** @type {HTMLDialogElement | null} */ (null);
  #resolve = (/** @type {string} */ _outcome) => {};

  /** What it was closed with: "done", or nothing when it was called off. @type {Promise<string>} */
  closed = new Promise((resolve) => { this.#resolve = resolve; });

  /** Whether it is open. */
  get wanted() {
    return true;
  }

  /** @returns {string} */
  heading() {
    return "";
  }

  /** @returns {unknown} */
  body() {
    return nothing;
  }

  /** @returns {unknown} */
  footer() {
    return nothing;
  }

  /** What its main button does. */
  async submit() {
    this.close("done");
  }

  /** It has been closed. */
  left() {
    this.remove();
  }

  /** @param {string} [outcome] */
  close(outcome) {
    this.#shown?.close(outcome);
  }

  render() {
    if (!this.wanted) return nothing;
    return html`<dialog class="dialog" part="dialog" aria-label=${this.heading()} @close=${this.#leave}
        @click=${this.#dismiss}>
      <form class="dialog-form" @submit=${this.#submit}>
        <header>
          <h2>${this.heading()}</h2>
          <button type="button" class="icon-button" aria-label=${this.t("close")} @click=${() => this.close()}>
            ${icon("close")}</button>
        </header>
        ${this.body()}
        <footer>${this.footer()}</footer>
      </form>
    </dialog>`;
  }

  updated() {
    const dialog = this.querySelector("dialog");
    if (dialog === this.#shown) return;
    this.#shown = dialog;
    dialog?.showModal();
  }

  disconnectedCallback() {
    super.disconnectedCallback();
    this.#resolve("");
  }

  /** A button that calls it off, and one that goes ahead. @param {string} label @param {string} [kind] */
  choices(label, kind = "primary") {
    return html`
      <button type="button" class="button" autofocus @click=${() => this.close()}>${this.t("cancel")}</button>
      <button class="button ${kind}">${label}</button>`;
  }

  /** @param {SubmitEvent} event */
  #submit(event) {
    event.preventDefault();
    this.submit();
  }

  /** What is beside the form is the dialog itself. @param {Event} event */
  #dismiss({ target }) {
    if (target === this.#shown) this.close();
  }

  #leave() {
    this.#resolve(this.#shown?.returnValue ?? "");
    this.left();
  }
}

/**
 * Opens a dialog above a part.
 * @param {Part} part
 * @param {string} name the dialog's element
 * @param {object} [given] the dialog's properties
 * @returns {Promise<string>} what it was closed with
 */
export function showDialog(part, name, given) {
  const { context, conversation } = part;
  const dialog = /** @type {Dialog} */ (document.createElement(name));
  Object.assign(dialog, { context, conversation, ...given });
  part.closest(".surface")?.append(dialog);
  return dialog.closed;
}
