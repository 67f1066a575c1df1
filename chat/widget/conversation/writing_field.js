import { Part } from "../part.js";
import { createRef, html, nothing, ref } from "../vendor/lit.js";
import { soughtAt } from "./completion.js";
import { continued, formatOf, formatted, isUrl, linked } from "./formatting.js";
import { MAC } from "./formatting_bar.js";
import { mentioned, withIds } from "./mentions.js";
import { typeOver } from "./typing_over.js";

const SHARE = 0.4; // of the conversation's height
const TOUCH = globalThis.matchMedia?.("(pointer: coarse)");

/**
 * A text field that grows, with Markdown by keys and completion of names and emoji. `label` says what is written there.
 *
 * Dispatches `parley-written` when the text has changed, `parley-enter` when it is to be sent.
 */
export class WritingField extends Part {
  static properties = { label: { attribute: false } };

  #ref = /** @type {import("../vendor/lit.js").Ref<HTMLTextAreaElement>} */ (createRef());
  #list = /** @type {import("../vendor/lit.js").Ref<import("./completion_list.js").CompletionList>} */ (createRef());
  #mentions = /** @type {import("./mentions.js").Mentions} */ ({});

  /** What is written, as it is sent: mentions by ids, and nothing that cannot be stored. */
  get text() {
    return wellFormed(withIds(this.#area.value, this.#mentions)).trim();
  }

  /** What is written, as it was written. @returns {import("./drafts.js").Draft} */
  get draft() {
    return { text: this.#area.value, mentions: this.#mentions };
  }

  /** Writes anew. @param {import("./drafts.js").Draft} draft */
  set draft({ text, mentions }) {
    this.#mentions = mentions;
    this.#area.value = text;
    this.#area.setSelectionRange(text.length, text.length);
    this.#list.value?.close?.();
    this.#fit();
    this.requestUpdate();
  }

  focus() {
    this.#area.focus();
  }

  /** Puts something at the caret. @param {string} text */
  insert(text) {
    const { selectionStart, selectionEnd } = this.#area;
    this.#type(selectionStart, selectionEnd, text);
  }

  /** Gives the selection a format, or takes it away. @param {import("./formatting.js").Format} format */
  format(format) {
    const { value, selectionStart, selectionEnd } = this.#area;
    typeOver(this.#area, formatted(value, selectionStart, selectionEnd, format));
  }

  render() {
    // The words in an empty field are the reader's language, what is written may be in another.
    return html`
      <parley-completion .context=${this.context} .conversation=${this.conversation} ${ref(this.#list)}
        @parley-complete=${this.#complete}></parley-completion>
      <textarea part="input" rows="1" dir=${this.#ref.value?.value ? "auto" : nothing} aria-label=${this.label}
        placeholder=${this.label} aria-autocomplete="list" aria-haspopup="listbox" ${ref(this.#ref)}
        enterkeyhint=${TOUCH.matches ? "enter" : "send"} @input=${this.#written} @keydown=${this.#pressed}
        @keyup=${this.#moved} @click=${this.#look} @paste=${this.#pasted}
        @blur=${() => this.#list.value?.close?.()}></textarea>`;
  }

  get #area() {
    return /** @type {HTMLTextAreaElement} */ (this.#ref.value);
  }

  #written() {
    this.#fit();
    this.#look();
    this.requestUpdate();
    this.dispatchEvent(new Event("parley-written"));
  }

  #fit() {
    const area = this.#area;
    const place = this.closest("parley-thread-panel, .stage") ?? this.context.host;
    area.style.setProperty("max-height", `${Math.max(80, Math.round(place.clientHeight * SHARE))}px`);
    if (CSS.supports("field-sizing", "content")) return;
    area.style.setProperty("height", "auto");
    area.style.setProperty("height", `${area.scrollHeight}px`);
  }

  /** The list is loaded once it may be of use; what cannot be loaded now is not offered. */
  async #look() {
    if (!soughtAt(this.#area.value, this.#area.selectionEnd)) return this.#list.value?.close?.();
    await import("./completion_list.js").catch(() => {});
    this.#list.value?.look?.(this.#area);
  }

  /** @param {KeyboardEvent} event */
  #moved({ key }) {
    if (/^(Arrow(Left|Right)|Home|End)$/.test(key)) this.#look();
  }

  /** @param {KeyboardEvent} event */
  #pressed(event) {
    // An input method uses Enter to accept what it composed (UI Events, section 5.3); Safari says so by 229 alone.
    if (event.isComposing || event.keyCode === 229) return event.stopPropagation();
    if (this.#list.value?.press?.(event)) return;
    const format = formatOf(event, MAC);
    const { selectionStart, selectionEnd } = this.#area;
    const elsewhere = format === "link" && selectionStart === selectionEnd; // without words it finds rooms
    if (format && !elsewhere) this.#answer(event, () => this.format(format));
    else if (event.key === "Enter") this.#entered(event);
  }

  /** @param {KeyboardEvent} event */
  #entered(event) {
    const { ctrlKey, metaKey, shiftKey, altKey } = event;
    if (ctrlKey || metaKey || !(shiftKey || altKey || TOUCH.matches)) {
      return this.#answer(event, () => this.dispatchEvent(new Event("parley-enter")));
    }
    const { value, selectionStart, selectionEnd } = this.#area;
    const change = selectionStart === selectionEnd && continued(value, selectionStart);
    if (change) this.#answer(event, () => typeOver(this.#area, change));
  }

  /** @param {ClipboardEvent} event */
  #pasted(event) {
    const { value, selectionStart: from, selectionEnd: to } = this.#area;
    const url = event.clipboardData?.getData("text/plain").trim() ?? "";
    if (from === to || !isUrl(url) || isUrl(value.slice(from, to))) return;
    this.#answer(event, () => typeOver(this.#area, linked(value, from, to, url)));
  }

  /** @param {CustomEvent<{start: number, offer: import("./completion_list.js").Offer}>} event */
  #complete({ detail: { start, offer } }) {
    const { key, user, emoji } = offer;
    const { name, mentions } = user ? mentioned(user, this.#mentions) : { name: key, mentions: this.#mentions };
    this.#mentions = mentions;
    this.#type(start, this.#area.selectionEnd, emoji ? `${emoji} ` : `@${name} `);
  }

  /** @param {number} start @param {number} end @param {string} text */
  #type(start, end, text) {
    const caret = start + text.length;
    typeOver(this.#area, { start, end, text, from: caret, to: caret });
  }

  /** @param {Event} event @param {() => void} act */
  #answer(event, act) {
    event.preventDefault();
    event.stopPropagation();
    act();
  }
}

/** Without NUL and lone surrogates, which cannot be stored. @param {string} text */
function wellFormed(text) {
  return text.replaceAll("\0", "").replace(/\p{Surrogate}/gu, "\uFFFD");
}

customElements.define("parley-writing-field", WritingField);
