/**
 * What one browser remembers, under names that begin with "parley". Where the browser refuses storage, as it may within
 * another site's page, it is remembered for as long as the page lives.
 */
const here = /** @type {Map<string, string>} */ (new Map());

/** What was kept under this name, null if nothing. @param {string} name @returns {any} */
export function recall(name) {
  try {
    return JSON.parse(here.get(name) ?? localStorage.getItem(`parley ${name}`) ?? "null");
  } catch {
    return null;
  }
}

/** @param {string} name @param {any} value JSON; null forgets it */
export function keep(name, value) {
  const gone = value === null;
  const text = JSON.stringify(value);
  try {
    here.delete(name);
    if (gone) localStorage.removeItem(`parley ${name}`);
    else localStorage.setItem(`parley ${name}`, text);
  } catch {
    if (!gone) here.set(name, text);
  }
}
