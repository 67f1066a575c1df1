import { Emitter } from "../sdk/events.js";
import { untilMidnight } from "./dates.js";
import { part } from "./page.js";
import { sentence } from "./problems.js";
import { elementOf, paint } from "./row_view.js";
import { rowsOf } from "./rows.js";
import { Scroll } from "./scroll.js";

const KEPT = 300; // messages that stay while one reads at the end

/**
 * The conversation on the screen: its messages and what is on its way, older ones as one scrolls up.
 *
 * Emits `settled` when what is seen of it may have changed.
 */
export class Timeline extends Emitter {
  #room;
  #log = document.getElementById("timeline");
  #lines = document.getElementById("messages");
  #older = document.getElementById("older");
  #scroll;
  #shown = new Map();
  #unreadAfter = null;
  #begun = false;
  #drawing = false;
  #loadingOlder = false;
  #olderFailed = false;

  /** @param {import("../sdk/room.js").Room} room */
  constructor(room) {
    super();
    this.#room = room;
    this.#scroll = new Scroll(this.#log, this.#lines, (nearTop) => this.#moved(nearTop));
    room.messages.on("change", () => this.#drawSoon());
    room.outbox.on("change", () => this.#drawSoon());
    this.#lines.addEventListener("click", ({ target }) => this.#decide(target));
    part(this.#older, "retry").onclick = () => this.#loadOlder();
    this.#renewDays();
  }

  /** Whether the latest message is in view, as far as the window shows it. */
  get atEnd() {
    return this.#begun && this.#scroll.stuck;
  }

  /** How far the end is, in heights of the view. */
  get away() {
    return this.#scroll.away;
  }

  /** The seq after which the unread line stands; null for none. */
  get unreadAfter() {
    return this.#unreadAfter;
  }

  set unreadAfter(seq) {
    this.#unreadAfter = seq;
    this.#drawSoon();
  }

  /** @param {"smooth" | "instant"} [behavior] */
  toEnd(behavior) {
    this.#scroll.toEnd(behavior);
  }

  /** What came in one go is drawn in one go. A hidden page gets no animation frames. */
  #drawSoon() {
    if (this.#drawing) return;
    this.#drawing = true;
    const later = document.hidden ? setTimeout : requestAnimationFrame;
    later(() => {
      this.#drawing = false;
      this.#draw();
    });
  }

  #draw() {
    const { messages } = this.#room;
    if (messages.state !== "ready") return;
    const rows = rowsOf(messages.list, this.#room.outbox.list, { me: this.#room.client.me, unreadAfter: this.#line() });
    this.#scroll.keep(() => {
      this.#place(rows);
      this.#tellBeginning(rows);
    });
    if (!this.#begun) this.#begin();
    else if (this.#scroll.stuck) messages.trim(KEPT);
  }

  /** The unread line needs to know what it follows: it waits until that is loaded. */
  #line() {
    const { list, older } = this.#room.messages;
    return older && list[0].seq > this.#unreadAfter ? null : this.#unreadAfter;
  }

  #place(rows) {
    const keys = new Set(rows.map(({ key }) => key));
    for (const [key, { element }] of this.#shown) if (!keys.has(key)) element.remove();
    const shown = new Map();
    let next = this.#lines.firstChild;
    for (const row of rows) {
      const held = this.#shown.get(row.key);
      const element = held?.element ?? elementOf(row);
      paint(element, row, held?.row);
      if (element === next) next = next.nextSibling;
      else this.#lines.insertBefore(element, next);
      shown.set(row.key, { element, row });
    }
    this.#shown = shown;
  }

  #tellBeginning(rows) {
    const beginning = document.getElementById("beginning");
    beginning.hidden = this.#room.messages.older;
    part(beginning, "hint").hidden = rows.some(({ kind }) => kind === "message");
  }

  #begin() {
    document.getElementById("skeleton").hidden = true;
    const unread = this.#shown.get("unread");
    if (unread) this.#scroll.toLine(unread.element);
    else this.#scroll.toEnd();
    this.#begun = true;
    this.#unmute();
    this.emit("settled");
  }

  #moved(nearTop) {
    if (!this.#begun) return;
    if (nearTop && !this.#olderFailed) this.#loadOlder();
    this.emit("settled");
  }

  async #loadOlder() {
    if (this.#loadingOlder || !this.#room.messages.older) return;
    this.#loadingOlder = true;
    this.#olderFailed = false;
    this.#log.ariaBusy = "true"; // history is not news: a screen reader shall not read all of it out
    this.#tellOlder("Loading older messages…");
    let said = "";
    try {
      await this.#room.messages.loadOlder();
      this.#draw(); // before the place is judged anew, or it would load on and on
    } catch (error) {
      this.#olderFailed = true;
      said = sentence(error);
    }
    this.#loadingOlder = false;
    this.#tellOlder(said);
    this.#unmute();
  }

  #tellOlder(text) {
    this.#scroll.keep(() => {
      part(this.#older, "text").textContent = text;
      part(this.#older, "retry").hidden = !this.#olderFailed;
      this.#older.hidden = !text;
    });
  }

  #unmute() {
    setTimeout(() => { this.#log.ariaBusy = "false"; }, 100);
  }

  /** Retry or discard, under a message that was not sent. */
  #decide(target) {
    const { unsent } = target.closest("[data-unsent]")?.dataset ?? {};
    if (unsent && target.dataset.part === "retry") this.#room.outbox.retry(unsent);
    if (unsent && target.dataset.part === "discard") this.#room.outbox.discard(unsent);
  }

  #renewDays() {
    setTimeout(() => {
      this.#drawSoon();
      this.#renewDays();
    }, untilMidnight() + 1_000);
  }
}
