import { Emitter } from "../sdk/events.js";
import { sentenceOf } from "./failures.js";

/**
 * What the parts of one surface (a `<parley-room>`, a `<parley-inbox>`) share.
 *
 * Emits `announce` ({text}) for the screen reader, `toast` ({text, problem}) for what is to be seen for a moment.
 */
export class Context extends Emitter {
  /**
   * @param {object} given
   * @param {import("../sdk/client.js").Parley} given.client
   * @param {import("./language.js").Language} given.language
   * @param {HTMLElement} given.host the outer element
   * @param {Appearance} given.appearance
   * @param {(room: string, message?: string) => string} [given.linkTo] the address of a room, or a message in it, that
   *   can be given to others
   *
   * @typedef {{logo?: string | null, welcome?: string,
   *   launcher?: {position?: "end" | "start", label?: string}}} Appearance
   */
  constructor({ client, language, host, appearance, linkTo }) {
    super();
    this.client = client;
    this.language = language;
    this.host = host;
    this.appearance = appearance;
    this.linkTo = linkTo ?? ((room, message) => hosted(client, room, message));
  }

  /** Says something to a screen reader. @param {string} text */
  announce(text) {
    this.emit("announce", { text });
  }

  /** Shows a sentence for some seconds, and announces it. @param {string} text @param {boolean} [problem] */
  toast(text, problem = false) {
    this.emit("toast", { text, problem });
  }

  /** Shows why something failed. @param {any} error */
  fail(error) {
    if (error?.code !== "aborted") this.toast(sentenceOf(error, this.language), true);
  }

  /**
   * Does something that may be refused; shows why if it is.
   * @template T
   * @param {Promise<T>} doing
   * @param {string} [done] a sentence to show once it is done
   * @returns {Promise<T | undefined>}
   */
  async attempt(doing, done) {
    try {
      const made = await doing;
      if (done) this.toast(done);
      return made;
    } catch (error) {
      this.fail(error);
    }
  }
}

/** @param {import("../sdk/client.js").Parley} client @param {string} room @param {string} [message] */
function hosted(client, room, message) {
  const path = `/rooms/${encodeURIComponent(room)}${message ? `/messages/${encodeURIComponent(message)}` : ""}`;
  return new URL(path, client.origin).href;
}
