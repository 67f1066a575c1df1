import { html } from "../vendor/lit.js";
import { FormDialog } from "./form_dialog.js";
import "./people_picker.js";

/** Begins a conversation with one person or several, or finds the one that they have. */
class NewDirect extends FormDialog {
  heading() {
    return this.t("inbox.new-direct");
  }

  get action() {
    return this.t("inbox.new-direct.start");
  }

  fields() {
    return html`<parley-people-picker .context=${this.context}></parley-people-picker>`;
  }

  async act() {
    const { chosen } = /** @type {any} */ (this.querySelector("parley-people-picker"));
    if (!chosen.size) {
      this.problem = this.t("inbox.people.missing");
      return;
    }
    const room = await this.client.createRoom({ kind: "direct", members: [...chosen.keys()] });
    this.inbox.rooms.add(room);
    this.leaveFor(room.id);
  }
}

customElements.define("parley-new-direct", NewDirect);
