import { Part } from "./part.js";
import { html, keyed, nothing } from "./vendor/lit.js";

const SHOWN = 6_000; // ms

/** Says to screen readers what is announced, and shows what is to be seen for a moment. */
class Speaker extends Part {
  static properties = { spoken: { state: true }, toast: { state: true } };

  #times = 0;
  #timer = 0;

  attach() {
    this.follow(this.context, "announce", ({ text }) => this.#say(text));
    this.follow(this.context, "toast", (toast) => this.#show(toast));
  }

  render() {
    return html`
      <p class="unseen" role="status">${keyed(this.#times, html`<span>${this.spoken}</span>`)}</p>
      <div class="toasts" role="alert">${this.toast ? this.#toast(this.toast) : nothing}</div>`;
  }

  /** The same twice is said twice, for it stands in a new element. @param {string} text */
  #say(text) {
    this.spoken = text;
    this.#times++;
    this.requestUpdate();
  }

  /** @param {{text: string, problem: boolean}} toast */
  #toast({ text, problem }) {
    return html`<p class="toast ${problem ? "problem" : ""}">${text}</p>`;
  }

  /** @param {{text: string, problem: boolean}} toast */
  #show(toast) {
    this.toast = toast;
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => { this.toast = null; }, SHOWN);
  }
}

customElements.define("parley-speaker", Speaker);
