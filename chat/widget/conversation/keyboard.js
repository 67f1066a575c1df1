/**
 * What keys do while the focus is on a message or on the list of messages. Single characters mean something nowhere
 * else (WCAG 2.2, 2.1.4), so nothing that is being written is taken for a command.
 *
 * @typedef {"previous" | "next" | "first" | "last" | "thread" | "quote" | "react" | "edit" | "delete" | "pin" | "link"
 *   | "menu" | "search" | "write" | "keys"} Command
 *
 * @type {{command: Command, keys: string[]}[]}
 */
export const KEYS = [
  { command: "previous", keys: ["ArrowUp", "k"] },
  { command: "next", keys: ["ArrowDown", "j"] },
  { command: "first", keys: ["Home"] },
  { command: "last", keys: ["End"] },
  { command: "thread", keys: ["Enter", "t"] },
  { command: "quote", keys: ["r"] },
  { command: "react", keys: ["+", "a"] },
  { command: "edit", keys: ["e"] },
  { command: "delete", keys: ["Delete"] },
  { command: "pin", keys: ["p"] },
  { command: "link", keys: ["c"] },
  { command: "menu", keys: ["m", "Shift+F10", "ContextMenu"] },
  { command: "search", keys: ["/"] },
  { command: "write", keys: ["Escape"] },
  { command: "keys", keys: ["?"] },
];

const COMMANDS = new Map(KEYS.flatMap(({ command, keys }) => keys.map((key) => [key, command])));

/**
 * What a key asks for; nothing with a modifier that is the browser's or the system's.
 * @param {{key: string, shiftKey: boolean, ctrlKey: boolean, metaKey: boolean, altKey: boolean}} event
 * @returns {Command | undefined}
 */
export function commandOf({ key, shiftKey, ctrlKey, metaKey, altKey }) {
  if (ctrlKey || metaKey || altKey) return undefined;
  // A character is what it is, however it is typed; of other keys Shift makes another.
  return COMMANDS.get(key.length === 1 ? key.toLowerCase() : shiftKey ? `Shift+${key}` : key);
}

/** Carries out what keys ask for in one conversation. */
export class Keyboard {
  #view;
  #conversation;
  #press = (/** @type {KeyboardEvent} */ event) => this.#pressed(event);

  /**
   * @param {HTMLElement} view that holds timeline and panels
   * @param {import("./conversation.js").Conversation} conversation
   */
  constructor(view, conversation) {
    this.#view = view;
    this.#conversation = conversation;
    view.addEventListener("keydown", this.#press);
  }

  end() {
    this.#view.removeEventListener("keydown", this.#press);
  }

  /** @param {KeyboardEvent} event */
  #pressed(event) {
    const place = /** @type {HTMLElement} */ (event.target);
    const command = place.matches(".message, [role=log]") && !event.defaultPrevented && commandOf(event);
    if (command && this.#carryOut(command, place)) event.preventDefault();
  }

  /** Whether there was something to do. @param {Command} command @param {HTMLElement} place */
  #carryOut(command, place) {
    switch (command) {
      case "previous": case "next": case "first": case "last": return move(command, place);
      case "search": return this.#conversation.open("search") ?? true;
      case "write": return place.closest(".panel") ? false : (this.#conversation.write() ?? true); // a panel closes
      case "keys": return this.#actions?.show("parley-keys-dialog") ?? false;
      default: return this.#actions?.perform(command, place.closest("parley-message")) ?? false;
    }
  }

  /** @returns {import("./actions.js").Actions | null} */
  get #actions() {
    return this.#view.querySelector("parley-actions");
  }
}

/** Takes the focus to another message of the same list. @param {Command} command @param {HTMLElement} place */
function move(command, place) {
  const log = /** @type {HTMLElement} */ (place.closest("[role=log]"));
  const messages = /** @type {HTMLElement[]} */ ([...log.querySelectorAll(".message")]);
  const at = messages.indexOf(place);
  const { top } = log.getBoundingClientRect();
  const seen = messages.findIndex((message) => message.getBoundingClientRect().bottom > top);
  const last = messages.length - 1;
  const aims = { first: 0, last, previous: at < 0 ? last : at - 1, next: at < 0 ? seen : at + 1 };
  const aim = messages[aims[/** @type {keyof typeof aims} */ (command)]];
  aim?.focus({ preventScroll: true });
  aim?.scrollIntoView({ block: "nearest" });
  return true;
}
