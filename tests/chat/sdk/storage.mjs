/** What a browser has and Node has not, as far as the outbox uses it: IndexedDB with one table, and Web Locks. */

/** One browser's storage; every page of it uses the same. */
export class Storage {
  rows = new Map();
  /** Why nothing can be written, if it is so. */
  full;
  /** Why it cannot be opened, if it is so. */
  shut;
  /** Whether it never answers. */
  silent = false;
  databases = [];

  open() {
    if (this.shut) throw this.shut;
    const request = {};
    if (!this.silent) setImmediate(() => this.#opened(request));
    return request;
  }

  /** Takes all away from the pages that use it, as when the user clears the site's data. */
  clear() {
    this.rows.clear();
    for (const database of this.databases.splice(0)) database.onclose();
  }

  #opened(request) {
    request.result = { createObjectStore() {}, transaction: () => this.#transaction(), close() {} };
    this.databases.push(request.result);
    request.onupgradeneeded?.();
    request.onsuccess();
  }

  /** What is asked of a transaction is done at once; what came of it is told later, in order. */
  #transaction() {
    const transaction = {};
    const read = (result) => {
      setImmediate(() => transaction.oncomplete());
      return { result };
    };
    const write = (change) => {
      if (this.full) transaction.error = this.full;
      else change();
      setImmediate(() => (transaction.error ? transaction.onabort() : transaction.oncomplete()));
      return {};
    };
    transaction.objectStore = () => ({
      getAll: ({ first }) => read(structuredClone([...this.rows.values()].filter((row) => isIn(first, row)))),
      put: (row) => {
        const copy = structuredClone(row); // throws what IndexedDB throws
        return write(() => this.rows.set(keyOf(row), copy));
      },
      delete: (key) => write(() => this.rows.delete(JSON.stringify(key))),
    });
    return transaction;
  }
}

/** Web Locks, each held by one at a time, in the order asked for. */
export class Locks {
  #ends = new Map();

  request(name, { signal }, act) {
    const free = this.#ends.get(name) ?? Promise.resolve();
    const late = new Promise((_, reject) => { signal.addEventListener("abort", () => reject(signal.reason)); });
    const turn = Promise.race([free, late]).then(act);
    this.#ends.set(name, Promise.allSettled([free, turn]));
    return turn;
  }
}

/** Puts them where a browser has them. */
export function install({ storage, locks }) {
  globalThis.indexedDB = storage;
  globalThis.IDBKeyRange = { bound: (first) => ({ first }) };
  Object.defineProperty(globalThis, "navigator", { value: locks && { locks }, configurable: true });
}

function keyOf({ host, user, room, clientId }) {
  return JSON.stringify([host, user, room, clientId]);
}

function isIn([host, user, room], row) {
  return row.host === host && row.user === user && row.room === room;
}
