import { Parley } from "../sdk/client.js";

/** What the server put into this page: {me, rooms, tenant, socket, api} and, in a room, {room}. */
export const page = JSON.parse(document.getElementById("page").textContent);

/** This page's one connection. */
export const client = new Parley({
  me: page.me,
  socket: new URL(page.socket, location.href.replace(/^http/, "ws")).href,
  api: page.api,
  headers: { "X-CSRFToken": document.querySelector("meta[name=csrf-token]").content },
});

/** The element of a name inside another. @param {ParentNode} within @param {string} name @returns {any} */
export function part(within, name) {
  return within.querySelector(`[data-part="${name}"]`);
}

/** A fresh copy of what a template holds. @param {string} id @returns {any} */
export function copyOf(id) {
  return document.getElementById(id).content.firstElementChild.cloneNode(true);
}

/** @param {string} id @returns {string} the page of a room */
export function roomAddress(id) {
  return `/rooms/${encodeURIComponent(id)}`;
}
