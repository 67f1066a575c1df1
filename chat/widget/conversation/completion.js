/**
 * What is being looked for at the caret: "@ann" or ":smi", from `start` on.
 * @typedef {{kind: "person" | "emoji", start: number, text: string}} Sought
 */

const REACH = 100; // characters before the caret that are looked at
const PERSON = /(?<![\p{L}\p{N}_@/.])@([^\s@/]*(?: [^\s@/]+){0,2})$/u;
const EMOJI = /(?<![^\s(]):([a-z0-9_+-]{2,})$/i;

/** @param {string} text @param {number} caret @returns {Sought | null} */
export function soughtAt(text, caret) {
  const from = Math.max(0, caret - REACH);
  const before = text.slice(from, caret);
  const emoji = EMOJI.exec(before);
  if (emoji) return { kind: "emoji", start: from + emoji.index, text: emoji[1] };
  const person = PERSON.exec(before);
  if (person) return { kind: "person", start: from + person.index, text: person[1] };
  return null;
}

/**
 * The best of those that have the text in one of their words: as the first, at its beginning, at another's, or within.
 * @template T
 * @param {T[]} items
 * @param {string} text
 * @param {(item: T) => string[]} wordsOf
 * @param {number} [most]
 * @returns {T[]}
 */
export function ranked(items, text, wordsOf, most = Infinity) {
  const wanted = plain(text);
  return items
    .map((item) => ({ item, rank: rank(wordsOf(item).map(plain), wanted) }))
    .filter(({ rank }) => rank < WORST)
    .sort((one, other) => one.rank - other.rank)
    .slice(0, most)
    .map(({ item }) => item);
}

const WORST = 4;

/** @param {string[]} words @param {string} wanted */
function rank(words, wanted) {
  if (words[0] === wanted) return 0;
  if (words[0].startsWith(wanted)) return 1;
  if (words.some((word) => [word, ...word.split(/[\s_-]/)].some((part) => part.startsWith(wanted)))) return 2;
  return words.some((word) => word.includes(wanted)) ? 3 : WORST;
}

/** Without case and accents. @param {string} text */
function plain(text) {
  return text.toLowerCase().normalize("NFD").replace(/\p{M}/gu, "");
}
