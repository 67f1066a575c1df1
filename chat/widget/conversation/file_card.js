import { icon } from "../icons.js";
import { html } from "../vendor/lit.js";
import { linksOf } from "./links_to_files.js";
import { progressOf } from "./progress.js";

/**
 * A file to save, or one that is on its way.
 * @param {import("../part.js").Part} part that shows it
 * @param {import("../../sdk/uploads.js").Attachment} file
 * @param {boolean} sending
 */
export function fileCard(part, file, sending) {
  const { name = "", size = 0 } = file;
  const about = html`<span class="file-kind" aria-hidden="true">${endingOf(name) ?? icon("file")}</span>
    <span class="file-about"><bdi>${name}</bdi><small>${part.context.language.size(size)}</small></span>`;
  if (sending) return html`<div class="file">${about}${progressOf(part, file)}</div>`;
  return html`<button class="file" @click=${() => download(part.context, file)}>
    <span class="unseen">${part.t("files.download")}</span>${about}${icon("download")}</button>`;
}

/**
 * Saves a file. The link is a new one: an old one that is refused would show the refusal in place of the page.
 * @param {import("../context.js").Context} context
 * @param {{id?: string}} file
 */
export async function download(context, { id = "" }) {
  const links = await context.attempt(linksOf(context.client).renew(id));
  if (!links) return;
  const link = document.createElement("a");
  link.href = `${links.url}?download`;
  link.download = "";
  link.click();
}

/** Such as "PDF". @param {string} name */
function endingOf(name) {
  return name.match(/\.(\w{1,4})$/)?.[1].toUpperCase();
}
