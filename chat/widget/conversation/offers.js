/**
 * What can be done with a message.
 *
 * @typedef {"react" | "thread" | "quote" | "edit" | "pin" | "unpin" | "copy" | "link" | "edits" | "readers" | "report"
 *   | "delete"} Offer
 *
 * @typedef {object} Standing of who looks at it
 * @property {boolean} mine whether they wrote it
 * @property {boolean} moderates
 * @property {boolean} writes whether they may write in the room now
 * @property {boolean} direct whether it is a direct conversation
 */

/**
 * What somebody is offered, in the order of a menu: what the server allows them.
 * @param {import("../../sdk/wire.js").Message} message
 * @param {Standing} standing
 * @returns {Offer[]}
 */
export function offersFor(message, { mine, moderates, writes, direct }) {
  if (message.deleted || !["message", "system"].includes(message.kind)) return [];
  return /** @type {Offer[]} */ ([
    writes && "react",
    (writes || message.reply_count) && "thread",
    writes && "quote",
    writes && mine && message.kind === "message" && "edit",
    writes && (moderates || direct) && (message.pinned_at ? "unpin" : "pin"),
    message.text && "copy",
    "link",
    message.edited_at && (mine || moderates) && "edits",
    mine && "readers",
    !mine && "report",
    writes && (mine || moderates) && "delete",
  ].filter(Boolean));
}
