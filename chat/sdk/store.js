import { Emitter } from "./events.js";
import { inTime } from "./in_time.js";

const DATABASE = "parley";
const UNSENT = "unsent";
const PATIENCE = 3_000; // a browser may leave a question to its storage without an answer
const TURN_WAIT = 60_000; // whoever is at it may be a tab that the browser has frozen

/**
 * An unsent message as it is kept. `order` sorts those of a room; `error` is what a ParleyError is made of.
 * @typedef {{clientId: string, order: number, text: string, createdAt: string, state: "pending" | "failed",
 *   error?: Record<string, any>, parent?: string, quote?: string, data?: object,
 *   attachments: import("./uploads.js").Attachment[]}} Kept
 */

/** @type {WeakMap<object, Store>} */
const stores = new WeakMap();

/**
 * The store of a client's user; null as long as nobody knows who that is.
 * @param {import("./client.js").Parley} client
 */
export function storeOf(client) {
  const held = stores.get(client);
  if (held || !client.me) return held ?? null;
  const store = new Store(client.host, client.me.id);
  client.on("state", ({ state }) => { if (state === "closed") store.close(); });
  stores.set(client, store);
  return store;
}

/**
 * The unsent messages of one user of one tenant, kept by the browser beyond the page. It never throws: where nothing
 * can be kept (a private window, a full disk, no IndexedDB as in Node), its answers say so.
 *
 * Emits `change` ({room, discarded}) when another tab of the same user changed something; `discarded` is the clientId
 * of what the user gave up there. Emits `lost` when the browser has taken the storage away with all that was kept.
 */
export class Store extends Emitter {
  #host;
  #database = /** @type {Promise<IDBDatabase> | undefined} */ (undefined);
  #others = /** @type {BroadcastChannel | undefined} */ (undefined);

  /** @param {string} host the tenant's @param {string} user id */
  constructor(host, user) {
    super();
    this.#host = host;
    this.user = user;
  }

  /**
   * What is kept of a room, in order; null where it cannot be told.
   * @param {string} room
   * @returns {Promise<Kept[] | null>}
   */
  async all(room) {
    try {
      const first = [this.#host, this.user, room];
      const range = IDBKeyRange.bound(first, [...first, []]); // a list comes after every text
      const kept = await this.#run("readonly", (store) => store.getAll(range));
      return kept.sort((/** @type {Kept} */ one, /** @type {Kept} */ other) => one.order - other.order);
    } catch {
      return null;
    }
  }

  /** Whether it is kept from now on. @param {string} room @param {Kept} kept @returns {Promise<boolean>} */
  async put(room, kept) {
    try {
      await this.#run("readwrite", (store) => store.put({ host: this.#host, user: this.user, room, ...kept }));
      this.#others?.postMessage({ room });
      return true;
    } catch {
      return false;
    }
  }

  /** @param {string} room @param {string} clientId @param {boolean} [discarded] whether its user gave it up */
  async delete(room, clientId, discarded = false) {
    try {
      await this.#run("readwrite", (store) => store.delete([this.#host, this.user, room, clientId]));
      this.#others?.postMessage({ room, discarded: discarded ? clientId : undefined });
    } catch {
      // What was kept in spite of an error is sent again and, by its client_id, stored once.
    }
  }

  /** Lets go of what it holds open, until it is used again. */
  close() {
    this.#others?.close();
    this.#database?.then((database) => database.close(), () => {});
    this.#others = this.#database = undefined;
  }

  /**
   * Acts while no other tab of this user is at the same room, as far as the browser can see to that.
   * @param {string} room
   * @param {() => Promise<void>} act
   */
  async alone(room, act) {
    const name = JSON.stringify([DATABASE, this.#host, this.user, room]);
    let begun = false;
    try {
      await navigator.locks.request(name, { signal: AbortSignal.timeout(TURN_WAIT) }, () => {
        begun = true;
        return act();
      });
    } catch (error) {
      if (begun) throw error;
      await act();
    }
  }

  /**
   * @template T
   * @param {IDBTransactionMode} mode
   * @param {(store: IDBObjectStore) => IDBRequest<T>} ask
   * @returns {Promise<T>}
   */
  async #run(mode, ask) {
    const database = await (this.#database ??= inTime(this.#open(), PATIENCE));
    return inTime(new Promise((resolve, reject) => {
      const transaction = database.transaction(UNSENT, mode);
      const request = ask(transaction.objectStore(UNSENT));
      transaction.oncomplete = () => resolve(request.result);
      transaction.onabort = () => reject(transaction.error);
      transaction.commit?.(); // the tab may be closed next
    }), PATIENCE);
  }

  /** @returns {Promise<IDBDatabase>} */
  #open() {
    return new Promise((resolve, reject) => {
      const request = indexedDB.open(DATABASE, 1);
      request.onupgradeneeded = () => {
        request.result.createObjectStore(UNSENT, { keyPath: ["host", "user", "room", "clientId"] });
      };
      request.onerror = () => reject(request.error);
      request.onsuccess = () => {
        const database = request.result;
        database.onclose = () => this.#lose();
        database.onversionchange = () => {
          database.close();
          this.#lose();
        };
        this.#listen();
        resolve(database);
      };
    });
  }

  #lose() {
    this.#database = undefined;
    this.emit("lost");
  }

  #listen() {
    if (this.#others || typeof BroadcastChannel !== "function") return;
    this.#others = new BroadcastChannel(JSON.stringify([DATABASE, this.#host, this.user]));
    this.#others.onmessage = ({ data }) => this.emit("change", data);
    /** @type {any} */ (this.#others).unref?.(); // Node would wait for it
  }
}
