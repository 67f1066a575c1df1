import { Part } from "../part.js";
import { html, nothing } from "../vendor/lit.js";

/** Stands in the composer's place while nothing can be written: why, and how that can be changed. */
export class BarredBar extends Part {
  static properties = { reason: { attribute: false } };

  /** @param {Map<string, unknown>} changed */
  updated(changed) {
    if (changed.has("reason") && this.reason) this.context.announce(this.#words());
  }

  render() {
    if (!this.reason) return nothing;
    const joinable = this.reason === "outside" && this.room.info?.kind === "open";
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
    await this.context.attempt(this.room.join());
    this.conversation.write();
  }
}

customElements.define("parley-barred", BarredBar);
