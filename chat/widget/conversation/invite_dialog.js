import { FormDialog } from "../form_dialog.js";
import "../people_picker.js";
import { html } from "../vendor/lit.js";

/** Brings people of the organisation into the room. */
class InviteDialog extends FormDialog {
  heading() {
    return this.t("members.invite");
  }

  get action() {
    return this.t("members.invite");
  }

  fields() {
    return html`<parley-people-picker .context=${this.context} .without=${this.conversation.members ?? []}>
      </parley-people-picker>`;
  }

  /** One after the other: if one is refused, those before stay in. */
  async act() {
    const picker = /** @type {import("../people_picker.js").PeoplePicker} */ (
      this.querySelector("parley-people-picker")
    );
    if (!picker.chosen.size) this.problem = this.t("members.invite.whom");
    for (const person of [...picker.chosen.values()]) {
      await this.room.invite(person.id);
      picker.turn(person);
    }
  }
}

customElements.define("parley-invite-dialog", InviteDialog);
