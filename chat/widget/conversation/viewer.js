import { icon } from "../icons.js";
import { Part } from "../part.js";
import viewer from "../styles/viewer.js";
import { createRef, html, keyed, nothing, ref } from "../vendor/lit.js";
import { download } from "./file_card.js";
import "./large_picture.js";

const STEP = 1.5; // of a key or button
const PAN = 80; // px of an arrow key

/** @typedef {import("./large_picture.js").LargePicture} LargePicture */

/** The images of the conversation, large, one at a time. */
class Viewer extends Part {
  static sheets = [viewer];

  #dialog = /** @type {import("../vendor/lit.js").Ref<HTMLDialogElement>} */ (createRef());
  #picture = /** @type {import("../vendor/lit.js").Ref<LargePicture>} */ (createRef());

  attach() {
    this.follow(this.conversation, "change");
  }

  render() {
    const { viewing } = this.conversation;
    return html`<dialog class="viewer" part="viewer" aria-labelledby="viewer-name" ${ref(this.#dialog)}
      @close=${this.#closed} @keydown=${this.#pressed}>${viewing ? this.#content(viewing) : nothing}</dialog>`;
  }

  updated() {
    const dialog = /** @type {HTMLDialogElement} */ (this.#dialog.value);
    const { viewing } = this.conversation;
    if (viewing && !dialog.open) dialog.showModal();
    else if (!viewing && dialog.open) dialog.close();
  }

  /** @param {import("./conversation.js").Viewing} viewing */
  #content({ images, index }) {
    const image = images[index];
    const several = images.length > 1;
    const place = this.t("files.position", { number: index + 1, count: images.length });
    return html`
      <header>
        <h2 id="viewer-name" aria-live="polite">
          <bdi>${image.name}</bdi>${several ? html`<small>${place}</small>` : nothing}</h2>
        ${this.#button("minus", "files.smaller", () => this.#zoom(1 / STEP))}
        ${this.#button("plus", "files.larger", () => this.#zoom(STEP))}
        ${this.#button("download", "files.download", () => download(this.context, image))}
        ${this.#button("close", "close", () => this.#dialog.value?.close(), { focused: true })}
      </header>
      ${keyed(image.id, html`<parley-large-picture .context=${this.context} .attachment=${image} .leaf=${this.#leaf}
        .away=${() => this.#dialog.value?.close()} ${ref(this.#picture)}></parley-large-picture>`)}
      ${several ? html`<nav>
        ${this.#button("back", "files.previous", () => this.#leaf(-1))}
        ${this.#button("back", "files.next", () => this.#leaf(1))}</nav>` : nothing}`;
  }

  /**
   * @param {import("../icons.js").IconName} name
   * @param {string} key
   * @param {() => void} act
   * @param {{focused?: boolean}} [options] `focused`: when the dialog opens
   */
  #button(name, key, act, { focused = false } = {}) {
    const words = this.t(key);
    return html`<button class="icon-button" aria-label=${words} title=${words} ?autofocus=${focused}
      @click=${act}>${icon(name)}</button>`;
  }

  #leaf = (/** @type {number} */ by) => {
    const { viewing } = this.conversation;
    if (!viewing) return;
    const { images, index } = viewing;
    this.conversation.view({ images, index: (index + by + images.length) % images.length });
  };

  /** @param {number} factor */
  #zoom(factor) {
    this.#picture.value?.zoom(factor);
  }

  /** @param {KeyboardEvent} event */
  #pressed(event) {
    const { key } = event;
    if (key === "Escape" || event.ctrlKey || event.metaKey || event.altKey) return;
    event.stopPropagation(); // the keys of the conversation rest meanwhile
    if (key === "+" || key === "=") this.#zoom(STEP);
    else if (key === "-") this.#zoom(1 / STEP);
    else if (key === "0") this.#zoom(0);
    else if (key.startsWith("Arrow")) this.#arrow(key);
    else return;
    event.preventDefault();
  }

  /** Arrows move what is magnified; otherwise they lead on, in the direction of reading. @param {string} key */
  #arrow(key) {
    const x = Number(key === "ArrowRight") - Number(key === "ArrowLeft");
    const y = Number(key === "ArrowDown") - Number(key === "ArrowUp");
    if (this.#picture.value?.magnified) this.#picture.value.move(-x * PAN, -y * PAN);
    else if (x) this.#leaf(this.context.language.direction === "rtl" ? -x : x);
  }

  /** The focus is back where it was, unless that has been scrolled out of the document. */
  #closed() {
    this.conversation.view(null);
    if (!/** @type {ShadowRoot} */ (this.getRootNode()).activeElement) this.conversation.write();
  }
}

customElements.define("parley-viewer", Viewer);
