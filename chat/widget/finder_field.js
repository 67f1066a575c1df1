import { sentenceOf } from "./failures.js";
import { html } from "./vendor/lit.js";

/**
 * Where one types what is sought.
 * @param {import("./finder.js").Finder<any>} finder
 * @param {string} label
 * @param {{focused?: boolean}} [options] `focused`: when its dialog opens
 */
export function finderField(finder, label, { focused = false } = {}) {
  const seek = (/** @type {any} */ { target }) => finder.seek(target.value);
  return html`<input type="search" autocomplete="off" ?autofocus=${focused} aria-label=${label} placeholder=${label}
    @input=${seek}>`;
}

/**
 * How it stands, below what was found.
 * @param {import("./part.js").Part} part
 * @param {import("./finder.js").Finder<any>} finder
 * @param {{count: number, none?: string, said?: string}} found `none`: where there is nothing at all; `said`: what is
 *   said otherwise
 */
export function finderState(part, finder, found) {
  return html`<p class="picker-state" role="status">${wordsFor(part, finder, found)}</p>`;
}

/** @type {(...of: Parameters<typeof finderState>) => string} */
function wordsFor(part, { error, found, sought }, { count, none = "", said = "" }) {
  if (error) return sentenceOf(error, part.context.language);
  if (!found) return part.t("loading");
  if (count || said) return said;
  return sought ? part.t("inbox.none", { text: sought }) : none;
}
