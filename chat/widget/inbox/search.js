import "../conversation/search_panel.js";
import { html } from "../vendor/lit.js";
import { InboxPart } from "./inbox_part.js";

/** Searching all rooms. `back` leads to the list. */
class Search extends InboxPart {
  static properties = { back: { attribute: false } };

  /** What the panel asks of a conversation, where there is none. */
  #nowhere = { room: null, members: null, closePanel: () => this.back() };

  render() {
    return html`<parley-search-panel .context=${this.context} .conversation=${this.#nowhere} .everywhere=${true}>
      </parley-search-panel>`;
  }
}

customElements.define("parley-search", Search);
