const SETTINGS = ["name", "topic", "picture", "data", "frozen", "slow_seconds", "archived"];

/**
 * What a room is after an event of it: the same object where nothing of it changes.
 * @param {import("./wire.js").RoomInfo | null} info before
 * @param {import("./wire.js").RoomEvent & Record<string, any>} event
 * @param {string | undefined} me its user's id
 */
export function infoAfter(info, event, me) {
  if (!info || event.seq <= info.last_seq) return info;
  if (event.type === "room.updated") {
    const changed = SETTINGS.filter((name) => name in event).map((name) => [name, event[name]]);
    return { ...info, ...Object.fromEntries(changed) };
  }
  if (!me || event.user?.id !== me) return info;
  if (event.type === "member.left") return { ...info, member: false, role: null };
  return { ...info, member: true, role: event.role ?? info.role };
}
