import { Part } from "../part.js";
import { html, nothing } from "../vendor/lit.js";
import "./clip.js";
import { fileCard } from "./file_card.js";
import "./picture.js";

/** @typedef {import("../../sdk/uploads.js").Attachment} Attachment */

/** The files of a message: `attachments`, and its `unsent` while it is on its way. */
class Attachments extends Part {
  static properties = { attachments: { attribute: false }, unsent: { attribute: false } };

  render() {
    const files = this.#files;
    const images = files.filter(isImage);
    const others = files.filter((file) => !isImage(file));
    return html`
      ${images.length ? html`<div class="pictures">${images.map((image) => this.#picture(image))}</div>` : nothing}
      ${others.map((file) => (isClip(file) ? this.#clip(file) : fileCard(this, file, !!this.unsent)))}`;
  }

  /** With progress only where some is to be expected. @returns {Attachment[]} */
  get #files() {
    const stuck = this.unsent?.state === "failed";
    const shown = (/** @type {number} */ progress) => (stuck || progress === 1 ? undefined : progress);
    return this.attachments.map((/** @type {Attachment} */ file) => ({ ...file, progress: shown(file.progress ?? 1) }));
  }

  /** @param {Attachment} image */
  #picture(image) {
    return html`<parley-picture .context=${this.context} .conversation=${this.conversation} .attachment=${image}
      .sending=${!!this.unsent} .open=${() => this.#view(image)}></parley-picture>`;
  }

  /** @param {Attachment} file */
  #clip(file) {
    return html`<parley-clip .context=${this.context} .attachment=${file} .sending=${!!this.unsent}></parley-clip>`;
  }

  /** From here one leafs through all that the room shows. @param {Attachment} image */
  #view(image) {
    const messages = this.room.messages.list.filter(({ deleted }) => !deleted);
    const shown = messages.flatMap(({ attachments = [] }) => attachments.filter(isImage));
    const images = shown.some(({ id }) => id === image.id) ? shown : this.attachments.filter(isImage);
    this.conversation.view({ images, index: images.findIndex((/** @type {Attachment} */ { id }) => id === image.id) });
  }
}

/** @param {Attachment} file */
function isImage({ type }) {
  return !!type?.startsWith("image/");
}

/** @param {Attachment} file */
function isClip({ type }) {
  return /^(audio|video)\//.test(type ?? "");
}

customElements.define("parley-attachments", Attachments);
