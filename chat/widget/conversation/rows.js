import { dayKey } from "../language.js";

const TOGETHER = 5 * 60_000; // ms in which what one author says belongs together

/**
 * @typedef {import("../../sdk/wire.js").Message} Message
 * @typedef {import("../../sdk/outbox.js").Unsent} Unsent
 *
 * @typedef {object} Item something that was said or happened
 * @property {string} key the same for as long as it is the same, also when it turns from unsent to stored
 * @property {number} seq of what is not stored yet: Infinity
 * @property {Message} message
 * @property {Unsent} [unsent] what becomes of it, while it is on its way
 *
 * @typedef {Item & {kind: "message" | "notice", head: boolean, tail: boolean}} Line `head`, `tail`: whether it begins
 *   or ends what one author said in a row
 * @typedef {{kind: "day", key: string, at: string} | {kind: "unread", key: string}} Divider
 * @typedef {Line | Divider} Row one line of the timeline
 */

const items = /** @type {WeakMap<Message, Item>} */ (new WeakMap());

/**
 * What a timeline shows: the messages, replies left to their threads, and behind them what is on its way.
 * @param {Message[]} messages
 * @param {Unsent[]} unsent
 * @param {import("../../sdk/wire.js").User | null} me
 * @returns {Item[]}
 */
export function itemsOf(messages, unsent, me) {
  const stored = messages.filter(({ parent }) => !parent).map((message) => itemOf(message, me));
  const underway = unsent.filter(({ parent }) => !parent).map((one) => ({
    key: `mine ${one.clientId}`, seq: Infinity, message: messageOf(one, me), unsent: one,
  }));
  return [...stored, ...underway];
}

/**
 * The same one for the same message: a long list is asked for many times.
 * @param {Message} message
 * @param {import("../../sdk/wire.js").User | null} me
 */
function itemOf(message, me) {
  const held = items.get(message);
  if (held) return held;
  const item = { key: keyOf(message, me), seq: message.seq, message };
  if (me) items.set(message, item); // before it is known who one is, nothing is one's own
  return item;
}

/**
 * The rows of some items, with a line for each day and one before what is new.
 * @param {Item[]} items
 * @param {{me: import("../../sdk/wire.js").User | null, unreadAfter: number | null}} reader `unreadAfter`: the seq that
 *   the line of what is new follows
 * @returns {Row[]}
 */
export function rowsOf(items, { me, unreadAfter }) {
  /** @type {Row[]} */
  const rows = [];
  let day = "";
  let marked = unreadAfter === null;
  for (const item of items) {
    const { message, seq } = item;
    if (dayKey(message.created_at) !== day) {
      day = dayKey(message.created_at);
      rows.push({ kind: "day", key: `day ${day}`, at: message.created_at });
    }
    const fromOthers = message.kind === "message" && message.user?.id !== me?.id;
    if (!marked && seq > /** @type {number} */ (unreadAfter) && fromOthers) {
      marked = true;
      rows.push({ kind: "unread", key: "unread" });
    }
    rows.push(lineAfter(rows[rows.length - 1], item));
  }
  return rows;
}

/** @param {Row | undefined} before @param {Item} item @returns {Line} */
function lineAfter(before, item) {
  const kind = item.message.kind === "message" ? "message" : "notice";
  const follows = kind === "message" && before?.kind === "message" && together(before.message, item.message);
  if (follows) before.tail = false;
  return { ...item, kind, head: !follows, tail: true };
}

/** @param {Message} one @param {Message} next */
function together(one, next) {
  const apart = Date.parse(next.created_at) - Date.parse(one.created_at);
  return one.user?.id === next.user?.id && !next.quote && apart < TOGETHER;
}

/** @param {Message} message @param {import("../../sdk/wire.js").User | null} me */
function keyOf(message, me) {
  return message.client_id && message.user?.id === me?.id ? `mine ${message.client_id}` : message.id;
}

/**
 * What its user wrote, in the shape of what is stored.
 * @param {Unsent} unsent
 * @param {import("../../sdk/wire.js").User | null} me
 * @returns {Message}
 */
export function messageOf({ clientId, text, createdAt, seq, parent }, me) {
  return {
    id: "", seq: seq ?? Infinity, kind: "message", user: me, text, client_id: clientId, created_at: createdAt,
    edited_at: null, deleted: false, data: null, parent,
  };
}
