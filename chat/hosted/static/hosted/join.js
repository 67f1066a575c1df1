import { page, part } from "./page.js";
import { sentence, showNote } from "./problems.js";

/**
 * The way into an open room for someone who is not in it yet.
 * @param {import("../sdk/room.js").Room} room
 * @param {() => void} joined
 */
export function offerJoin(room, joined) {
  const form = document.getElementById("join");
  if (!form) return;
  const button = form.querySelector("button");
  form.onsubmit = async (event) => {
    event.preventDefault();
    button.disabled = true;
    try {
      await room.join();
      page.room.member = true;
      form.remove();
      joined();
    } catch (error) {
      showNote(part(form, "note"), sentence(error));
      button.disabled = false;
    }
  };
}
