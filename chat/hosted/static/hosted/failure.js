import { part } from "./page.js";
import { sentence } from "./problems.js";

/** Covers the conversation when it cannot be shown. @param {import("../sdk/room.js").Room} room */
export function showFailure(room) {
  const panel = document.getElementById("failure");
  const show = () => {
    const refused = room.state === "refused";
    const error = room.refusal ?? room.messages.error;
    panel.hidden = !error;
    if (!error) return;
    document.getElementById("skeleton").hidden = true;
    part(panel, "title").textContent = refused ? "You cannot open this room" : "The messages could not be loaded";
    part(panel, "text").textContent = sentence(error);
    part(panel, "retry").hidden = refused;
    part(panel, "leave").hidden = !refused;
  };
  room.on("state", ({ state }) => {
    show();
    if (state === "live" && room.messages.state === "failed") room.messages.loadLatest();
  });
  room.messages.on("change", show);
  part(panel, "retry").onclick = () => room.messages.loadLatest();
}
