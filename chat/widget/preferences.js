import { Emitter } from "../sdk/events.js";
import { keep, recall } from "./local.js";

const NAME = "preferences";

/**
 * @typedef {object} Preferences of the person at this browser
 * @property {"all" | "mine" | "none"} notices `mine`: conversations and mentions
 * @property {boolean} hinted whether it was offered to turn notices on
 * @property {boolean} sound
 * @property {boolean} invisible whether they hid from here
 * @property {string} language BCP 47; empty for the browser's
 * @property {"" | "light" | "dark"} theme empty for the system's
 */
const DEFAULTS = /** @type {Preferences} */ ({
  notices: "mine", hinted: false, sound: false, invisible: false, language: "", theme: "",
});

/** What somebody chose in this browser. Emits `change`. */
class Choices extends Emitter {
  /** @returns {Preferences} */
  get all() {
    return { ...DEFAULTS, ...recall(NAME) };
  }

  /** @param {Partial<Preferences>} change */
  set(change) {
    keep(NAME, { ...this.all, ...change });
    this.emit("change");
  }
}

export const preferences = new Choices();
