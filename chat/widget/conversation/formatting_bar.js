import { icon } from "../icons.js";
import { html, nothing } from "../vendor/lit.js";
import { FORMATS, keyOf } from "./formatting.js";

/** Whether Command takes the place of Ctrl. */
export const MAC = /Mac|iP(hone|ad|od)/.test(globalThis.navigator?.platform);

/**
 * Buttons that give the selection a format.
 * @param {(key: string) => string} t
 * @param {(format: import("./formatting.js").Format) => void} apply
 */
export function formattingBar(t, apply) {
  return html`<div class="formatting" role="group" aria-label=${t("composer.formats")} @mousedown=${keepFocus}>
    ${FORMATS.map((format) => {
      const key = keyOf(format);
      const label = t(`composer.${format}`);
      return html`<button type="button" class="icon-button" aria-label=${label} @click=${() => apply(format)}
        title=${key ? `${label} (${MAC ? "⌘" : "Ctrl+"}${key})` : label}
        aria-keyshortcuts=${key ? `${MAC ? "Meta" : "Control"}+${key}` : nothing}>${icon(format)}</button>`;
    })}
  </div>`;
}

/** The text keeps it, and its selection. @param {Event} event */
export function keepFocus(event) {
  event.preventDefault();
}
