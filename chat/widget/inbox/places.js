/**
 * Where one is in an inbox. `rooms`: at the list; `message`, `thread`: ids of messages of the room.
 * @typedef {{name: "rooms" | "search" | "people"}
 *   | {name: "room", id: string, message?: string, thread?: string}} Place
 */

const ROOM = /^\/rooms\/([^/]+)(?:\/(messages|threads)\/([^/]+))?\/?$/;

/** The place of a page's path; the list for those that there are not. @param {string} path @returns {Place} */
export function placeAt(path) {
  if (path === "/search" || path === "/people") return { name: /** @type {"search" | "people"} */ (path.slice(1)) };
  const [, room, kind, message] = path.match(ROOM) ?? [];
  if (!room) return { name: "rooms" };
  const id = decoded(room);
  if (kind === "messages") return { name: "room", id, message: decoded(message) };
  return kind === "threads" ? { name: "room", id, thread: decoded(message) } : { name: "room", id };
}

/** The path of a place on the organisation's own pages. @param {Place} place @returns {string} */
export function addressOf(place) {
  if (place.name !== "room") return place.name === "rooms" ? "/" : `/${place.name}`;
  const room = `/rooms/${encodeURIComponent(place.id)}`;
  if (place.message) return `${room}/messages/${encodeURIComponent(place.message)}`;
  return place.thread ? `${room}/threads/${encodeURIComponent(place.thread)}` : room;
}

/** @param {string} part */
function decoded(part) {
  try {
    return decodeURIComponent(part);
  } catch {
    return part;
  }
}
