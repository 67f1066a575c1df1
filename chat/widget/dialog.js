import { icon } from "./icons.js";
import { Part } from "./part.js";
import panels from "./styles/panels.js";
import { html, nothing } from "./vendor/lit.js";

/** A modal dialog, opened by `showDialog`. The focus goes back to where it was. */
export class Dialog extends Part {
  static sheets = [panels];

  #resolve = (/** @type {string} */ _outcome) => {};

  /** What it was closed with: "done", or nothing when it was called off. @type {Promise<string>} */
  closed = new Promise((resolve) => { this.#resolve = resolve; });

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

  /** @param {string} [outcome] */
  close(outcome) {
    this.#dialog.close(outcome);
  }

  render() {
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

  firstUpdated() {
    super.firstUpdated();
    this.#show();
  }

  disconnectedCallback() {
    super.disconnectedCallback();
    this.#resolve("");
  }

  get #dialog() {
    return /** @type {HTMLDialogElement} */ (this.querySelector("dialog"));
  }

  /** What has the focus first may be in a part, which renders after this. */
  async #show() {
    const parts = /** @type {Part[]} */ ([...this.querySelectorAll("*")]);
    await Promise.all(parts.map(({ updateComplete }) => updateComplete));
    if (this.isConnected) this.#dialog.showModal();
  }

  /** @param {SubmitEvent} event */
  #submit(event) {
    event.preventDefault();
    this.submit();
  }

  /** What is beside the form is the dialog itself. @param {Event} event */
  #dismiss({ target }) {
    if (target === this.#dialog) this.close();
  }

  #leave() {
    this.#resolve(this.#dialog.returnValue);
    this.remove();
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
