import { configure, Parley, signIn } from "../widget/embed.js";
import { followAppearance } from "./appearance_form.js";

const page = JSON.parse(document.getElementById("page").textContent);
const element = /** @type {HTMLSelectElement} */ (document.getElementById("element"));
const room = /** @type {HTMLSelectElement} */ (document.getElementById("room"));
const preview = document.getElementById("preview");

configure({ origin: location.origin, organisation: page.organisation, appearance: page.appearance });
signIn({ client: new Parley({ url: location.origin, me: page.me, headers: { "X-CSRFToken": page.csrf } }) });
if (room.value) show();
element.onchange = room.onchange = show;
followAppearance(document.getElementById("appearance"), page.appearance, (appearance) => {
  configure({ appearance });
  show();
});
for (const button of document.querySelectorAll("button[data-copies]")) offerCopy(button);

/** What is chosen, as a tag to paste and as the thing itself. */
function show() {
  const made = document.createElement(`parley-${element.value}`);
  room.disabled = element.value !== "room";
  if (!room.disabled) made.setAttribute("room", room.value);
  preview.replaceChildren(made);
  document.getElementById("tag").textContent = tag(made);
}

/** @param {Element} made */
function tag(made) {
  const pasted = /** @type {Element} */ (made.cloneNode());
  for (const { name } of [...pasted.attributes]) if (name !== "room") pasted.removeAttribute(name);
  pasted.setAttribute("token-url", "/parley-token");
  return pasted.outerHTML;
}

/** @param {HTMLButtonElement} button */
function offerCopy(button) {
  button.hidden = false;
  button.onclick = async () => {
    await navigator.clipboard.writeText(document.getElementById(button.dataset.copies).textContent);
    button.textContent = "Copied";
    setTimeout(() => { button.textContent = "Copy"; }, 2_000);
  };
}
