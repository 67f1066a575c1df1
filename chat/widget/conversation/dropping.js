/**
 * Takes files that are dragged onto an element or pasted in it. While some are held above it, it has `data-drop`, the
 * words to show.
 * @param {HTMLElement} target
 * @param {{words: () => string, ready: () => boolean, take: (files: File[]) => void}} taker takes any if it is `ready`
 * @returns {() => void} stops it
 */
export function takeDropped(target, { words, ready, take }) {
  let above = /** @type {EventTarget | null} */ (null); // entered last: leaving another one is no leaving
  const hold = (/** @type {EventTarget | null} */ over) => {
    above = over;
    if (over) target.dataset.drop = words();
    else delete target.dataset.drop;
  };
  /** @type {Record<string, (event: any) => void>} */
  const heard = {
    dragenter: (event) => hold(event.target),
    dragover: (event) => { event.dataTransfer.dropEffect = "copy"; },
    dragleave: (event) => { if (event.target === above) hold(null); },
    drop: (event) => {
      hold(null);
      take(filesOf(event.dataTransfer));
    },
    paste: (event) => take(filesOf(event.clipboardData)),
  };
  const listen = (/** @type {any} */ event) => {
    const { types } = event.dataTransfer ?? event.clipboardData;
    const text = event.type === "paste" && types.includes("text/plain"); // a spreadsheet comes as a picture, too
    if (!types.includes("Files") || text || !ready()) return;
    event.preventDefault();
    event.stopPropagation(); // a thread beside the timeline has its own
    heard[event.type](event);
  };
  for (const type in heard) target.addEventListener(type, listen);
  return () => {
    hold(null);
    for (const type in heard) target.removeEventListener(type, listen);
  };
}

/** Without folders, of which nothing could be read. @param {DataTransfer} transfer */
function filesOf({ items }) {
  const files = [...items].filter((item) => item.kind === "file" && !item.webkitGetAsEntry?.()?.isDirectory);
  return /** @type {File[]} */ (files.map((item) => item.getAsFile()));
}
