import { keep, recall } from "../local.js";

const MOST = 16;

/** The emoji that were picked here, the latest first. @returns {string[]} */
export function recentEmoji() {
  return recall("emoji") ?? [];
}

/** @param {string} emoji */
export function noteEmoji(emoji) {
  keep("emoji", [emoji, ...recentEmoji().filter((other) => other !== emoji)].slice(0, MOST));
}
