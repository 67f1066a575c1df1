import { part } from "./page.js";

/**
 * The button that leads back to the end of the conversation, with the number of what came meanwhile.
 * @param {import("../sdk/room.js").Room} room
 * @param {import("./timeline.js").Timeline} timeline
 */
export function offerJump(room, timeline) {
  const button = document.getElementById("jump");
  let seen = 0;
  const show = () => {
    const { list } = room.messages;
    if (timeline.atEnd) seen = list.at(-1)?.seq ?? 0;
    seen ||= list.at(-1)?.seq ?? 0;
    const isNew = ({ seq, kind, user }) => seq > seen && kind === "message" && user?.id !== room.client.me.id;
    const count = list.filter(isNew).length;
    button.hidden = timeline.atEnd || (!count && timeline.away < 1);
    button.toggleAttribute("data-new", count > 0);
    const news = `${count} new ${count === 1 ? "message" : "messages"}`;
    part(button, "text").textContent = count ? news : "Latest messages";
  };
  timeline.on("settled", show);
  button.onclick = () => {
    timeline.toEnd(timeline.away < 3 ? "smooth" : "instant"); // a long way would pass by unread, and slowly
    document.getElementById("timeline").focus({ preventScroll: true });
  };
}
