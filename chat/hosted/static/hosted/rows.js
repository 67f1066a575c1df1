import { dayKey } from "./dates.js";

const TOGETHER = 5 * 60_000;

/**
 * @typedef {object} Row one line of the timeline
 * @property {string} key the same for as long as it is the same line
 * @property {"day" | "unread" | "notice" | "message"} kind
 * @property {string} [at] ISO 8601
 * @property {boolean} [head] whether it begins what one author said in a row
 * @property {boolean} [tail] whether it ends it
 * @property {import("../sdk/messages.js").Message} [message]
 * @property {import("../sdk/outbox.js").Unsent} [unsent] what became of it, while it is on its way
 */

/**
 * The lines that a conversation is shown with.
 * @param {import("../sdk/messages.js").Message[]} messages
 * @param {import("../sdk/outbox.js").Unsent[]} unsent
 * @param {{me: {id: string, name: string}, unreadAfter: number | null}} reader `unreadAfter`: the seq that the unread
 *   line follows
 * @returns {Row[]}
 */
export function rowsOf(messages, unsent, { me, unreadAfter }) {
  const stored = messages.map((message) => ({ message }));
  const underway = unsent.map((one) => ({ message: mine(one, me), unsent: one }));
  const rows = [];
  let day = null;
  let marked = unreadAfter === null;
  for (const { message, unsent: fate } of [...stored, ...underway]) {
    if (dayKey(message.created_at) !== day) {
      day = dayKey(message.created_at);
      rows.push({ key: `day ${day}`, kind: "day", at: message.created_at });
    }
    if (!marked && message.seq > unreadAfter && isFrom(message, me) === false) {
      marked = true;
      rows.push({ key: "unread", kind: "unread" });
    }
    rows.push(row(message, fate, me));
  }
  rows.forEach((one, index) => group(one, rows[index - 1]));
  return rows;
}

function row(message, unsent, me) {
  const key = message.client_id && isFrom(message, me) ? `mine ${message.client_id}` : `seq ${message.seq}`;
  return { key, kind: message.kind === "message" ? "message" : "notice", at: message.created_at, message, unsent };
}

function group(one, before) {
  if (one.kind !== "message") return;
  one.head = !(before?.kind === "message" && sameAuthor(one, before) && near(one, before));
  one.tail = true;
  if (!one.head) before.tail = false;
}

function sameAuthor(one, other) {
  return one.message.user?.id === other.message.user?.id;
}

function near(one, other) {
  return Math.abs(new Date(one.at) - new Date(other.at)) < TOGETHER;
}

/** Whether a person's message is the reader's own; null for a notice. */
function isFrom(message, me) {
  return message.kind === "message" ? message.user?.id === me.id : null;
}

function mine({ clientId, text, createdAt, seq }, me) {
  return { seq, kind: "message", user: me, text, client_id: clientId, created_at: createdAt, deleted: false };
}
