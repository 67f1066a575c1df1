import { Emitter } from "../../sdk/events.js";
import { Turns } from "./turns.js";

const AT_ONCE = 2; // uploads
export const MOST = 10; // attachments of a message

/**
 * A file of the next message. `progress` goes from 0 to 1.
 *
 * `waiting`: it could not be handed in now, and goes with its message whenever that goes; `refused`: it never will.
 * @typedef {{key: number, file: File, state: "uploading" | "done" | "waiting" | "refused", progress: number,
 *   size?: {width: number, height: number}, upload?: import("../../sdk/uploads.js").Upload, error?: any,
 *   abort: AbortController}} Chosen
 */

/** @type {WeakMap<object, Map<string, ChosenFiles>>} */
const all = new WeakMap();

/**
 * Those of a room's next message, or of the next reply in one of its threads. They stay while another room is shown.
 * @param {import("../../sdk/room.js").Room} room
 * @param {string} [thread]
 * @returns {ChosenFiles}
 */
export function chosenFor(room, thread = "") {
  const ofRoom = all.get(room) ?? new Map();
  const chosen = ofRoom.get(thread) ?? new ChosenFiles(room.client);
  all.set(room, ofRoom.set(thread, chosen));
  return chosen;
}

/**
 * The files of the next message, handed in as soon as they are chosen.
 *
 * Emits `change`, and `refused` (a Chosen) when the server will not have one.
 */
export class ChosenFiles extends Emitter {
  list = /** @type {Chosen[]} */ ([]);

  #client;
  #turns = new Turns(AT_ONCE);
  #keys = 0;

  /** @param {Pick<import("../../sdk/client.js").Parley, "upload">} client */
  constructor(client) {
    super();
    this.#client = client;
  }

  /** Whether the message has to wait until a file that was refused is taken out. */
  get busy() {
    return this.list.some(({ state }) => state === "refused");
  }

  /**
   * As `room.send` takes them. Nobody has to wait for those on their way: they are left to the outbox, which survives
   * the page. Those that are there come with their file, too: the server may let go of them before the message arrives.
   * @returns {import("../../sdk/uploads.js").Attachment[]}
   */
  get attachments() {
    return this.list.map(({ file, upload, size }) => ({
      name: file.name, type: file.type, size: file.size, ...size, ...upload, file, progress: upload ? 1 : 0,
    }));
  }

  /** @param {Iterable<File>} files @returns {number} how many were one too many */
  add(files) {
    const wanted = [...files];
    const taken = wanted.slice(0, MOST - this.list.length);
    const added = taken.map((file) => this.#chosen(file));
    this.#show([...this.list, ...added]);
    for (const chosen of added) this.#handIn(chosen);
    return wanted.length - taken.length;
  }

  /** @param {number} key */
  remove(key) {
    this.#find(key)?.abort.abort();
    this.#show(this.list.filter((chosen) => chosen.key !== key));
  }

  /** @param {number} key */
  retry(key) {
    const chosen = this.#find(key);
    if (chosen?.error) this.#handIn(chosen);
  }

  /** Hands in what could not be handed in before: there is a connection again. */
  resume() {
    for (const chosen of this.list) if (chosen.state === "waiting") this.#handIn(chosen);
  }

  /** They go with their message now, or were given up. */
  clear() {
    const gone = this.list;
    this.#show([]);
    for (const { abort } of gone) abort.abort();
  }

  /**
   * One is an image that large.
   * @param {number} key
   * @param {{width: number, height: number}} size in pixels
   */
  measured(key, size) {
    this.#change(key, { size });
  }

  /** @param {File} file @returns {Chosen} */
  #chosen(file) {
    return { key: this.#keys++, file, state: "uploading", progress: 0, abort: new AbortController() };
  }

  /** @param {Chosen} chosen */
  async #handIn({ key, file, abort: { signal } }) {
    this.#change(key, { state: "uploading", progress: 0, error: undefined });
    const onProgress = (/** @type {number} */ progress) => this.#change(key, { progress });
    try {
      const upload = await this.#turns.take(() => this.#client.upload(file, { signal, onProgress }));
      this.#change(key, { state: "done", progress: 1, upload });
    } catch (/** @type {any} */ error) {
      this.#change(key, { state: error.retryable ? "waiting" : "refused", error });
      const chosen = this.#find(key);
      if (chosen?.state === "refused") this.emit("refused", chosen);
    }
  }

  /** @param {number} key */
  #find(key) {
    return this.list.find((chosen) => chosen.key === key);
  }

  /** @param {number} key @param {Partial<Chosen>} change */
  #change(key, change) {
    this.#show(this.list.map((chosen) => (chosen.key === key ? { ...chosen, ...change } : chosen)));
  }

  /** @param {Chosen[]} list */
  #show(list) {
    this.list = list;
    this.emit("change");
  }
}
