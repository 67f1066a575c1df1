import { sentenceOf } from "../failures.js";
import { icon } from "../icons.js";
import { Part } from "../part.js";
import { html, nothing, ref, repeat } from "../vendor/lit.js";
import { chosenFor, MOST } from "./chosen_files.js";
import { takeDropped } from "./dropping.js";
import { paintFile } from "./painting.js";
import { progressOf } from "./progress.js";

const TOUCH = matchMedia("(pointer: coarse)");
const FINAL = ["file_refused", "too_big"]; // said of the file itself

/** @typedef {import("./chosen_files.js").Chosen} Chosen */

/**
 * The files of the next message, and the buttons that choose them; what is dropped on the conversation comes here, too.
 * `thread` is the id of the message that is replied to.
 *
 * Dispatches `parley-tray-change`.
 */
export class Tray extends Part {
  static properties = { thread: { attribute: false } };

  #leave = () => {};
  #painted = /** @type {WeakSet<Element>} */ (new WeakSet());

  attach() {
    this.follow(this.client, "state", ({ state }) => { if (state === "open") this.#chosen.resume(); });
    const place = /** @type {HTMLElement} */ (this.closest("parley-thread-panel, .stage") ?? this.parentElement);
    this.whenGone(takeDropped(place, {
      words: () => this.t("files.drop"),
      ready: () => !this.closest("[hidden]"),
      take: (files) => this.#add(files),
    }));
    this.#enter();
    this.whenGone(() => this.#leave());
  }

  /** @param {Map<string, unknown>} changed */
  updated(changed) {
    if (changed.has("thread")) this.#enter();
  }

  /** Begins to show the files of a room's next message, or of a thread's. */
  #enter() {
    this.#leave();
    const chosen = this.#chosen;
    const stops = [
      chosen.on("change", () => {
        this.requestUpdate();
        this.dispatchEvent(new Event("parley-tray-change", { bubbles: true }));
      }),
      chosen.on("refused", (refused) => this.context.announce(this.#reason(refused))),
    ];
    this.#leave = () => stops.forEach((stop) => stop());
    this.requestUpdate();
  }

  /** For `room.send`. */
  get files() {
    return this.#chosen.attachments;
  }

  get count() {
    return this.#chosen.list.length;
  }

  /** Whether the message has to wait: one was refused. */
  get busy() {
    return this.#chosen.busy;
  }

  /** @param {Iterable<File>} files */
  #add(files) {
    const before = this.count;
    if (this.#chosen.add(files)) this.context.toast(this.t("files.most", { count: MOST }), true);
    if (this.count > before) this.context.announce(this.t("files.added", { count: this.count }));
  }

  clear() {
    this.#chosen.clear();
  }

  /** Asks for files. @param {{camera?: boolean}} [options] */
  #pick({ camera = false } = {}) {
    /** @type {HTMLInputElement} */ (this.querySelector(camera ? "[capture]" : "[multiple]")).click();
  }

  render() {
    const { list } = this.#chosen;
    return html`
      ${list.length ? html`<ul class="tray-files" part="tray" aria-label=${this.t("files.chosen")}>
        ${repeat(list, ({ key }) => key, (chosen) => this.#tile(chosen))}</ul>` : nothing}
      <span class="tray-buttons">
        <input type="file" multiple hidden @change=${this.#picked}>
        <input type="file" accept="image/*" capture="environment" hidden @change=${this.#picked}>
        <button type="button" class="icon-button" aria-label=${this.t("files.attach")} title=${this.t("files.attach")}
          @click=${() => this.#pick()}>${icon("attach")}</button>
        <button type="button" class="icon-button camera" aria-label=${this.t("files.camera")}
          @click=${() => this.#pick({ camera: true })}>${icon("camera")}</button>
      </span>`;
  }

  /** @param {{target: HTMLInputElement}} event */
  #picked({ target }) {
    this.#add([...(target.files ?? [])]);
    target.value = ""; // the same file may be chosen again
    if (!TOUCH.matches) this.closest("form")?.querySelector("textarea")?.focus(); // there it would raise the keyboard
  }

  get #chosen() {
    return chosenFor(this.room, this.thread);
  }

  /** @param {Chosen} chosen */
  #tile(chosen) {
    const { key, file, state } = chosen;
    return html`<li class="tile ${state}">
      <canvas aria-hidden="true" ${ref((canvas) => { this.#preview(canvas, chosen); })}></canvas>
      <span class="file-kind" aria-hidden="true">${icon("file")}</span>
      <span class="file-about"><bdi title=${file.name}>${file.name}</bdi><small>${this.#fate(chosen)}</small></span>
      ${state === "uploading" ? progressOf(this, { name: file.name, progress: chosen.progress }) : nothing}
      <button type="button" class="icon-button remove" aria-label=${this.t("files.remove", { name: file.name })}
        @click=${() => this.#remove(key)}>${icon("close")}</button>
    </li>`;
  }

  /** @param {Chosen} chosen */
  #fate(chosen) {
    const { key, file, state, error } = chosen;
    if (state === "waiting") return this.t("files.waiting");
    if (state !== "refused") return this.context.language.size(file.size);
    const reason = sentenceOf(error, this.context.language);
    if (FINAL.includes(error.code)) return reason;
    return html`${reason}
      <button type="button" class="link" @click=${() => this.#chosen.retry(key)}>${this.t("retry")}</button>`;
  }

  /** @param {Chosen} chosen */
  #reason({ file, error }) {
    return this.t("said", { name: file.name, text: sentenceOf(error, this.context.language) });
  }

  /** @param {Element | undefined} canvas @param {Chosen} chosen */
  async #preview(canvas, { key, file }) {
    if (!canvas || this.#painted.has(canvas)) return;
    this.#painted.add(canvas);
    const size = await paintFile(/** @type {HTMLCanvasElement} */ (canvas), file);
    if (size) this.#chosen.measured(key, size);
  }

  /** @param {number} key */
  #remove(key) {
    this.#chosen.remove(key);
    /** @type {HTMLElement | null} */ (this.querySelector(".tray-buttons button"))?.focus(); // its own button is gone
  }
}

customElements.define("parley-tray", Tray);
