import { ParleyElement } from "./element.js";
import { html, keyed, nothing } from "./vendor/lit.js";

/** All rooms of a user: `<parley-inbox>`. */
class InboxElement extends ParleyElement {
  /** `inbox`: what is going on in it; made for the client unless it was given. */
  static properties = { inbox: { attribute: false } };

  /** @param {import("./context.js").Context} context */
  surface(context) {
    if (this.inbox?.client !== context.client) {
      this.#load(context);
      return nothing;
    }
    return keyed(context, html`<parley-inbox-view .context=${context} .inbox=${this.inbox}></parley-inbox-view>`);
  }

  /** @param {import("./context.js").Context} context */
  async #load(context) {
    const loaded = await context.attempt(import("./inbox/inbox_view.js"));
    const overtaken = this.context !== context || this.inbox?.client === context.client;
    if (loaded && !overtaken) this.inbox = new loaded.Inbox(context.client);
  }
}

customElements.define("parley-inbox", InboxElement);
