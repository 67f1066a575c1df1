import { html, nothing } from "../vendor/lit.js";

/**
 * How much of a file is handed in; nothing where that is no question.
 * @param {import("../part.js").Part} part
 * @param {import("../../sdk/uploads.js").Attachment} file
 */
export function progressOf(part, { name, progress }) {
  if (progress === undefined) return nothing;
  return html`<progress value=${progress} aria-label=${part.t("files.uploading", { name })}></progress>`;
}
