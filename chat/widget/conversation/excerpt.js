import { avatar } from "../avatar.js";
import { html, nothing } from "../vendor/lit.js";

/**
 * A message in a list of such.
 * @param {import("../context.js").Context} context
 * @param {import("../../sdk/wire.js").Message} message
 * @param {unknown} words what is shown of its text
 * @param {string} [room] where it was said
 */
export function excerpt({ language }, { user, created_at: at }, words, room) {
  return html`
    ${avatar(user)}
    <span class="result-head">
      <bdi>${user?.name ?? language.t("nobody")}</bdi>
      <time datetime=${at} title=${language.fullTime(at)}>${language.briefTime(at)}</time>
    </span>
    ${room ? html`<bdi class="result-room">${room}</bdi>` : nothing}
    <span class="result-text" dir="auto">${words}</span>`;
}
