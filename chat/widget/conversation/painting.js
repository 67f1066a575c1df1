import { Turns } from "./turns.js";

const LARGEST = 512; // px of a preview's longer side

const easel = new Turns(1); // a decoded photo may take 200 MB

/**
 * Draws an image file, small. A canvas needs no `blob:` in the page's Content-Security-Policy, as an <img> would.
 * @param {HTMLCanvasElement} canvas
 * @param {Blob} file
 * @returns {Promise<{width: number, height: number} | null>} how large the image is; null for what is none here
 */
export async function paintFile(canvas, file) {
  if (!file.type.startsWith("image/")) return null;
  try {
    return await easel.take(async () => {
      const image = await createImageBitmap(file);
      const { width, height } = image;
      const scale = Math.min(1, LARGEST / Math.max(width, height));
      canvas.width = Math.max(1, width * scale);
      canvas.height = Math.max(1, height * scale);
      canvas.getContext("2d")?.drawImage(image, 0, 0, canvas.width, canvas.height);
      image.close();
      canvas.dataset.drawn = "";
      return { width, height };
    });
  } catch {
    return null; // the browser does not know this kind
  }
}
