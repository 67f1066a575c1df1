import { Turns } from "./turns.js";

const AT_ONCE = 4; // questions: a browser may have no more than six connections to a host
const EARLY = 60_000; // ms before it expires that a link is used no more

/** @typedef {Awaited<ReturnType<import("../../sdk/client.js").Parley["uploadLinks"]>>} Links */

/** @type {WeakMap<object, LinksToFiles>} */
const all = new WeakMap();

/** Those of a client's user. @param {import("../../sdk/client.js").Parley} client @returns {LinksToFiles} */
export function linksOf(client) {
  const links = all.get(client) ?? new LinksToFiles((id) => client.uploadLinks(id));
  all.set(client, links);
  return links;
}

/** Links to files, each asked for once in its life. What was asked for last is on the screen now: it goes first. */
export class LinksToFiles {
  #ask;
  #known = /** @type {Map<string, {links: Promise<Links>, until: number}>} */ (new Map());
  #turns = new Turns(AT_ONCE, { latestFirst: true });

  /** @param {(id: string) => Promise<Links>} ask */
  constructor(ask) {
    this.#ask = ask;
  }

  /** Throws ParleyError. @param {string} id of the upload @returns {Promise<Links>} */
  get(id) {
    const known = this.#known.get(id);
    return known && known.until > Date.now() ? known.links : this.renew(id);
  }

  /**
   * The same, whatever is known: for a link that opens nothing any more. Throws ParleyError.
   * @param {string} id
   * @returns {Promise<Links>}
   */
  renew(id) {
    const asked = { links: this.#turns.take(() => this.#patiently(id)), until: Infinity };
    this.#known.set(id, asked);
    asked.links.then(
      ({ expires_at: expiry }) => { asked.until = Date.parse(expiry) - EARLY; },
      () => { if (this.#known.get(id) === asked) this.#known.delete(id); },
    );
    return asked.links;
  }

  /** Who was too fast keeps its turn while it waits, so the others wait, too. @param {string} id */
  async #patiently(id) {
    try {
      return await this.#ask(id);
    } catch (/** @type {any} */ error) {
      if (!error.retryAfter) throw error;
      await new Promise((wake) => { setTimeout(wake, error.retryAfter * 1_000); });
      return this.#ask(id);
    }
  }
}
