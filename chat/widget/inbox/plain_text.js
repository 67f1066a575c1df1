const SHOWN = 200; // characters, as many as the server tells of a room's last message

// What Markdown marks, as chat/markdown.py knows it, and what is left of it in a line.
const MARKS = /** @type {[RegExp, string][]} */ ([
  [/^ {0,3}(?:```|~~~).*$/gm, ""],
  [/^ *(?:> ?|[-*+] +)+/gm, ""],
  [/\[([^\]]+)\]\([^()\s]+\)/g, "$1"],
  [/(\*\*|__|~~|`+)(?=\S)(.*?\S)\1/g, "$2"],
  [/(?<![\p{L}\p{N}*_])([*_])(?=\S)(.*?\S)\1(?![\p{L}\p{N}*_])/gu, "$2"],
]);

/**
 * The beginning of what a message says in one line, without its Markdown: near enough where nobody reads it closely.
 * @param {string} text
 */
export function plainText(text) {
  const beginning = text.length < SHOWN ? text : text.slice(0, SHOWN).replace(/@\S*$/, ""); // half an id is none
  return MARKS.reduce((plain, [mark, left]) => plain.replace(mark, left), beginning).replace(/\s+/g, " ").trim();
}
