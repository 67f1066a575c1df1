import { showAvatar } from "./avatar.js";
import { offerNewRooms } from "./new_room.js";
import { client, page } from "./page.js";
import { RoomList } from "./roomlist.js";
import { showStatus } from "./status.js";

/** What every signed-in page has: the side list, its dialogs, the state of the connection. */
export function startShell() {
  showAvatar(document.getElementById("my-avatar"), page.me.name || page.me.id);
  showStatus(client.connection);
  offerNewRooms();
  const rooms = new RoomList(client, page.rooms, page.room?.id);
  document.addEventListener("keydown", findByKey);
  client.connection.open();
  return rooms;
}

/** Ctrl+K or ⌘K leads to the list from anywhere. */
function findByKey(event) {
  if (event.key.toLowerCase() !== "k" || !(event.ctrlKey || event.metaKey) || event.shiftKey || event.altKey) return;
  event.preventDefault();
  document.getElementById("filter").focus();
}
