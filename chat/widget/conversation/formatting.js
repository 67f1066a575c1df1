/**
 * What is to be typed over a part of a text, and what is selected afterwards.
 * @typedef {{start: number, end: number, text: string, from: number, to: number}} Change
 * @typedef {"bold" | "italic" | "strike" | "code" | "list" | "quote" | "link"} Format
 */

/** In the order in which they are offered. @type {Format[]} */
export const FORMATS = ["bold", "italic", "strike", "code", "list", "quote", "link"];

const MARKS = { bold: "**", italic: "_", strike: "~~", code: "`" };
const PREFIXES = { list: "- ", quote: "> " };
const ITEM = /^( *)(?:([-*+])|(\d{1,9})([.)])|(>)) +/;
const FENCE = "```";

/** Each format's key, beside Ctrl or Command. @type {Record<string, Format>} */
const KEYS = { b: "bold", i: "italic", "shift+x": "strike", e: "code", k: "link" };

/** Such as "Shift+X", to be pressed with Ctrl or Command; undefined where there is none. @param {Format} format */
export function keyOf(format) {
  const key = Object.keys(KEYS).find((key) => KEYS[key] === format);
  return key?.replace(/\b[a-z]/g, (letter) => letter.toUpperCase());
}

/**
 * What a key asks for.
 * @param {{key: string, shiftKey: boolean, ctrlKey: boolean, metaKey: boolean, altKey: boolean}} event
 * @param {boolean} mac
 * @returns {Format | undefined}
 */
export function formatOf({ key, shiftKey, ctrlKey, metaKey, altKey }, mac) {
  const [command, other] = mac ? [metaKey, ctrlKey] : [ctrlKey, metaKey];
  return command && !other && !altKey ? KEYS[`${shiftKey ? "shift+" : ""}${key.toLowerCase()}`] : undefined;
}

/**
 * Gives a selection a format, or takes it away again.
 * @param {string} text
 * @param {number} from
 * @param {number} to
 * @param {Format} format
 * @returns {Change}
 */
export function formatted(text, from, to, format) {
  if (format === "link") return linked(text, from, to);
  if (format === "list" || format === "quote") return prefixed(text, from, to, PREFIXES[format]);
  if (format === "code" && text.slice(from, to).includes("\n")) return fenced(text, from, to);
  return marked(text, from, to, MARKS[format]);
}

/** @param {string} text @param {number} from @param {number} to @param {string} mark @returns {Change} */
function marked(text, from, to, mark) {
  while (from < to && /\s/.test(text[from])) from++; // a mark beside a space is none
  while (to > from && /\s/.test(text[to - 1])) to--;
  const { length } = mark;
  const inner = text.slice(from, to);
  if (from >= length && text.slice(from - length, from) === mark && text.slice(to, to + length) === mark) {
    return { start: from - length, end: to + length, text: inner, from: from - length, to: to - length };
  }
  if (inner.length > 2 * length && inner.startsWith(mark) && inner.endsWith(mark)) {
    return { start: from, end: to, text: inner.slice(length, -length), from, to: to - 2 * length };
  }
  return { start: from, end: to, text: mark + inner + mark, from: from + length, to: to + length };
}

/** @param {string} text @param {number} from @param {number} to @returns {Change} */
function fenced(text, from, to) {
  const before = from > 0 && text[from - 1] !== "\n" ? "\n" : "";
  const after = to < text.length && text[to] !== "\n" ? "\n" : "";
  const begin = from + before.length + FENCE.length + 1;
  const inner = text.slice(from, to);
  const made = `${before}${FENCE}\n${inner}\n${FENCE}${after}`;
  return { start: from, end: to, text: made, from: begin, to: begin + inner.length };
}

/**
 * Of whole lines.
 * @param {string} text
 * @param {number} from
 * @param {number} to
 * @param {string} prefix
 * @returns {Change}
 */
function prefixed(text, from, to, prefix) {
  const start = text.lastIndexOf("\n", from - 1) + 1;
  const end = (text + "\n").indexOf("\n", to);
  const lines = text.slice(start, end).split("\n");
  const there = lines.every((line) => line.startsWith(prefix));
  const changed = lines.map((line) => (there ? line.slice(prefix.length) : prefix + line)).join("\n");
  const caret = from === to;
  return { start, end, text: changed, from: caret ? start + changed.length : start, to: start + changed.length };
}

/**
 * Makes the selection a link; without a URL the place for one is selected.
 * @param {string} text
 * @param {number} from
 * @param {number} to
 * @param {string} [url]
 * @returns {Change}
 */
export function linked(text, from, to, url) {
  const inner = text.slice(from, to);
  const target = from + inner.length + 3; // behind "[", the words, "]("
  const made = `[${inner}](${url ?? "https://"})`;
  if (url) return { start: from, end: to, text: made, from: from + made.length, to: from + made.length };
  if (!inner) return { start: from, end: to, text: made, from: from + 1, to: from + 1 };
  return { start: from, end: to, text: made, from: target, to: target + "https://".length };
}

/** Whether a text is the URL of a page and nothing else. @param {string} text */
export function isUrl(text) {
  return /^https?:\/\/[^\s<>()]+$/i.test(text);
}

/**
 * A new line in a list or a quote: the next item, or the end of it behind an empty one. Null elsewhere.
 * @param {string} text
 * @param {number} caret
 * @returns {Change | null}
 */
export function continued(text, caret) {
  const start = text.lastIndexOf("\n", caret - 1) + 1;
  const found = ITEM.exec(text.slice(start, caret));
  if (!found) return null;
  const [prefix, indent, bullet, number, dot, quote] = found;
  if (start + prefix.length === caret) return { start, end: caret, text: "", from: start, to: start };
  const next = `\n${indent}${bullet ?? quote ?? `${Number(number) + 1}${dot}`} `;
  return { start: caret, end: caret, text: next, from: caret + next.length, to: caret + next.length };
}
