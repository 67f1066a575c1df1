const END = 48; // px from the end that count as being there
const NEAR = 800; // px from what is not in the document yet

/** Where a timeline is scrolled to: held at its end, or held in place while it grows above and below. */
export class Scrolling {
  /** Whether it stays at the end as more comes. */
  held = true;

  #box;
  #changed;
  #isWhole;
  /** What is to be kept in its place. @type {{line: Element, top: number} | null} */
  #anchor = null;

  /**
   * @param {HTMLElement} box that scrolls; the lines in it that keep their place have `data-seq`
   * @param {() => void} changed called when the place has changed
   * @param {() => boolean} isWhole whether what is in the box goes on to the very end
   */
  constructor(box, changed, isWhole) {
    this.#box = box;
    this.#changed = changed;
    this.#isWhole = isWhole;
  }

  get nearTop() {
    return this.#box.scrollTop < NEAR;
  }

  get nearEnd() {
    return this.#rest < NEAR;
  }

  /** How far away the end is, in heights of the box. */
  get away() {
    return this.#rest / this.#box.clientHeight;
  }

  /** It was scrolled. */
  settle() {
    this.held = this.#isAtEnd;
    this.remember();
    this.#changed();
  }

  /** What is being read: it keeps its place. */
  remember() {
    const line = this.held ? undefined : this.#firstVisible();
    this.#anchor = line ? { line, top: line.getBoundingClientRect().top } : null;
  }

  /** Its lines have changed, or their heights. */
  restore() {
    if (this.held) this.#box.scrollTop = this.#box.scrollHeight;
    else if (this.#anchor?.line.isConnected) {
      this.#box.scrollTop += this.#anchor.line.getBoundingClientRect().top - this.#anchor.top;
    }
    this.held ||= this.#isAtEnd; // nothing more came below
  }

  /** @param {"smooth" | "instant"} behavior */
  toEnd(behavior) {
    if (behavior === "instant") this.held = true;
    this.#box.scrollTo({ top: this.#box.scrollHeight, behavior });
  }

  /** Brings a line into the upper part of the view. @param {Element} line */
  toLine(line) {
    this.held = false;
    const offset = line.getBoundingClientRect().top - this.#box.getBoundingClientRect().top;
    this.#box.scrollTop += offset - this.#box.clientHeight / 4;
    this.settle();
  }

  get #isAtEnd() {
    return this.#isWhole() && this.#rest < END;
  }

  get #rest() {
    return this.#box.scrollHeight - this.#box.scrollTop - this.#box.clientHeight;
  }

  /** Only what was said keeps its place: the line of a day moves up to what was said before on that day. */
  #firstVisible() {
    const edge = this.#box.getBoundingClientRect().top;
    return [...this.#box.querySelectorAll("[data-seq]")].find((line) => line.getBoundingClientRect().bottom > edge);
  }
}
