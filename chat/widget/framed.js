import { configure, signIn } from "./session.js";
import "./inbox_element.js";
import "./room_element.js";
import "./speaker.js";

/**
 * The inside of an `<iframe>` on a customer's page. It has no cookie and no token: the page around it hands over a port,
 * and answers on it whenever a token is needed. Only pages that the organisation lists are heard.
 * @param {{room: string | null, origin: string, organisation: string, appearance: object, origins: string[]}} page
 */
export function openFramed({ room, origin, organisation, appearance, origins }) {
  configure({ origin, organisation, appearance });
  const element = document.createElement(room === null ? "parley-inbox" : "parley-room");
  if (room !== null) element.setAttribute("room", room);
  document.body.append(element);
  addEventListener("message", function greet({ data, origin: from, ports: [port] }) {
    if (data?.type !== "parley.port" || !port || ![origin, ...origins].includes(from)) return;
    removeEventListener("message", greet);
    for (const name of ["theme", "language"]) if (data[name]) element.setAttribute(name, data[name]);
    signIn({ tokenProvider: () => asked(port) });
  });
  for (const parent of [origin, ...origins]) window.parent.postMessage({ type: "parley.ready" }, parent);
}

/** @param {MessagePort} port @returns {Promise<string>} */
function asked(port) {
  return new Promise((resolve, reject) => {
    port.onmessage = ({ data: { token, error } }) => (token ? resolve(token) : reject(new Error(error)));
    port.postMessage({ type: "parley.token" });
  });
}
