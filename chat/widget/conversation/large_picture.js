import { icon } from "../icons.js";
import { createRef, html, nothing, ref } from "../vendor/lit.js";
import { followPointers, fromMiddle } from "./gestures.js";
import { Linked } from "./linked.js";
import { FIT, moved, scaled } from "./zoom.js";

const TAPPED = 2.5; // the scale that a tap leads to
const WHEEL = 0.002; // of a px that is scrolled

/** An image in a frame of its own, to be magnified and moved. `leaf` is called with 1 or -1, `away` to close. */
export class LargePicture extends Linked {
  static properties = { leaf: { attribute: false }, away: { attribute: false } };

  #zoom = FIT;
  #frame = /** @type {import("../vendor/lit.js").Ref<HTMLElement>} */ (createRef());
  #image = /** @type {import("../vendor/lit.js").Ref<HTMLElement>} */ (createRef());

  get magnified() {
    return this.#zoom.scale > 1;
  }

  attach() {
    super.attach();
    const frame = /** @type {HTMLElement} */ (this.#frame.value);
    const { direction } = this.context.language;
    followPointers(frame, {
      scale: (factor, at) => this.zoom(factor, at),
      move: (x, y) => this.move(x, y),
      swipe: (x) => { if (!this.magnified) this.leaf(direction === "rtl" ? x : -x); },
      tap: (at) => this.zoom(this.magnified ? 0 : TAPPED, at),
      away: () => this.away(),
    });
    this.listen(frame, "wheel", (event) => {
      event.preventDefault();
      this.zoom(Math.exp(-event.deltaY * WHEEL), fromMiddle(frame, event));
    });
    this.listen(window, "resize", () => this.zoom(0));
  }

  render() {
    const { attachment, links, failed, loaded } = this;
    return html`<div class="frame" ${ref(this.#frame)}>
      <div class="large" ${ref(this.#image)}>
        ${links && !failed ? html`
          ${loaded || !links.thumbnail_url ? nothing : html`<img src=${links.thumbnail_url} alt="" draggable="false">`}
          <img class=${loaded ? "loaded" : ""} src=${links.url} alt=${attachment.name} draggable="false"
            @error=${this.lost} @load=${this.#loaded}>` : nothing}
      </div>
      ${failed ? html`<p class="note problem">${icon("alert")} ${this.t("files.failed")}
        <button class="link" @click=${this.retry}>${this.t("retry")}</button></p>` : nothing}
    </div>`;
  }

  firstUpdated() {
    super.firstUpdated();
    const { width, height } = this.attachment;
    this.#fit(width, height);
  }

  /** @param {number} factor 0 to see all of it @param {{x: number, y: number}} [at] px from the middle */
  zoom(factor, at = { x: 0, y: 0 }) {
    this.#show(factor ? scaled(this.#zoom, factor, at, this.#sizes) : FIT);
  }

  /** @param {number} x px @param {number} y px */
  move(x, y) {
    this.#show(moved(this.#zoom, x, y, this.#sizes));
  }

  /** @param {Event} event */
  #loaded({ target }) {
    const { naturalWidth, naturalHeight } = /** @type {HTMLImageElement} */ (target);
    this.shown();
    this.#fit(naturalWidth, naturalHeight);
  }

  /** @param {number} width px @param {number} height px */
  #fit(width, height) {
    if (!width || !height) return;
    this.style.setProperty("--ratio", String(width / height));
    this.style.setProperty("--width", `${width}px`);
  }

  /** @param {import("./zoom.js").Zoom} zoom */
  #show(zoom) {
    this.#zoom = zoom;
    const image = /** @type {HTMLElement} */ (this.#image.value);
    image.style.transform = `translate(${zoom.x}px, ${zoom.y}px) scale(${zoom.scale})`;
    image.classList.toggle("magnified", this.magnified);
  }

  get #sizes() {
    const frame = /** @type {HTMLElement} */ (this.#frame.value);
    const image = /** @type {HTMLElement} */ (this.#image.value);
    return {
      width: frame.clientWidth, height: frame.clientHeight,
      image: { width: image.offsetWidth, height: image.offsetHeight },
    };
  }
}

customElements.define("parley-large-picture", LargePicture);
