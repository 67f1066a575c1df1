import "../people_picker.js";
import { html } from "../vendor/lit.js";
import { InboxDialog } from "./inbox_dialog.js";
import { idFrom } from "./listing.js";

const ID = "[A-Za-z0-9][A-Za-z0-9_.:\\-]{0,63}"; // as the server takes it

/** Makes a room. */
class NewRoom extends InboxDialog {
  static properties = { roomId: { state: true } };

  #own = false; // the id is not the one that the name makes

  constructor() {
    super();
    this.roomId = "";
  }

  heading() {
    return this.t("inbox.new-room");
  }

  get action() {
    return this.t("inbox.new-room.make");
  }

  fields() {
    return html`
      <label class="labelled">${this.t("inbox.name")}
        <input name="name" required maxlength="80" autocomplete="off" dir="auto" autofocus @input=${this.#called}>
      </label>
      <label class="labelled">${this.t("inbox.topic")}
        <input name="topic" maxlength="500" autocomplete="off" dir="auto"></label>
      <label class="labelled">${this.t("inbox.id")}
        <input name="id" maxlength="64" pattern=${ID} autocomplete="off" dir="ltr" .value=${this.roomId}
          @input=${this.#named}></label>
      <fieldset class="choices"><legend>${this.t("inbox.kind")}</legend>
        ${this.#kind("open", true)}${this.#kind("private", false)}</fieldset>
      <fieldset><legend>${this.t("inbox.people.add")}</legend>
        <parley-people-picker .context=${this.context}></parley-people-picker></fieldset>`;
  }

  /** @param {FormData} form */
  async act(form) {
    const { chosen } = /** @type {import("../people_picker.js").PeoplePicker} */ (
      this.querySelector("parley-people-picker")
    );
    const [name, topic, id, kind] = ["name", "topic", "id", "kind"].map((field) => String(form.get(field)).trim());
    const room = await this.client.createRoom({
      name, topic, kind: /** @type {"open" | "private"} */ (kind), members: [...chosen.keys()], ...(id && { id }),
    });
    this.inbox.rooms.add(room);
    this.leaveFor(room.id);
  }

  /** @param {Event} event */
  #called({ target }) {
    if (!this.#own) this.roomId = idFrom(/** @type {HTMLInputElement} */ (target).value);
  }

  /** @param {Event} event */
  #named({ target }) {
    this.roomId = /** @type {HTMLInputElement} */ (target).value;
    this.#own = Boolean(this.roomId);
  }

  /** @param {"open" | "private"} kind @param {boolean} checked */
  #kind(kind, checked) {
    return html`<label class="choice"><input type="radio" name="kind" value=${kind} ?checked=${checked}>
      <span><strong>${this.t(`inbox.kind.${kind}`)}</strong> <small>${this.t(`inbox.kind.${kind}.means`)}</small></span>
    </label>`;
  }
}

customElements.define("parley-new-room", NewRoom);
