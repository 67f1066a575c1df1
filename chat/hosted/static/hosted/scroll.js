const END = 48; // px from the end that count as being there
const NEAR_TOP = 600;

/** Where a conversation is scrolled to: held at its end, or held in place while it grows above and below. */
export class Scroll {
  /** Whether it stays at the end as more comes. */
  stuck = true;

  #box;
  #content;
  #moved;

  /**
   * @param {HTMLElement} box scrolls
   * @param {HTMLElement} content within it, the lines of what was said are marked with data-seq
   * @param {(nearTop: boolean) => void} moved called when the place changed
   */
  constructor(box, content, moved) {
    this.#box = box;
    this.#content = content;
    this.#moved = moved;
    box.addEventListener("scroll", () => this.#settle(), { passive: true });
    new ResizeObserver(() => { if (this.stuck) this.#jump(box.scrollHeight); }).observe(box);
  }

  /** How far the end is, in heights of the box. */
  get away() {
    return this.#rest() / this.#box.clientHeight;
  }

  /** Makes a change without moving what is being read. @param {() => void} change */
  keep(change) {
    const anchor = this.stuck ? null : this.#firstVisible();
    const top = anchor?.getBoundingClientRect().top;
    change();
    if (this.stuck) this.#jump(this.#box.scrollHeight);
    else if (anchor?.isConnected) this.#jump(this.#box.scrollTop + anchor.getBoundingClientRect().top - top);
    this.#settle();
  }

  /** Goes to the end and stays there. @param {"smooth" | "instant"} [behavior] */
  toEnd(behavior = "instant") {
    this.#box.scrollTo({ top: this.#box.scrollHeight, behavior });
    if (behavior === "instant") this.#settle();
  }

  /** Brings a line into the upper part of the view. @param {HTMLElement} line */
  toLine(line) {
    this.#jump(line.offsetTop - this.#box.offsetTop - this.#box.clientHeight / 5);
    this.#settle();
  }

  #settle() {
    this.stuck = this.#rest() < END;
    this.#moved(this.#box.scrollTop < NEAR_TOP);
  }

  #rest() {
    return this.#box.scrollHeight - this.#box.scrollTop - this.#box.clientHeight;
  }

  #jump(top) {
    this.#box.scrollTop = top;
  }

  /** Only what was said keeps its place: the line of a day moves up to what was said before on that day. */
  #firstVisible() {
    const edge = this.#box.getBoundingClientRect().top;
    return [...this.#content.querySelectorAll("[data-seq]")].find((line) => line.getBoundingClientRect().bottom > edge);
  }
}
