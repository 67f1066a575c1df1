import { showAvatar } from "./avatar.js";
import { Composer } from "./composer.js";
import { showFailure } from "./failure.js";
import { offerJoin } from "./join.js";
import { offerJump } from "./jump.js";
import { offerMembers } from "./members.js";
import { client, page } from "./page.js";
import { followReading } from "./reading.js";
import { startShell } from "./shell.js";
import { Timeline } from "./timeline.js";
import { showTyping } from "./typing_line.js";

const room = client.room(page.room.id, page.room);
const timeline = new Timeline(room);
const composer = new Composer(room, () => {
  timeline.unreadAfter = null;
  timeline.toEnd();
});

showFailure(room);
showTyping(room.typing);
offerJump(room, timeline);
if (page.room.kind === "direct") showAvatar(document.getElementById("room-glyph"), page.room.name);
else offerMembers(room);
if (page.room.member) followReading(room, timeline);

room.messages.loadLatest();
room.subscribe();
const rooms = startShell();

offerJoin(room, () => {
  room.markRead(room.position); // it was read from outside
  followReading(room, timeline);
  composer.show();
  composer.focus();
  rooms.refresh();
});
composer.focus();

window.addEventListener("beforeunload", (event) => {
  const underway = ["pending", "uploading"];
  if (room.outbox.list.some(({ state, kept }) => underway.includes(state) && !kept)) event.preventDefault();
});
