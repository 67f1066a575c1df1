import { configure, Parley, signIn } from "../widget/embed.js";
import { followAppearance } from "./appearance_form.js";

const page = JSON.parse(document.getElementById("page").textContent);
const preview = document.getElementById("preview");

configure({ origin: location.origin, organisation: page.organisation, appearance: page.appearance });
signIn({ client: new Parley({ url: location.origin, me: page.me, headers: { "X-CSRFToken": page.csrf } }) });
show();
followAppearance(document.getElementById("appearance"), page.appearance, (appearance) => {
  configure({ appearance });
  show();
});

/** The room anew, with what is chosen. */
function show() {
  const room = document.createElement("parley-room");
  room.setAttribute("room", page.room);
  preview.replaceChildren(room);
}
