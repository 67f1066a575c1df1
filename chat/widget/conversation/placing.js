const MARGIN = 8; // px to the edges of the window
const GAP = 4; // px to what it belongs to

/**
 * Where something of a size goes: below its anchor, above where there is no room, always within the window.
 * @param {{width: number, height: number}} size
 * @param {{left: number, right: number, top: number, bottom: number}} anchor
 * @param {{width: number, height: number}} space
 * @param {"ltr" | "rtl"} direction its end is where the anchor's is
 */
export function placeFor({ width, height }, anchor, space, direction) {
  const left = direction === "ltr" ? anchor.right - width : anchor.left;
  const below = anchor.bottom + GAP;
  const above = anchor.top - GAP - height;
  const top = below + height <= space.height - MARGIN || above < MARGIN ? below : above;
  return { left: within(left, width, space.width), top: within(top, height, space.height) };
}

/** @param {number} start @param {number} size @param {number} space */
function within(start, size, space) {
  return Math.max(MARGIN, Math.min(start, space - size - MARGIN));
}

/**
 * Puts a popover at an element, or at a point.
 * @param {HTMLElement} popover
 * @param {Element | {x: number, y: number}} place
 */
export function settle(popover, place) {
  const direction = /** @type {"ltr" | "rtl"} */ (getComputedStyle(popover).direction);
  const size = popover.getBoundingClientRect();
  const anchor = place instanceof Element ? place.getBoundingClientRect() : pointed(place, size.width, direction);
  const { left, top } = placeFor(size, anchor, { width: innerWidth, height: innerHeight }, direction);
  popover.style.setProperty("left", `${left}px`);
  popover.style.setProperty("top", `${top}px`);
}

/** What is at a point begins there. @param {{x: number, y: number}} point @param {number} width @param {string} way */
function pointed({ x, y }, width, way) {
  const left = way === "ltr" ? x : x - width;
  return { left, right: left + width, top: y, bottom: y };
}
