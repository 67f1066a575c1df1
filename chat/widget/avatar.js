import { html, keyed } from "./vendor/lit.js";

const TINTS = 8;

/**
 * Somebody as a picture, or as initials on a colour that is always theirs.
 * @param {{id: string, name: string, avatar?: string | null} | null} user
 */
export function avatar(user) {
  const name = user?.name || user?.id || "?";
  const picture = user?.avatar?.startsWith("https://") ? user.avatar : null;
  const shown = picture && keyed(picture, html`<img src=${picture} alt="" loading="lazy" @error=${leave}>`);
  return html`<span class="glyph person tint-${tintOf(name)}" aria-hidden="true">${initials(name)}${shown}</span>`;
}

/** The initials are below. @param {Event} event */
function leave({ target }) {
  /** @type {HTMLElement} */ (target).hidden = true;
}

/** @param {string} name */
function tintOf(name) {
  let sum = 0;
  for (const letter of name) sum = (sum * 31 + /** @type {number} */ (letter.codePointAt(0))) % 65_521;
  return sum % TINTS;
}

/** @param {string} name */
function initials(name) {
  const words = name.trim().split(/\s+/u);
  const chosen = words.length > 1 ? [words[0], words[words.length - 1]] : words;
  return chosen.map((word) => [...word][0] ?? "").join("").toLocaleUpperCase();
}
