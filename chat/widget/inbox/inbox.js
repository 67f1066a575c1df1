import { Emitter } from "../../sdk/events.js";
import { Notices } from "../notices.js";
import { addressOf } from "./places.js";
import { Rooms } from "./rooms.js";

/**
 * What the server puts into a page of the hosted rooms.
 * @typedef {object} Page
 * @property {import("../../sdk/wire.js").User} me
 * @property {{name: string, slug: string}} organisation
 * @property {Record<string, any>} appearance
 * @property {string} csrf
 * @property {string} role in the organisation, or "guest"
 * @property {import("../../sdk/wire.js").RoomInfo[]} rooms
 * @property {(import("../../sdk/wire.js").RoomInfo & {messages: import("../../sdk/wire.js").Message[]}) | null} room
 *   that its address names, with the end of its history
 * @property {{admin: string | null, embed: string | null, signOut: string | null}} links
 *
 * @typedef {import("./places.js").Place} Place
 */

/**
 * What is going on in one inbox on the screen: the rooms, and where one is.
 *
 * Emits `change`, and `went` (the place) when somebody went there.
 */
export class Inbox extends Emitter {
  /** @type {Place} */
  place = { name: "rooms" };

  #holders = 0;

  /** @param {import("../../sdk/client.js").Parley} client @param {Page | null} [page] of the hosted rooms */
  constructor(client, page = null) {
    super();
    this.client = client;
    this.page = page;
    this.rooms = new Rooms(client, page?.rooms);
    this.notices = new Notices(this);
  }

  /** It is live for as long as somebody needs it. @param {import("../language.js").Language} language of its notices */
  start(language) {
    this.notices.language = language;
    if (this.#holders++) return;
    this.rooms.start();
    this.notices.start();
  }

  stop() {
    if (--this.#holders) return;
    this.rooms.stop();
    this.notices.stop();
  }

  /** @param {Place} place */
  go(place) {
    this.arrive(place);
    this.emit("went", place);
  }

  /** The same, for who knows it already: such as the browser's back button. @param {Place} place */
  arrive(place) {
    this.rooms.opened(place.name === "room" ? place.id : "");
    this.place = place;
    this.emit("change");
  }

  /** The address of a place, where places have one. @param {Place} place */
  href(place) {
    return this.page ? addressOf(place) : undefined;
  }
}
