import { Part } from "../part.js";
import { html, nothing } from "../vendor/lit.js";

/** Stands in the composer's place while nothing can be written: why, and how that can be changed. */
class BarredBar extends Part {
  static properties = { reason: { attribute: false } };

  #joining = false;

  /** @param {Map<string, unknown>} changed */
  updated(changed) {
    if (!changed.has("reason")) return;
    if (this.reason) this.context.announce(this.#words());
    else if (this.#joining) this.#joined();
  }

  render() {
    if (!this.reason) return nothing;
    const joinable = this.reason === "outside" && this.room.info?.kind === "open" && !this.client.me?.guest;
    return html`<div class="barred" part="barred">
      <p>${this.#words()}</p>
      ${joinable ? this.#joiner() : nothing}
    </div>`;
  }

  #joiner() {
    return html`<button class="button primary" @click=${this.#join}>${this.t("barred.join")}</button>`;
  }

  #words() {
    return this.t(`barred.${this.reason}`, { room: this.room.info?.name || this.room.id });
  }

  async #join() {
    this.#joining = true;
    if (!(await this.context.attempt(this.room.join().then(() => true)))) this.#joining = false;
  }

  /** The button that had the focus is gone. */
  #joined() {
    this.#joining = false;
    this.conversation.write();
  }
}

customElements.define("parley-barred", BarredBar);
