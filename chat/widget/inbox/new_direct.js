import "../people_picker.js";
import { html } from "../vendor/lit.js";
import { InboxDialog } from "./inbox_dialog.js";

/** Begins a conversation with one person or several, or finds the one that they have. */
class NewDirect extends InboxDialog {
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
    const { chosen } = /** @type {import("../people_picker.js").PeoplePicker} */ (
      this.querySelector("parley-people-picker")
    );
    if (!chosen.size) {
      this.problem = this.t("inbox.new-direct.missing");
      return;
    }
    const room = await this.client.createRoom({ kind: "direct", members: [...chosen.keys()] });
    this.inbox.rooms.add(room);
    this.leaveFor(room.id);
  }
}

customElements.define("parley-new-direct", NewDirect);
