import { Part } from "../part.js";
import { html } from "../vendor/lit.js";

/** Who is typing. */
class TypingLine extends Part {
  attach() {
    this.follow(this.room.typing, "change");
  }

  render() {
    return html`<p class="typing" part="typing">${this.#words()}</p>`;
  }

  #words() {
    const [name, other, more] = this.room.typing.names;
    if (!name) return "";
    if (more) return this.t("typing.many");
    return other ? this.t("typing.two", { name, other }) : this.t("typing.one", { name });
  }
}

customElements.define("parley-typing", TypingLine);
