const STILL = 8; // px that a tap may move
const SWIPED = 60; // px
const DOUBLE = 300; // ms between two taps

/**
 * @typedef {{x: number, y: number}} Point px from the middle of the frame
 *
 * @typedef {object} Meanings
 * @property {(factor: number, at: Point) => void} scale two fingers part
 * @property {(x: number, y: number) => void} move
 * @property {(x: 1 | -1) => void} swipe a finger went to the right (1) or to the left
 * @property {(at: Point) => void} tap a click, or two taps of a finger
 * @property {() => void} away a click or tap beside the image
 */

/** Tells what fingers and mouse mean on a frame with an image. @param {HTMLElement} frame @param {Meanings} meanings */
export function followPointers(frame, { scale, move, swipe, tap, away }) {
  const down = /** @type {Map<number, Point>} */ (new Map());
  let begun = /** @type {Point | null} */ (null); // null once there was a second finger
  let tapped = 0;

  const at = (/** @type {PointerEvent} */ event) => fromMiddle(frame, event);

  frame.addEventListener("pointerdown", (event) => {
    if (event.button || /** @type {Element} */ (event.target).closest("button")) return;
    frame.setPointerCapture(event.pointerId);
    down.set(event.pointerId, at(event));
    begun = down.size === 1 ? at(event) : null;
  });

  frame.addEventListener("pointermove", (event) => {
    const before = down.get(event.pointerId);
    if (!before) return;
    const now = at(event);
    const [other] = [...down].filter(([id]) => id !== event.pointerId).map(([, point]) => point);
    down.set(event.pointerId, now);
    if (other) scale(distance(now, other) / Math.max(1, distance(before, other)), between(now, other));
    move((now.x - before.x) / down.size, (now.y - before.y) / down.size);
  });

  frame.addEventListener("pointercancel", (event) => {
    down.delete(event.pointerId);
  });

  frame.addEventListener("pointerup", (event) => {
    if (!down.delete(event.pointerId) || down.size || !begun) return;
    const now = at(event);
    if (distance(now, begun) > STILL) {
      const across = now.x - begun.x;
      if (Math.abs(across) > Math.max(SWIPED, Math.abs(now.y - begun.y))) swipe(across > 0 ? 1 : -1);
      return;
    }
    if (!isInside(frame, event)) return away();
    const again = event.timeStamp - tapped < DOUBLE;
    tapped = event.timeStamp;
    if (event.pointerType === "mouse" || again) tap(now);
  });
}

/** @param {Element} frame @param {MouseEvent} event @returns {Point} */
export function fromMiddle(frame, { clientX, clientY }) {
  const { left, top, width, height } = frame.getBoundingClientRect();
  return { x: clientX - left - width / 2, y: clientY - top - height / 2 };
}

/** @param {Point} one @param {Point} other */
function distance(one, other) {
  return Math.hypot(one.x - other.x, one.y - other.y);
}

/** @param {Point} one @param {Point} other */
function between(one, other) {
  return { x: (one.x + other.x) / 2, y: (one.y + other.y) / 2 };
}

/** Whether one points at the image, the first in its frame. @param {Element} frame @param {PointerEvent} event */
function isInside(frame, { clientX, clientY }) {
  const { left, right, top, bottom } = /** @type {Element} */ (frame.firstElementChild).getBoundingClientRect();
  return clientX >= left && clientX <= right && clientY >= top && clientY <= bottom;
}
