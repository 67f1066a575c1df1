import { Emitter } from "../sdk/events.js";
import { calls, nameOf } from "./inbox/listing.js";
import { plainText } from "./inbox/plain_text.js";
import { preferences } from "./preferences.js";
import { beep } from "./sound.js";

const OLD = 60_000; // ms: what was missed for longer is found in the list, not called out

/**
 * Tells what others say while nobody is looking: as a notice of the system and by a sound, as the user wants it, in one
 * tab of all. Emits `change` when it can be offered to turn notices on.
 */
export class Notices extends Emitter {
  /** Whether something came that notices would have told of. */
  worth = false;
  /** @type {import("./language.js").Language | undefined} */
  language;

  #inbox;
  #name;
  #teller = !navigator.locks;
  /** @type {(() => void)[]} */
  #stops = [];
  #lookAway = () => {};

  /** @param {import("./inbox/inbox.js").Inbox} inbox */
  constructor(inbox) {
    super();
    this.#inbox = inbox;
    this.#name = `parley notices ${inbox.client.host}`;
  }

  start() {
    const look = () => this.#look();
    document.addEventListener("visibilitychange", look);
    this.#stops = [
      () => document.removeEventListener("visibilitychange", look),
      () => this.#lookAway(),
      hold(this.#name, "exclusive", () => { this.#teller = true; }),
      this.#inbox.rooms.on("message", (news) => this.#hear(news)),
    ];
    look();
  }

  stop() {
    for (const stop of this.#stops.splice(0)) stop();
  }

  /** Whether the browser could show notices, does, or was told not to. */
  get permission() {
    return globalThis.Notification?.permission ?? "denied";
  }

  /** Asks the user, who has just pressed a button for it. */
  async ask() {
    await globalThis.Notification?.requestPermission();
    this.dismiss();
  }

  /** It is not offered again. */
  dismiss() {
    preferences.set({ hinted: true });
    this.worth = false;
    this.emit("change");
  }

  /** All tabs see by this lock whether one of them is being looked at. */
  #look() {
    this.#lookAway();
    this.#lookAway = document.hidden ? () => {} : hold(`${this.#name} seen`, "shared");
  }

  /** @param {{room: import("../sdk/wire.js").RoomInfo, message: import("../sdk/wire.js").Message}} news */
  async #hear({ room, message }) {
    const { client } = this.#inbox;
    if (!document.hidden || Date.now() - Date.parse(message.created_at) > OLD) return;
    if (!wanted(room, message, client.me?.id, preferences.all.notices)) return;
    if (!(await this.#isTeller())) return;
    if (preferences.all.sound) beep();
    if (this.permission === "granted") this.#show(room, message);
    else if (this.permission === "default" && !preferences.all.hinted) this.#offer();
  }

  async #isTeller() {
    if (!navigator.locks || !this.#teller) return this.#teller;
    return navigator.locks.request(`${this.#name} seen`, { ifAvailable: true }, Boolean);
  }

  /** @param {import("../sdk/wire.js").RoomInfo} room @param {import("../sdk/wire.js").Message} message */
  #show(room, { user, text }) {
    const language = /** @type {import("./language.js").Language} */ (this.language);
    const [here, name] = [nameOf(room), user?.name];
    const title = room.kind === "direct" || !name ? here : language.t("notices.title", { name, room: here });
    const body = this.#inbox.rooms.names.named(plainText(text)) || language.t("file");
    const notice = new Notification(title, { body, tag: `parley ${room.id}` });
    notice.onclick = () => {
      window.focus();
      this.#inbox.go({ name: "room", id: room.id });
      notice.close();
    };
  }

  #offer() {
    this.worth = true;
    this.emit("change");
  }
}

/**
 * Whether somebody wants to be told of a message.
 * @param {import("../sdk/wire.js").RoomInfo} room
 * @param {import("../sdk/wire.js").Message} message
 * @param {string | undefined} me
 * @param {import("./preferences.js").Preferences["notices"]} notices
 */
export function wanted(room, message, me, notices) {
  if (room.muted || !room.member || notices === "none") return false;
  return notices === "all" || room.kind === "direct" || calls(message, me);
}

/**
 * Holds one of the browser's locks, as soon as it is free.
 * @param {string} name
 * @param {LockMode} mode
 * @param {() => void} [held]
 * @returns {() => void} lets go of it
 */
function hold(name, mode, held = () => {}) {
  const end = new AbortController();
  let release = () => {};
  const released = new Promise((/** @type {(value?: any) => void} */ resolve) => { release = resolve; });
  navigator.locks?.request(name, { mode, signal: end.signal }, () => {
    held();
    return released;
  }).catch(() => {}); // it was called off
  return () => {
    end.abort();
    release();
  };
}
