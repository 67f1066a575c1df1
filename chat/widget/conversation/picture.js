import { icon } from "../icons.js";
import { createRef, html, nothing, ref } from "../vendor/lit.js";
import { paintBlurhash } from "./blurhash.js";
import { Linked } from "./linked.js";
import { paintFile } from "./painting.js";
import { progressOf } from "./progress.js";

const NARROWEST = 0.5; // width by height, beyond which an image is cropped
const WIDEST = 2.5;
const USUAL = 4 / 3;

/** @typedef {import("../../sdk/uploads.js").Attachment} Attachment */

/** An image of a message, in the room that it needs from the beginning. It calls `open` when it is to be seen large. */
class Picture extends Linked {
  static properties = { open: { attribute: false } };

  #canvas = /** @type {import("../vendor/lit.js").Ref<HTMLCanvasElement>} */ (createRef());
  #painted = /** @type {Attachment | null} */ (null);
  #measured = /** @type {{width?: number, height?: number}} */ ({});

  render() {
    const { links, failed, loaded } = this;
    return html`<canvas ${ref(this.#canvas)} aria-hidden="true"></canvas>
      ${links && !failed ? html`<img class=${loaded ? "loaded" : ""} src=${links.thumbnail_url ?? links.url} alt=""
        @load=${this.shown} @error=${this.lost}>` : nothing}
      ${this.#front()}`;
  }

  /** What stands before the image. */
  #front() {
    const { name, type } = this.attachment;
    if (this.sending) return progressOf(this, this.attachment);
    if (this.failed) {
      return html`<button class="picture-failed" @click=${this.retry}>${icon("alert")}
        <span>${this.t("files.failed")}</span><span class="link">${this.t("retry")}</span></button>`;
    }
    return html`<button class="picture-open" aria-label=${this.t("files.open", { name })} @click=${this.open}>
      ${type === "image/gif" ? html`<span class="picture-kind" aria-hidden="true">GIF</span>` : nothing}</button>`;
  }

  /** @param {Map<string, unknown>} changed */
  updated(changed) {
    super.updated(changed);
    this.#reserve();
    this.#paint();
  }

  #reserve() {
    const { width, height } = this.attachment.width ? this.attachment : this.#measured;
    const ratio = width && height ? width / height : USUAL;
    this.style.setProperty("--ratio", String(Math.min(WIDEST, Math.max(NARROWEST, ratio))));
    this.style.setProperty("--width", `${width ?? 320}px`);
  }

  /** What was painted from the file stays below the image when it is stored, until that has come. */
  async #paint() {
    const { attachment } = this;
    const canvas = this.#canvas.value;
    const { file, blurhash, width, height } = attachment;
    const before = this.#painted;
    this.#painted = attachment;
    if (!canvas || (before && isSame(before, attachment))) return;
    if (file) {
      this.#measured = (await paintFile(canvas, file)) ?? {};
      this.#reserve();
    } else if (blurhash) paintBlurhash(canvas, blurhash, (width ?? USUAL) / (height ?? 1));
  }
}

/** @param {Attachment} one @param {Attachment} other */
function isSame(one, other) {
  return one.id ? one.id === other.id : one.file === other.file;
}

customElements.define("parley-picture", Picture);
