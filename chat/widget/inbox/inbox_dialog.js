import { FormDialog } from "../form_dialog.js";

/** A dialog of an inbox: `inbox` is what its parts share. */
export class InboxDialog extends FormDialog {
  static properties = { inbox: { attribute: false } };

  /** Closes, and goes to a room. @param {string} id */
  leaveFor(id) {
    this.close("done");
    this.inbox.go({ name: "room", id });
  }
}
