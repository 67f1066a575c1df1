import "./conversation/conversation_view.js";
import { ParleyElement } from "./element.js";
import { html, nothing } from "./vendor/lit.js";

/** One room: `<parley-room room="general">`. */
export class RoomElement extends ParleyElement {
  static properties = { room: {} };

  /** @param {import("./context.js").Context} context */
  surface(context) {
    if (!this.room) return nothing;
    return html`<parley-conversation .context=${context} .shown=${context.client.room(this.room)}></parley-conversation>`;
  }
}

customElements.define("parley-room", RoomElement);
