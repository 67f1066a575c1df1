import { infoAfter } from "../../sdk/info.js";
import { MOST_COUNTED } from "./count.js";
import { plainText } from "./plain_text.js";

/**
 * @typedef {import("../../sdk/wire.js").RoomInfo} RoomInfo
 * @typedef {import("../../sdk/wire.js").RoomEvent} RoomEvent
 * @typedef {"rooms" | "direct" | "open"} Group `open`: rooms that one may join
 */

/**
 * What a list shows of a room after an event of it.
 * @param {RoomInfo} before
 * @param {RoomEvent} event
 * @param {string | undefined} me its user's id
 * @returns {RoomInfo}
 */
export function roomAfter(before, event, me) {
  const room = { .../** @type {RoomInfo} */ (infoAfter(before, event, me)), last_seq: event.seq };
  const { type, message } = event;
  if (type === "message.created" && message) return { ...room, ...lastIs(message), ...countedAfter(room, message, me) };
  if (message && before.last_message && isLast(message, before)) {
    return { ...room, last_message: { ...before.last_message, text: message.text } };
  }
  return room;
}

/**
 * The same once its user has read up to `seq`.
 * @param {RoomInfo} room
 * @param {number} seq
 * @returns {RoomInfo}
 */
export function roomRead(room, seq) {
  const unread = Math.min(room.unread, Math.max(0, room.last_seq - seq));
  return { ...room, read_seq: seq, unread, mentions: Math.min(room.mentions, unread) };
}

/**
 * Of what is held and what the server told, what goes on: an answer that left before the latest event came is old.
 * @param {RoomInfo | undefined} held
 * @param {RoomInfo} told
 */
export function newer(held, told) {
  const ahead = held && held.epoch === told.epoch && (held.last_seq > told.last_seq || held.read_seq > told.read_seq);
  return ahead ? held : told;
}

/**
 * Whether a message is the one that the list shows of its room.
 * @param {{created_at: string}} message
 * @param {RoomInfo} room
 */
export function isLast({ created_at: at }, { last_message: last }) {
  return Boolean(last) && Date.parse(at) === Date.parse(/** @type {{created_at: string}} */ (last).created_at);
}

/** The latest active first. @param {Iterable<RoomInfo>} rooms */
export function byActivity(rooms) {
  return [...rooms].sort((one, other) => {
    return Date.parse(other.active_at) - Date.parse(one.active_at) || one.id.localeCompare(other.id);
  });
}

/**
 * The rooms to show, by group, of which the name has `sought` in it; archived ones are not.
 * @param {RoomInfo[]} rooms
 * @param {string} [sought]
 * @returns {Record<Group, RoomInfo[]>}
 */
export function grouped(rooms, sought = "") {
  /** @type {Record<Group, RoomInfo[]>} */
  const groups = { rooms: [], direct: [], open: [] };
  const part = sought.trim().toLocaleLowerCase();
  for (const room of rooms) {
    if (room.archived || !nameOf(room).toLocaleLowerCase().includes(part)) continue;
    const group = room.kind === "direct" ? "direct" : room.member ? "rooms" : room.kind === "open" && "open";
    if (group) groups[group].push(room);
  }
  return groups;
}

/** @param {{id: string, name?: string}} room */
export function nameOf({ id, name }) {
  return name?.trim() || id;
}

/** How much calls for attention: of a muted room only what names its user. @param {RoomInfo[]} rooms */
export function unreadIn(rooms) {
  const mine = rooms.filter(({ member }) => member);
  return mine.reduce((sum, { muted, unread, mentions }) => sum + (muted ? mentions : unread), 0);
}

/**
 * A room's last line, before a name is put to it.
 * @param {RoomInfo} room
 * @param {string | undefined} me its user's name
 * @returns {{by: "you" | "other" | "nobody", name: string, text: string} | null}
 */
export function lastLine({ kind, last_message: last }, me) {
  if (!last) return null;
  const name = last.user_name ?? "";
  const by = name && name === me ? "you" : !name || kind === "direct" ? "nobody" : "other";
  return { by, name, text: plainText(last.text) };
}

/**
 * Whether a message calls somebody.
 * @param {import("../../sdk/wire.js").Message} message
 * @param {string | undefined} me
 */
export function calls({ mentions = [], mentions_room: everybody = false }, me) {
  return everybody || mentions.includes(me ?? "");
}

/** An id for a room of that name, as far as it is written in letters that ids are made of. @param {string} name */
export function idFrom(name) {
  const plain = name.normalize("NFKD").replace(/\p{M}/gu, "").toLowerCase();
  return plain.replace(/[^a-z0-9]+/g, "-").slice(0, 64).replace(/^-|-$/g, "");
}

/** @param {import("../../sdk/wire.js").Message} message */
function lastIs({ user, text, created_at }) {
  return { last_message: { user_name: user?.name ?? null, text, created_at }, active_at: created_at };
}

/** @param {RoomInfo} room @param {import("../../sdk/wire.js").Message} message @param {string | undefined} me */
function countedAfter({ unread, mentions }, message, me) {
  if (message.deleted || message.user?.id === me) return {};
  return {
    unread: Math.min(MOST_COUNTED, unread + 1),
    mentions: Math.min(MOST_COUNTED, mentions + Number(calls(message, me))),
  };
}
