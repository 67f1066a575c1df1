import { showAvatar } from "./avatar.js";
import { dayOf, fullTimeOf, timeOf } from "./dates.js";
import { linked } from "./links.js";
import { copyOf, page, part } from "./page.js";
import { sentence } from "./problems.js";

const NOTICES = {
  "member.joined": "joined",
  "member.left": "left",
  "member.updated": "has another role now",
  "room.updated": "changed the room",
};

/** A new element for a row. @param {import("./rows.js").Row} row @returns {HTMLElement} */
export function elementOf(row) {
  if (row.kind === "message") return copyOf("message");
  const element = document.createElement(row.kind === "notice" ? "p" : "div");
  element.className = row.kind;
  return element;
}

/**
 * Brings an element up to date with its row, touching only what changed: a screen reader tells of what is touched.
 * @param {HTMLElement} element
 * @param {import("./rows.js").Row} row
 * @param {import("./rows.js").Row} [before] what it shows so far
 */
export function paint(element, row, before) {
  if (row.kind === "message") paintMessage(element, row, before);
  else if (row.kind === "notice" && !before) paintNotice(element, row);
  else if (row.kind === "day") setText(element, dayOf(row.at));
  else if (row.kind === "unread") setText(element, "New");
}

function paintMessage(element, row, before) {
  const { message, unsent } = row;
  const own = message.user?.id === page.me.id;
  const states = { own, head: row.head, tail: row.tail, gone: message.deleted };
  for (const [name, is] of Object.entries(states)) element.classList.toggle(name, Boolean(is));
  for (const name of ["pending", "failed"]) element.classList.toggle(name, unsent?.state === name);
  if (message !== before?.message) paintSaid(element, message, own, before?.message);
  if (unsent !== before?.unsent) paintFate(element, unsent);
}

function paintSaid(element, message, own, before) {
  const name = nameOf(message.user);
  element.dataset.seq = message.seq ?? "";
  showAvatar(part(element, "avatar"), name);
  setText(part(element, "author"), own ? "You" : name);
  showTime(part(element, "time"), message.created_at);
  const text = part(element, "text");
  text.title = fullTimeOf(message.created_at);
  if (message.deleted) text.textContent = "This message was deleted.";
  else if (message.text !== before?.text) text.replaceChildren(...linked(message.text));
}

function paintFate(element, unsent) {
  const failed = unsent?.state === "failed";
  const fate = part(element, "fate");
  fate.hidden = !failed;
  part(fate, "reason").textContent = failed ? `Not sent. ${sentence(unsent.error)}` : "";
  element.dataset.unsent = unsent?.clientId ?? "";
}

function paintNotice(element, { message }) {
  element.dataset.seq = message.seq;
  const name = document.createElement("bdi");
  name.textContent = nameOf(message.user);
  const time = document.createElement("time");
  showTime(time, message.created_at);
  element.append(name, ` ${NOTICES[message.kind] ?? "changed something"} `, time);
}

function showTime(element, iso) {
  element.dateTime = iso;
  element.title = fullTimeOf(iso);
  setText(element, timeOf(iso));
}

function nameOf(user) {
  return user ? user.name || user.id : "Deleted user";
}

function setText(element, text) {
  if (element.textContent !== text) element.textContent = text;
}
