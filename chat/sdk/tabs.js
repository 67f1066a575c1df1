import { Hub } from "./hub.js";
import { claimsOf } from "./tokens.js";

const PATIENCE = 2_000; // a leader that lives answers at once, even from a hidden tab
const LAST_WORD = 100; // a leader's is on its way, when its lock is already free
const GONE = 1006;

/** @typedef {import("./connection.js").Socket} Socket */

/**
 * A socket that is shared with the other tabs of this browser which speak for the same user. A real one where the
 * browser lacks Web Locks or BroadcastChannel, outside of pages, and as long as nobody knows who the user is.
 * @param {string} url
 * @param {string[]} protocols
 * @param {{me: {id: string} | null, dial: import("./connection.js").Dial}} options `dial` opens a real one
 * @returns {Socket}
 */
export function dialShared(url, protocols, { me, dial }) {
  const who = identity(protocols[1], me);
  if (!who || !globalThis.document || !navigator.locks || !globalThis.BroadcastChannel) {
    return dial(url, protocols);
  }
  return new SharedSocket(JSON.stringify(["parley", url, ...who]), () => dial(url, protocols));
}

/**
 * Whom a socket speaks for, and to which rooms it is confined: no other may use it.
 * @param {string | undefined} bearer
 * @param {{id: string} | null} me
 */
function identity(bearer, me) {
  const { user_id: other, sub = other, rooms } = bearer ? claimsOf(bearer.slice("bearer.".length)) : { sub: me?.id };
  return sub && [sub, rooms];
}

/**
 * One tab's end of a shared socket. The tab that holds the lock `name` leads: it has the real socket, and the others
 * reach it through the channel of that name. When the leader goes, by whatever end, the lock tells the others; each end
 * closes then, as if the network had, and who opens the next one first leads.
 */
class SharedSocket {
  /** @type {((event: any) => any) | null} */
  onmessage = null;
  /** @type {((event: any) => any) | null} */
  onclose = null;

  #id = crypto.randomUUID();
  #name;
  #dial;
  #channel;
  #over = new AbortController();
  /** Where this tab leads. @type {Hub | undefined} */
  #hub;
  /** The id of the one that does, where it does not. @type {string | undefined} */
  #leader;
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  #patience;

  /** @param {string} name @param {() => Socket} dial */
  constructor(name, dial) {
    this.#name = name;
    this.#dial = dial;
    this.#channel = new BroadcastChannel(name);
    this.#channel.onmessage = ({ data }) => (this.#hub ? this.#serve(data) : this.#hear(data));
    this.#take({ ifAvailable: true });
  }

  /** @param {string} text a command */
  send(text) {
    if (this.#hub) this.#hub.send(this.#id, text);
    else this.#channel.postMessage({ to: this.#leader, from: this.#id, text });
  }

  close() {
    clearTimeout(this.#patience);
    this.#channel.close();
    this.#over.abort();
  }

  /** @param {number} [code] */
  #lose(code = GONE) {
    if (this.#over.signal.aborted) return;
    this.close();
    this.onclose?.({ code });
  }

  /** @param {LockOptions} options */
  #take(options) {
    navigator.locks
      .request(this.#name, options, (lock) => (lock ? this.#lead() : this.#follow()))
      // Another tab took the lock away; or this page may not have any, and the socket is its own.
      .catch((error) => (error.name === "AbortError" ? this.#lose() : this.#lead()));
  }

  #lead() {
    if (this.#over.signal.aborted) return;
    clearTimeout(this.#patience);
    const socket = this.#dial();
    this.#hub = new Hub(socket, (tab, text) => this.#tell(tab, text));
    this.#channel.postMessage({ by: this.#id, leads: true });
    socket.onclose = ({ code }) => {
      if (!this.#over.signal.aborted) this.#channel.postMessage({ by: this.#id, code });
      this.#lose(code);
    };
    return this.#ended().then(() => {
      socket.onmessage = socket.onclose = null;
      socket.close();
    });
  }

  #follow() {
    if (this.#over.signal.aborted) return;
    // It is held as long as this end is open, and so tells the leader when it is not.
    navigator.locks.request(this.#id, () => {
      if (!this.#over.signal.aborted) this.#channel.postMessage({ join: this.#id });
      return this.#ended();
    });
    this.#await(this.#name, () => { setTimeout(() => this.#lose(), LAST_WORD); });
    this.#patience = setTimeout(() => this.#take({ steal: true }), PATIENCE); // the leader's tab is frozen
  }

  /** As a leader: what the others say. @param {any} note */
  #serve({ join, to, from, text }) {
    if (to === this.#id) this.#hub?.send(from, text);
    if (!join) return;
    this.#hub?.join(join);
    this.#await(join, () => this.#hub?.leave(join));
  }

  /** As one who follows: what leaders say. @param {any} note */
  #hear({ by, leads, to, text, code }) {
    if (to === this.#id) {
      clearTimeout(this.#patience);
      this.#leader ??= by;
    }
    if (!this.#leader || (to ?? this.#id) !== this.#id) return;
    if (by !== this.#leader) leads && this.#lose();
    else if (code) this.#lose(code);
    else if (text) this.onmessage?.({ data: text });
  }

  /** As a leader: a frame for a tab, or for all. @param {string} [tab] @param {string} [text] */
  #tell(tab, text) {
    if (tab !== this.#id) this.#channel.postMessage({ by: this.#id, to: tab, text });
    if ((tab ?? this.#id) === this.#id) this.onmessage?.({ data: text });
  }

  /** Acts once nobody holds a lock. @param {string} lock @param {() => void} act */
  #await(lock, act) {
    navigator.locks.request(lock, { signal: this.#over.signal }, act).catch(() => {});
  }

  /** @returns {Promise<any>} resolves when this end closes */
  #ended() {
    const { signal } = this.#over;
    return new Promise((resolve) => { signal.aborted ? resolve(null) : signal.addEventListener("abort", resolve); });
  }
}
