/**
 * A file that the server has. `width` and `height` (pixels) and `blurhash` are an image's; `size` is in bytes.
 * @typedef {{id: string, name: string, type: string, size: number, width: number | null, height: number | null,
 *   blurhash: string | null, created_at: string}} Upload
 *
 * A file of an unsent message: on this side as `file`, on the server as `id`. `progress` goes from 0 to 1.
 * @typedef {Partial<Upload> & {file?: Blob, progress?: number}} Attachment
 *
 * @typedef {import("./rest.js").Rest} Rest
 */

/**
 * Hands a file in, to be attached to a message within a day. Throws ParleyError, `aborted` when the signal says so.
 * @param {Rest} rest
 * @param {Blob} file
 * @param {{onProgress?: (done: number) => void, signal?: AbortSignal}} [options] `done` goes from 0 to 1
 * @returns {Promise<Upload>}
 */
export function upload(rest, file, options) {
  return rest.upload("/uploads", file, options);
}

/**
 * Links to a file and to an image's small version, which hold until `expires_at` and need no credential: they are
 * secrets. Throws ParleyError.
 * @param {Rest} rest
 * @param {string} id
 * @returns {Promise<Upload & {url: string, thumbnail_url: string | null, expires_at: string}>}
 */
export function uploadLinks(rest, id) {
  return rest.get(`/uploads/${encodeURIComponent(id)}`);
}

/** @param {string | Blob | Attachment} given the id of an upload, an upload, or a file @returns {Attachment} */
export function attachmentOf(given) {
  if (typeof given === "string") return { id: given };
  if (!(given instanceof Blob)) return { ...given };
  const { name = "file", type, size } = /** @type {File} */ (given);
  return { name, type, size, file: given, progress: 0 };
}

/**
 * Hands in those that are only here yet, one after the other. Throws ParleyError.
 * @param {Rest} rest
 * @param {Attachment[]} attachments
 * @param {{changed: (place: number, change: Attachment) => void, signal: AbortSignal}} options `changed` is told of
 *   each step of the one at `place`
 * @returns {Promise<boolean>} whether there were any
 */
export async function handIn(rest, attachments, { changed, signal }) {
  let any = false;
  for (const [place, { id, file }] of attachments.entries()) {
    if (id || !file) continue;
    any = true;
    changed(place, { progress: 0 });
    const made = await upload(rest, file, { signal, onProgress: (progress) => changed(place, { progress }) });
    changed(place, { ...made, progress: 1 });
  }
  return any;
}
