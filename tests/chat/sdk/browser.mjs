/** What tabs of one browser have in common, of Web Locks and BroadcastChannel as much as is used here. */
export class Browser {
  #channels = new Set();
  #locks = new Map();

  /** Makes this a page of it. */
  install() {
    const browser = this;
    globalThis.document = {};
    Object.defineProperty(globalThis, "navigator", {
      configurable: true, value: { locks: { request: (...rest) => this.#request(...rest) } },
    });
    globalThis.BroadcastChannel = class {
      constructor(name) {
        this.name = name;
        browser.#channels.add(this);
      }

      postMessage(data) {
        for (const other of browser.#channels) {
          if (other !== this && other.name === this.name) setImmediate(() => other.#hear(data));
        }
      }

      close() {
        browser.#channels.delete(this);
      }

      #hear(data) {
        if (browser.#channels.has(this) && !this.frozen) this.onmessage?.({ data: structuredClone(data) });
      }
    };
  }

  uninstall() {
    delete globalThis.document;
    delete globalThis.navigator;
  }

  /** From here on, the tabs that there are hear nothing. */
  freeze() {
    for (const channel of this.#channels) channel.frozen = true;
  }

  get channels() {
    return this.#channels.size;
  }

  async #request(name, ...rest) {
    const act = rest.pop();
    const { ifAvailable, steal, signal } = rest[0] ?? {};
    await null;
    const queue = this.#locks.get(name) ?? [];
    this.#locks.set(name, queue);
    if (ifAvailable && queue.length) return act(null);
    return new Promise((resolve, reject) => {
      const lock = { act, resolve, reject };
      signal?.addEventListener("abort", () => {
        if (lock.held) return;
        this.#release(name, lock);
        reject(new DOMException("", "AbortError"));
      });
      if (steal && queue[0]?.held) queue.shift().reject(new DOMException("", "AbortError"));
      if (steal) queue.unshift(lock);
      else queue.push(lock);
      this.#grant(name);
    });
  }

  async #grant(name) {
    const lock = this.#locks.get(name)[0];
    if (!lock || lock.held) return;
    lock.held = true;
    try {
      lock.resolve(await lock.act({ name }));
    } catch (error) {
      lock.reject(error);
    }
    this.#release(name, lock);
  }

  #release(name, lock) {
    const queue = this.#locks.get(name);
    if (queue.includes(lock)) queue.splice(queue.indexOf(lock), 1);
    this.#grant(name);
  }
}
