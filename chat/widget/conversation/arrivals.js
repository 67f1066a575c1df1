import { richText } from "./rich_text.js";

const TOGETHER = 1_000; // ms
const SPOKEN = 300; // characters of a message that are read out

/**
 * Tells a screen reader what others write: a message that comes alone at once, and of those that come within a second
 * of it only how many they are.
 * @template Message
 */
export class Arrivals {
  #say;
  #held = /** @type {Message[]} */ ([]);
  #timer = /** @type {any} */ (0);

  /** @param {(messages: Message[]) => void} say */
  constructor(say) {
    this.#say = say;
  }

  /** @param {Message} message */
  hear(message) {
    this.#held.push(message);
    if (!this.#timer) this.#tell();
  }

  /** What has not been said stays unsaid. */
  end() {
    clearTimeout(this.#timer);
    this.#timer = 0;
    this.#held = [];
  }

  #tell() {
    this.#timer = 0;
    if (!this.#held.length) return;
    this.#say(this.#held.splice(0));
    this.#timer = setTimeout(() => this.#tell(), TOGETHER);
  }
}

/**
 * How a part of a conversation says what has arrived.
 * @param {import("../part.js").Part} part
 * @param {(name: string, text: string) => string} sentence of one message
 * @returns {(messages: import("../../sdk/wire.js").Message[]) => void}
 */
export function announcing(part, sentence) {
  return ([message, ...more]) => {
    const { context } = part;
    if (more.length) context.announce(part.t("timeline.jump.count", { count: more.length + 1 }));
    else context.announce(sentence(message.user?.name || part.t("nobody"), spokenOf(message, part)));
  };
}

/** @param {import("../../sdk/wire.js").Message} message @param {import("../part.js").Part} part */
function spokenOf(message, { context, conversation }) {
  const { textContent } = richText(message, { nameOf: (id) => conversation.nameOf(id), me: conversation.me?.id });
  return textContent?.trim().slice(0, SPOKEN) || context.language.t("file");
}
