const LINGER = 250; // what flashes by while one scrolls has not been read

/**
 * Tells the server what has been read, and draws the unread line where reading stopped.
 * @param {import("../sdk/room.js").Room} room
 * @param {import("./timeline.js").Timeline} timeline
 */
export function followReading(room, timeline) {
  let timer;
  const reads = () => !document.hidden && document.hasFocus() && timeline.atEnd;
  const read = () => { if (reads()) room.markRead(room.position); };
  const readSoon = () => {
    clearTimeout(timer);
    timer = setTimeout(read, LINGER);
  };

  timeline.unreadAfter = room.readSeq;
  timeline.on("settled", readSoon);
  window.addEventListener("focus", readSoon);
  document.addEventListener("visibilitychange", readSoon);
  room.on("event", (event) => {
    const fromOther = event.type === "message.created" && event.message.user?.id !== room.client.me.id;
    if (fromOther && !reads() && !(timeline.unreadAfter >= room.readSeq)) timeline.unreadAfter = room.readSeq;
  });
}
