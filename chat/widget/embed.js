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
