// People read and write names, the server reads "@id": a mention is a name here and an id there.

/**
 * @typedef {import("../../sdk/wire.js").User} User
 * @typedef {Record<string, string>} Mentions ids, by the names that stand for them in a text
 */

const BEFORE = String.raw`(?<![\p{L}\p{N}_@/.])@`;
const ENDS = /^[.,:;!?)\]}>'"*_~`]*(?:[\s@/]|$)/; // what the server takes for the end of an id
const ID = new RegExp(String.raw`${BEFORE}([^\s@/]{1,128})`, "gu");
const AFTER = /[.,:;!?)\]}>'"*_~`]+$/; // an id, the sentence around it
const EVERYBODY = "room";

/** Whether a text can name somebody by this id. @param {string} id */
export function canBeMentioned(id) {
  return id !== EVERYBODY && !/[\s@/]/.test(id);
}

/**
 * The word that mentions somebody, and all mentions with that one.
 * @param {User} user
 * @param {Mentions} mentions those that the text has already
 * @returns {{name: string, mentions: Mentions}}
 */
export function mentioned({ id, name }, mentions) {
  const shown = name.trim();
  const taken = shown in mentions && mentions[shown] !== id;
  if (!shown || shown === EVERYBODY || taken) return { name: id, mentions };
  return { name: shown, mentions: { ...mentions, [shown]: id } };
}

/** A text as it is sent: ids in place of names. @param {string} text @param {Mentions} mentions */
export function withIds(text, mentions) {
  const names = Object.keys(mentions).sort((one, other) => other.length - one.length);
  if (!names.length) return text;
  const any = names.map((name) => name.replace(/[\\^$.*+?()[\]{}|/-]/g, "\\$&")).join("|");
  const mention = new RegExp(String.raw`${BEFORE}(${any})(?![\p{Ll}\p{Lu}\p{N}_])`, "gu");
  return text.replace(mention, (found, name, at) => {
    const ends = ENDS.test(text.slice(at + found.length));
    return `@${mentions[name]}${ends ? "" : " "}`;
  });
}

/**
 * A text as it is written: names in place of ids.
 * @param {string} text
 * @param {User[]} people who is mentioned
 * @returns {import("./drafts.js").Draft}
 */
export function withNames(text, people) {
  const byId = new Map(people.map((user) => [user.id, user]));
  let mentions = /** @type {Mentions} */ ({});
  const written = text.replace(ID, (found, token) => {
    const id = [token, token.replace(AFTER, "")].find((reading) => byId.has(reading));
    if (id === undefined) return found;
    const one = mentioned(/** @type {User} */ (byId.get(id)), mentions);
    mentions = one.mentions;
    return `@${one.name}${token.slice(id.length)}`;
  });
  return { text: written, mentions };
}

/** Whom a text may mention, by what looks like their ids. @param {string} text */
export function idsIn(text) {
  const ids = [...text.matchAll(ID)].map(([, token]) => token.replace(AFTER, ""));
  return [...new Set(ids)].filter((id) => id && id !== EVERYBODY);
}
