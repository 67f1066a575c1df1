import { avatar } from "../avatar.js";
import { sentenceOf } from "../failures.js";
import { html, nothing } from "../vendor/lit.js";
import { Dialog } from "./dialog.js";

/** Brings people of the organisation into the room. */
export class InviteDialog extends Dialog {
  static properties = { people: { state: true }, sought: { state: true }, problem: { state: true } };

  constructor() {
    super();
    /** @type {import("../../sdk/wire.js").Person[] | null} */
    this.people = null;
    this.sought = "";
    this.problem = "";
  }

  #chosen = /** @type {Set<string>} */ (new Set());

  async attach() {
    const inside = new Set(this.conversation.members?.map(({ id }) => id));
    try {
      this.people = (await this.client.users()).filter(({ id, active }) => active && !inside.has(id));
    } catch (error) {
      this.problem = sentenceOf(error, this.context.language);
    }
  }

  heading() {
    return this.t("members.invite");
  }

  body() {
    const sought = this.sought.toLocaleLowerCase();
    const found = (this.people ?? []).filter(({ id, name }) => `${name} ${id}`.toLocaleLowerCase().includes(sought));
    const label = this.t("members.search");
    const seek = (/** @type {any} */ { target }) => { this.sought = target.value; };
    return html`
      <input type="search" autofocus autocomplete="off" aria-label=${label} placeholder=${label} @input=${seek}>
      <div class="people" role="group" aria-label=${this.t("members.people")}>
        ${this.people && !found.length ? html`<p class="panel-state">${this.t("members.nobody")}</p>` : nothing}
        ${found.map((person) => html`<label class="person-row">${avatar(person)}<bdi>${person.name || person.id}</bdi>
          <input type="checkbox" .checked=${this.#chosen.has(person.id)} @change=${() => this.#toggle(person.id)}>
        </label>`)}
      </div>
      ${this.problem ? html`<p class="note problem" role="alert">${this.problem}</p>` : nothing}`;
  }

  footer() {
    return this.choices(this.t("members.invite"));
  }

  /** @param {string} id */
  #toggle(id) {
    if (!this.#chosen.delete(id)) this.#chosen.add(id);
  }

  async submit() {
    this.problem = this.#chosen.size ? "" : this.t("members.invite.whom");
    try {
      for (const id of this.#chosen) {
        await this.room.invite(id);
        this.#chosen.delete(id);
      }
      if (!this.problem) this.close("done");
    } catch (error) {
      this.problem = sentenceOf(error, this.context.language);
    }
  }
}

customElements.define("parley-invite-dialog", InviteDialog);
