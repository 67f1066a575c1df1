// The queue by keys: j and k move, space ticks, each other key presses the button that names it.

const form = document.querySelector("[data-queue]");
/** @type {HTMLElement[]} */
const items = form ? [...form.querySelectorAll("[data-item]")] : [];
const all = form?.querySelector("[data-all]");
const count = form?.querySelector("[data-count]");
let current = -1;

document.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey || isWriting(event.target)) return;
  if (answer(event.key)) event.preventDefault();
});
form?.addEventListener("change", (event) => {
  if (event.target === all) for (const box of boxes()) box.checked = all.checked;
  tell();
});
form?.addEventListener("focusin", (event) => {
  const place = items.findIndex((item) => item.contains(event.target));
  if (place >= 0) mark(place);
});
if (items.length) mark(0);

/** @param {string} key @returns {boolean} whether it means something here */
function answer(key) {
  if (!items.length) return false;
  if (key === "j" || key === "k") return move(key === "j" ? 1 : -1);
  if (key === " ") return !document.activeElement?.matches("button, a, summary, input") && tick();
  const button = ticked() ? form.querySelector(`[data-bulk="${CSS.escape(key)}"]`)
    : items[current].querySelector(`[data-key="${CSS.escape(key)}"]`);
  button?.click();
  return Boolean(button);
}

/** @param {number} step */
function move(step) {
  mark(Math.min(items.length - 1, Math.max(0, current + step)));
  items[current].focus();
  return true;
}

function tick() {
  const box = items[current].querySelector("input[type=checkbox]");
  if (box) box.checked = !box.checked;
  tell();
  return Boolean(box);
}

/** @param {number} place */
function mark(place) {
  items[current]?.removeAttribute("data-current");
  current = place;
  items[current].setAttribute("data-current", "");
}

function tell() {
  if (count) count.textContent = ticked() ? `With the ${ticked()} ticked:` : "With those ticked:";
}

/** @returns {HTMLInputElement[]} */
function boxes() {
  return items.flatMap((item) => [...item.querySelectorAll("input[type=checkbox]")]);
}

function ticked() {
  return boxes().filter((box) => box.checked).length;
}

/** @param {any} target */
function isWriting(target) {
  return Boolean(target.matches?.("input:not([type=checkbox]), textarea, select, [contenteditable]"));
}
