import "./conversation/conversation_view.js";
import { ParleyElement } from "./element.js";
import { html, nothing } from "./vendor/lit.js";

/** One room: `<parley-room room="general">`. */
class RoomElement extends ParleyElement {
  static properties = { room: {} };

  /** @param {import("./context.js").Context} context */
  surface(context) {
    if (!this.room) return nothing;
    const room = context.client.room(this.room);
    return html`<parley-conversation .context=${context} .shown=${room}></parley-conversation>`;
  }
}

customElements.define("parley-room", RoomElement);
