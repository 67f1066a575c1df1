/**
 * Types over a part of a textarea, as its user would: the browser's own undo takes it back. The command is deprecated
 * and has no successor; where a browser does not know it the text is set, and undo begins anew.
 * @param {HTMLTextAreaElement} area
 * @param {import("./formatting.js").Change} change
 */
export function typeOver(area, { start, end, text, from, to }) {
  area.focus();
  area.setSelectionRange(start, end);
  const done = text ? document.execCommand("insertText", false, text) : start === end || document.execCommand("delete");
  if (!done) {
    area.setRangeText(text, start, end, "end");
    area.dispatchEvent(new InputEvent("input", { bubbles: true }));
  }
  area.setSelectionRange(from, to);
}
