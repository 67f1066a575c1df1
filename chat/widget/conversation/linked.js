import { Part } from "../part.js";
import { linksOf } from "./links_to_files.js";
import { whenNear } from "./nearness.js";

/** A file that is shown in its place: its link is asked for as soon as one comes near it, and anew when it fails. */
export class Linked extends Part {
  static properties = {
    attachment: { attribute: false },
    sending: { attribute: false },
    links: { state: true },
    failed: { state: true },
    loaded: { state: true },
  };

  #near = false;
  #renewed = false;
  #asked = /** @type {string | undefined} */ (undefined);

  attach() {
    this.whenGone(whenNear(this, () => {
      this.#near = true;
      this.#ask();
    }));
  }

  /** @param {Map<string, unknown>} _changed */
  updated(_changed) {
    this.#ask();
  }

  /** What it links to is shown. */
  shown() {
    this.loaded = true;
    this.#renewed = false;
  }

  /** What it links to cannot be shown: the link may be too old. */
  lost() {
    if (this.#renewed) this.failed = true;
    else this.#renew();
  }

  async retry() {
    this.failed = false;
    this.#renew();
    await this.updateComplete;
    const near = this.querySelector("button") ?? this.closest("dialog")?.querySelector("button");
    near?.focus(); // the one that was pressed is gone
  }

  #ask() {
    const { id } = this.attachment;
    if (!this.#near || this.sending || !id || id === this.#asked) return;
    this.links = undefined;
    this.failed = this.loaded = this.#renewed = false;
    this.#follow(linksOf(this.client).get(id));
  }

  #renew() {
    this.#renewed = true;
    this.links = undefined; // the new one may be the same to the letter
    this.#follow(linksOf(this.client).renew(this.attachment.id));
  }

  /** @param {Promise<import("./links_to_files.js").Links>} asking */
  async #follow(asking) {
    const { id } = this.attachment;
    this.#asked = id;
    try {
      const links = await asking;
      if (id === this.#asked) this.links = links;
    } catch {
      if (id === this.#asked) this.failed = true;
    }
  }
}
