import { sentenceOf } from "../failures.js";
import { Part } from "../part.js";
import { html, nothing } from "../vendor/lit.js";

const PATIENCE = 1_500; // ms: a first connection is quicker than this; saying so would only flicker

/** How the connection is, where that is worth a word, and what gives it a chance to come back. */
class Status extends Part {
  static properties = { worth: { state: true } };

  attach() {
    const { connection } = this.client;
    this.worth = connection.state === "open";
    const timer = setTimeout(() => { this.worth = true; }, PATIENCE);
    this.whenGone(() => clearTimeout(timer));
    this.follow(connection, "state", ({ state }) => {
      this.worth ||= state === "open";
      this.requestUpdate();
    });
    for (const type of ["online", "offline"]) this.listen(window, type, () => this.#look());
    this.listen(document, "visibilitychange", () => { if (!document.hidden) connection.wake(); });
  }

  render() {
    const { connection } = this.client;
    return html`<div class="banner ${connection.state === "refused" ? "problem" : ""}" part="status" role="status"
      data-state=${connection.state} ?hidden=${connection.state === "open" || !this.worth}>${this.#words()}</div>`;
  }

  #ended() {
    const { connection, me } = this.client;
    return me?.guest ? this.t("connection.guest") : sentenceOf(connection.error, this.context.language);
  }

  /** What the browser says of the network is worth a try, and other words. */
  #look() {
    this.client.connection.wake();
    this.requestUpdate();
  }

  #words() {
    const { connection } = this.client;
    if (connection.state === "open" || !this.worth) return nothing;
    if (connection.state === "refused") return html`<span>${this.#ended()}</span> <slot name="sign-in"></slot>`;
    const full = connection.error?.code === "plan_limit_reached" && sentenceOf(connection.error, this.context.language);
    const words = full || (navigator.onLine ? this.t("connection.lost") : this.t("connection.gone"));
    const retry = html`<button class="link" @click=${() => connection.wake()}>${this.t("connection.retry")}</button>`;
    return html`<span>${words}</span> ${connection.state === "offline" ? retry : nothing}`;
  }
}

customElements.define("parley-status", Status);
