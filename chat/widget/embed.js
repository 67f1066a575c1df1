/**
 * What a customer's page loads, by way of /embed.js on the organisation's host: it defines `<parley-room>`,
 * `<parley-inbox>`, `<parley-launcher>` and `<parley-frame>`.
 */
import "./frame_element.js";
import "./inbox_element.js";
import "./launcher_element.js";
import "./room_element.js";
import "./speaker.js";

export { Parley, ParleyError } from "../sdk/client.js";
export { configure, signIn } from "./session.js";

/** For the organisation's own pages. @param {any} page */
export async function openHosted(page) {
  (await import("./hosted.js")).openHosted(page);
}

/** For the inside of a `<parley-frame>`. @param {any} page */
export async function openFramed(page) {
  (await import("./framed.js")).openFramed(page);
}
