const TINTS = 8;

/**
 * Shows someone as initials on a colour that is always theirs.
 * @param {HTMLElement} element
 * @param {string} name
 */
export function showAvatar(element, name) {
  for (let tint = 0; tint < TINTS; tint++) element.classList.toggle(`tint-${tint}`, tint === tintOf(name));
  element.textContent = initials(name);
}

function tintOf(name) {
  let sum = 0;
  for (const letter of name) sum = (sum * 31 + letter.codePointAt(0)) % 65_521;
  return sum % TINTS;
}

function initials(name) {
  const words = name.trim().split(/\s+/u);
  const chosen = words.length > 1 ? [words[0], words.at(-1)] : words;
  return chosen.map((word) => [...word][0] ?? "").join("").toLocaleUpperCase();
}
