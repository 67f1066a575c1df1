import { sentence, showNote } from "./problems.js";

const LONGEST = 8_000; // characters, as the server counts them: code points
const COUNTED_FROM = 7_500;
const TOO_LONG = `A message has at most ${LONGEST.toLocaleString()} characters. Shorten it, or send it in parts.`;

/** Where one writes: Enter sends, Shift+Enter makes a new line; a draft survives a reload. */
export class Composer {
  #room;
  #sent;
  #form = document.getElementById("composer");
  #text = document.getElementById("text");
  #note = document.getElementById("note");
  #draftKey;

  /**
   * @param {import("../sdk/room.js").Room} room
   * @param {() => void} sent called after each message that was handed over
   */
  constructor(room, sent) {
    this.#room = room;
    this.#sent = sent;
    this.#draftKey = `draft ${room.client.me.id} ${room.id}`;
    this.#text.value = sessionStorage.getItem(this.#draftKey) ?? "";
    this.#text.addEventListener("input", () => this.#written());
    this.#text.addEventListener("keydown", (event) => this.#pressed(event));
    this.#form.addEventListener("submit", (event) => {
      event.preventDefault();
      this.#send();
    });
    room.outbox.on("held", (held) => this.#tellHeld(held));
    this.#fit();
  }

  show() {
    this.#form.hidden = false;
    this.#fit();
  }

  focus() {
    if (matchMedia("(pointer: fine)").matches) this.#text.focus(); // elsewhere it would raise the keyboard
  }

  #pressed(event) {
    // An input method uses Enter to accept what it composed (UI Events, section 5.3); Safari says so by 229 alone.
    const composing = event.isComposing || event.keyCode === 229;
    if (event.key !== "Enter" || event.shiftKey || composing) return;
    event.preventDefault();
    this.#send();
  }

  #written() {
    showNote(this.#note);
    this.#keepDraft();
    this.#fit();
    if (this.#text.value.trim()) this.#room.typing.start();
    else this.#room.typing.stop();
  }

  #send() {
    const text = wellFormed(this.#text.value).trim();
    if (!text) return;
    if (lengthOf(text) > LONGEST) return showNote(this.#note, TOO_LONG);
    this.#text.value = "";
    this.#keepDraft();
    showNote(this.#note);
    this.#fit();
    this.#room.typing.stop();
    this.#room.outbox.send(text);
    this.#sent();
  }

  #fit() {
    this.#text.style.height = "auto";
    this.#text.style.height = `${this.#text.scrollHeight}px`;
    const length = lengthOf(this.#text.value.trim());
    const count = document.getElementById("count");
    count.textContent = length >= COUNTED_FROM ? `${length.toLocaleString()} of ${LONGEST.toLocaleString()}` : "";
    count.toggleAttribute("data-over", length > LONGEST);
    document.getElementById("send").disabled = length === 0;
  }

  #keepDraft() {
    if (this.#text.value) sessionStorage.setItem(this.#draftKey, this.#text.value);
    else sessionStorage.removeItem(this.#draftKey);
  }

  #tellHeld({ retryAfter, error }) {
    const seconds = Math.ceil(retryAfter);
    const wait = `${seconds} ${seconds === 1 ? "second" : "seconds"}`;
    showNote(this.#note, `${sentence(error)} What you wrote is sent in ${wait}.`);
    setTimeout(() => showNote(this.#note), retryAfter * 1000);
  }
}

function lengthOf(text) {
  return text.length < COUNTED_FROM ? text.length : [...text].length;
}

/** Without NUL and lone surrogates, which cannot be stored. */
function wellFormed(text) {
  return text.replaceAll("\0", "").replace(/\p{Surrogate}/gu, "\uFFFD");
}
