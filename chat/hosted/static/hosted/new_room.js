import { formDialog } from "./dialog.js";
import { client, page, part, roomAddress } from "./page.js";
import { Picker } from "./picker.js";

/** The dialogs that make a room, and a conversation with one person. */
export function offerNewRooms() {
  offerRoom();
  offerConversation();
}

function offerRoom() {
  const picker = new Picker(part(document.getElementById("room-dialog"), "people"));
  formDialog("new-room", "room-dialog", {
    opened(form) {
      form.elements.name.focus();
      picker.load((id) => id === page.me.id);
    },
    async submitted(form) {
      const name = form.elements.name.value.trim();
      if (!name) return "Give the room a name.";
      go(await client.createRoom({ name, kind: form.elements.kind.value, members: picker.chosen }));
    },
  });
}

function offerConversation() {
  const element = part(document.getElementById("conversation-dialog"), "people");
  const picker = new Picker(element, { several: false });
  formDialog("new-conversation", "conversation-dialog", {
    opened() {
      part(element, "filter").focus();
      picker.load((id) => id === page.me.id);
    },
    async submitted() {
      if (!picker.chosen.length) return "Choose someone to talk with.";
      go(await client.createRoom({ kind: "direct", members: picker.chosen }));
    },
  });
}

function go(room) {
  location.assign(roomAddress(room.id));
}
