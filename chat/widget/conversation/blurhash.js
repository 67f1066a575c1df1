const DIGITS = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz#$%*+,-.:;=?@[]^_{|}~";
const BLURRED = 24; // px of what stands in for an image

/**
 * Draws what stands in for an image while it loads.
 * @param {HTMLCanvasElement} canvas
 * @param {string} hash
 * @param {number} ratio of its width to its height
 */
export function paintBlurhash(canvas, hash, ratio) {
  canvas.width = BLURRED;
  canvas.height = Math.max(1, Math.round(BLURRED / ratio));
  const pixels = pixelsOf(hash, canvas.width, canvas.height);
  if (pixels) canvas.getContext("2d")?.putImageData(new ImageData(pixels, canvas.width), 0, 0);
}

/**
 * The pixels of a blurhash (https://github.com/woltapp/blurhash/blob/master/Algorithm.md), RGBA.
 * @param {string} hash
 * @param {number} width
 * @param {number} height
 * @returns {Uint8ClampedArray<ArrayBuffer> | null} null for what is no blurhash
 */
export function pixelsOf(hash, width, height) {
  const shape = number(hash, 0, 1);
  const [across, down] = [(shape % 9) + 1, Math.floor(shape / 9) + 1];
  if (!(hash.length === 4 + 2 * across * down)) return null;
  const colours = coloursOf(hash);
  const pixels = new Uint8ClampedArray(4 * width * height);
  for (let place = 0; place < width * height; place++) {
    const [x, y] = [place % width, Math.floor(place / width)];
    for (let channel = 0; channel < 3; channel++) {
      let light = 0;
      for (const [index, colour] of colours.entries()) {
        const [i, j] = [index % across, Math.floor(index / across)];
        light += colour[channel] * Math.cos((Math.PI * x * i) / width) * Math.cos((Math.PI * y * j) / height);
      }
      pixels[4 * place + channel] = 255 * srgb(light);
    }
    pixels[4 * place + 3] = 255;
  }
  return pixels;
}

/** The average in linear light, then the factors of the waves. @param {string} hash @returns {number[][]} */
function coloursOf(hash) {
  const strength = (number(hash, 1, 2) + 1) / 166;
  const average = number(hash, 2, 6);
  const colours = [[average >> 16, (average >> 8) & 255, average & 255].map((value) => linear(value / 255))];
  for (let at = 6; at < hash.length; at += 2) {
    const value = number(hash, at, at + 2);
    const parts = [Math.floor(value / 361), Math.floor(value / 19) % 19, value % 19].map((part) => (part - 9) / 9);
    colours.push(parts.map((part) => Math.sign(part) * part * part * strength));
  }
  return colours;
}

/** @param {string} hash @param {number} from @param {number} to */
function number(hash, from, to) {
  return [...hash.slice(from, to)].reduce((value, digit) => value * 83 + DIGITS.indexOf(digit), 0);
}

/** IEC 61966-2-1. @param {number} value */
function linear(value) {
  return value <= 0.04045 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4;
}

/** @param {number} light */
function srgb(light) {
  return light <= 0.0031308 ? light * 12.92 : 1.055 * light ** (1 / 2.4) - 0.055;
}
