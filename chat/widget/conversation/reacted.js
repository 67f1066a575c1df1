/** @typedef {import("../../sdk/wire.js").Reaction} Reaction */

/**
 * Reactions as they will be once what somebody wants has been done.
 * @param {Reaction[]} reactions as the server tells
 * @param {Map<string, boolean>} wanted by emoji, whether it is to be theirs
 * @param {string} me
 * @returns {Reaction[]}
 */
export function reacted(reactions, wanted, me) {
  const known = new Map(reactions.map((reaction) => [reaction.emoji, reaction]));
  for (const [emoji, on] of wanted) {
    const { users, count } = known.get(emoji) ?? { users: [], count: 0 };
    if (users.includes(me) === on) continue;
    known.set(emoji, on
      ? { emoji, count: count + 1, users: [me, ...users] }
      : { emoji, count: count - 1, users: users.filter((id) => id !== me) });
  }
  return [...known.values()].filter(({ count }) => count > 0);
}

/**
 * What is still to be done of what somebody wants.
 * @param {Reaction[]} reactions
 * @param {Map<string, boolean>} wanted
 * @param {string} me
 */
export function outstanding(reactions, wanted, me) {
  const mine = new Set(reactions.filter(({ users }) => users.includes(me)).map(({ emoji }) => emoji));
  return new Map([...wanted].filter(([emoji, on]) => mine.has(emoji) !== on));
}
