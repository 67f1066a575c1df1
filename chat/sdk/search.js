/**
 * @typedef {object} Filters
 * @property {string} [room] id
 * @property {string} [user] id of the author
 * @property {Date | string} [after] ISO 8601
 * @property {Date | string} [before]
 * @property {boolean} [hasAttachment]
 * @property {number} [limit] 20 unless given, 100 at most
 * @property {string} [cursor] the `next` of the page before
 *
 * @typedef {object} Found
 * @property {{id: string, name: string}} room
 * @property {import("./wire.js").Message} message
 * @property {{text: string, marked: boolean}[]} snippet where the words are, as plain text
 */

/**
 * Messages with all of these words, the newest first; words in quotes are a phrase, `or` stands between alternatives,
 * `-` before what must not be there. A page may be short, even empty, and still have a `next`. Throws ParleyError.
 * @param {import("./rest.js").Rest} rest
 * @param {string} text
 * @param {Filters} [filters]
 * @returns {Promise<{data: Found[], next: string | null}>}
 */
export function search(rest, text, { after, before, hasAttachment, ...filters } = {}) {
  return rest.get("/search", {
    q: text, ...filters, after: written(after), before: written(before), has_attachment: hasAttachment,
  });
}

/** @param {Date | string | undefined} time */
function written(time) {
  return time instanceof Date ? time.toISOString() : time;
}
