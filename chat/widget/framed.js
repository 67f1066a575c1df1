import { Parley } from "../sdk/client.js";
import "./inbox_element.js";
import "./room_element.js";
import { configure } from "./session.js";
import "./speaker.js";

/**
 * The inside of a `<parley-frame>`. It has no cookie and no token: the page around it hands over a port, and answers on
 * it whenever a token is needed. Only pages that the organisation lists are heard, and of these only the one around.
 * @param {{room: string | null, organisation: {name: string}, appearance: object, origins: string[]}} page
 */
export function openFramed({ room, organisation, appearance, origins }) {
  const { origin } = location;
  configure({ origin, organisation: organisation.name, appearance });
  const element = /** @type {HTMLElement} */ (document.querySelector("parley-room, parley-inbox"));
  addEventListener("message", function greet({ data, origin: from, source, ports: [port] }) {
    if (data?.type !== "parley.port" || !port || source !== parent || ![origin, ...origins].includes(from)) return;
    removeEventListener("message", greet);
    dress(element, data);
    open(element, new Outside(port, (look) => dress(element, look)), room);
  });
  parent.postMessage({ type: "parley.ready" }, "*"); // it is no secret; who answers is looked at
}

/** @param {HTMLElement} element @param {Outside} outside @param {string | null} room */
function open(element, outside, room) {
  const client = new Parley({ url: location.origin, tokenProvider: () => outside.token() });
  Object.assign(element, { client, ...(room !== null && { room }) });
}

/**
 * As the page around wants it.
 * @param {HTMLElement} element
 * @param {{theme?: string | null, language?: string | null, around?: string | null}} look
 */
function dress(element, { theme, language, around }) {
  document.documentElement.lang = around ?? "";
  for (const [name, value] of Object.entries({ theme, language })) if (value) element.setAttribute(name, value);
}

/** The page around, at the other end of a port. */
class Outside {
  #port;
  #answered = (/** @type {{token?: string, error?: string}} */ _answer) => {};

  /** @param {MessagePort} port @param {(look: any) => void} dress */
  constructor(port, dress) {
    this.#port = port;
    port.onmessage = ({ data }) => ("token" in data || "error" in data ? this.#answered(data) : dress(data));
  }

  /** @returns {Promise<string>} */
  token() {
    return new Promise((resolve, reject) => {
      this.#answered = ({ token, error }) => (token ? resolve(token) : reject(new Error(error)));
      this.#port.postMessage({ type: "parley.token" });
    });
  }
}
