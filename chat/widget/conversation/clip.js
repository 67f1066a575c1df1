import { html } from "../vendor/lit.js";
import { fileCard } from "./file_card.js";
import { Linked } from "./linked.js";

/** Sound or film, played by the browser itself. What it cannot play is a file to save. */
class Clip extends Linked {
  render() {
    const { attachment, sending, links, failed } = this;
    if (sending || failed || !links) return fileCard(this, attachment, sending);
    const { name, type } = attachment;
    if (type?.startsWith("video/")) {
      return html`<video src=${links.url} controls playsinline preload="metadata" aria-label=${name}
        @loadedmetadata=${this.shown} @error=${this.lost}></video>`;
    }
    return html`<figure><figcaption><bdi>${name}</bdi></figcaption>
      <audio src=${links.url} controls preload="metadata" aria-label=${name}
        @loadedmetadata=${this.shown} @error=${this.lost}></audio></figure>`;
  }
}

customElements.define("parley-clip", Clip);
