import { avatar } from "../avatar.js";
import { Dialog } from "../dialog.js";
import { html } from "../vendor/lit.js";

/** Who has read as far as `message`. */
class ReadersDialog extends Dialog {
  /** @type {import("../../sdk/wire.js").Message} */
  message = /** @type {any} */ (null);

  attach() {
    this.follow(this.room, "read");
  }

  heading() {
    return this.t("actions.readers");
  }

  body() {
    const ids = this.room.reads.by(this.message.seq);
    if (!ids.length) return html`<p>${this.t("actions.readers.none")}</p>`;
    const people = ids.map((id) => ({ id, name: this.conversation.nameOf(id) }));
    return html`<ul class="people">
      ${people.map((user) => html`<li class="person-row">${avatar(user)}<bdi>${user.name}</bdi></li>`)}
    </ul>`;
  }
}

customElements.define("parley-readers-dialog", ReadersDialog);
