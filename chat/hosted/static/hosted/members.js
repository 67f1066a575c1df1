import { formDialog } from "./dialog.js";
import { page, part } from "./page.js";
import { Picker, personGlyph, personName } from "./picker.js";
import { sentence } from "./problems.js";

/** The dialog that shows who is in a room and adds people. @param {import("../sdk/room.js").Room} room */
export function offerMembers(room) {
  const dialog = document.getElementById("members-dialog");
  const people = part(dialog, "people");
  const picker = new Picker(people);
  const show = async () => {
    const members = await list(room, part(dialog, "members"));
    if (members) picker.load((id) => members.has(id));
  };
  formDialog("show-members", "members-dialog", {
    opened(form) {
      const inside = page.room.member;
      people.hidden = form.querySelector(".primary").hidden = !inside;
      show();
    },
    async submitted() {
      if (!picker.chosen.length) return "Choose whom to add.";
      for (const id of picker.chosen) await room.invite(id);
      await show();
    },
  });
}

/** Fills the list and returns the ids, or says what failed. */
async function list(room, element) {
  element.replaceChildren(line("Loading members…"));
  try {
    const members = await room.members();
    element.replaceChildren(...members.map(row));
    return new Set(members.map(({ id }) => id));
  } catch (error) {
    element.replaceChildren(line(sentence(error)));
    return null;
  }
}

function row(member) {
  const element = document.createElement("li");
  element.className = "person-row";
  const standing = document.createElement("small");
  const words = [member.id === page.me.id && "you", member.role !== "member" && member.role];
  standing.textContent = words.filter(Boolean).join(", ");
  element.append(personGlyph(member), personName(member), standing);
  return element;
}

function line(text) {
  const element = document.createElement("li");
  element.className = "picker-state";
  element.textContent = text;
  return element;
}
