/**
 * What somebody may do with a member of a room: what the server allows them.
 *
 * @typedef {import("../../sdk/wire.js").Role} Role
 * @typedef {"write" | "owner" | "moderator" | "member" | "remove" | "ban"} Right the roles stand for giving them
 */

/**
 * @param {{id: string, role: Role, guest?: boolean}} member
 * @param {{me: string, role: Role | null, leads: boolean}} actor `leads`: whether rooms can be made and opened
 * @returns {Right[]} in the order of a menu
 */
export function rightsOver(member, { me, role, leads }) {
  if (member.id === me) return [];
  const above = role === "owner" || (role === "moderator" && member.role === "member");
  return /** @type {Right[]} */ ([
    ...(leads && !member.guest ? ["write"] : []),
    ...(role === "owner" ? ["owner", "moderator", "member"] : []),
    ...(above ? ["remove", "ban"] : []),
  ]);
}
