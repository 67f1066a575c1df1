/** Puts a text into the clipboard; rejects where the browser has none for the page. @param {string} text */
export async function copy(text) {
  await navigator.clipboard.writeText(text);
}
