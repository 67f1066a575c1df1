const MOST = 8;

/**
 * How an image is seen: magnified by `scale` and moved by `x` and `y` (px) from the middle of its frame.
 * @typedef {{scale: number, x: number, y: number}} Zoom
 *
 * The frame, and the image in it as it fits, in px.
 * @typedef {{width: number, height: number, image: {width: number, height: number}}} Frame
 */

/** @type {Zoom} */
export const FIT = { scale: 1, x: 0, y: 0 };

/**
 * Nearer or farther, with what is at a point staying there.
 * @param {Zoom} zoom
 * @param {number} factor
 * @param {{x: number, y: number}} at px from the middle of the frame
 * @param {Frame} frame
 * @returns {Zoom}
 */
export function scaled({ scale, x, y }, factor, at, frame) {
  const next = Math.min(MOST, Math.max(1, scale * factor));
  const grown = next / scale;
  return held({ scale: next, x: at.x - (at.x - x) * grown, y: at.y - (at.y - y) * grown }, frame);
}

/** @param {Zoom} zoom @param {number} x px @param {number} y px @param {Frame} frame @returns {Zoom} */
export function moved(zoom, x, y, frame) {
  return held({ ...zoom, x: zoom.x + x, y: zoom.y + y }, frame);
}

/** No edge of the image leaves its edge of the frame further than it must. @param {Zoom} zoom @param {Frame} frame */
function held({ scale, x, y }, { width, height, image }) {
  const [across, down] = [slack(image.width * scale, width), slack(image.height * scale, height)];
  return { scale, x: Math.min(across, Math.max(-across, x)), y: Math.min(down, Math.max(-down, y)) };
}

/** @param {number} image @param {number} frame */
function slack(image, frame) {
  return Math.max(0, (image - frame) / 2);
}
