/** A shop with an inbox: each order gets a room of its own, which the server makes. No package is needed. */
import { createHash, randomBytes, randomUUID } from "node:crypto";
import { readFileSync } from "node:fs";
import { createServer } from "node:http";
import { openRoomFor, parleyUrl, tokenFor } from "./parley.js";
import { setting } from "./settings.js";

const port = Number(setting("PORT", "9003"));
const read = (/** @type {string} */ name) => readFileSync(new URL(name, import.meta.url), "utf8");

const POLICY = [
  "default-src 'none'",
  `script-src ${parleyUrl}`,
  `connect-src 'self' ${parleyUrl} ${parleyUrl.replace("http", "ws")}`,
  `img-src 'self' ${parleyUrl}`,
  `media-src ${parleyUrl}`,
  "style-src 'self'",
  "base-uri 'none'",
  "form-action 'self'",
  "frame-ancestors 'none'",
].join("; ");

/**
 * The ids of each customer's orders, which are those of their rooms, too. Yours are in a database.
 * @type {Map<string, string[]>}
 */
const orders = new Map();

/**
 * @typedef {import("node:http").IncomingMessage} Request
 * @typedef {import("node:http").ServerResponse} Response
 */

/** @type {Record<string, (request: Request, response: Response) => unknown>} */
const routes = {
  "GET /": showPage,
  "GET /style.css": (_request, response) => answer(response, "text/css", read("style.css")),
  "GET /icon.svg": (_request, response) => answer(response, "image/svg+xml", read("icon.svg")),
  "GET /parley-token": giveToken,
  "POST /orders": order,
};

createServer(async (request, response) => {
  const route = routes[`${request.method} ${request.url}`] ?? notFound;
  try {
    await route(request, response);
  } catch (error) {
    console.error(error);
    response.writeHead(502).end("Parley could not be asked; the server's log says why.");
  }
}).listen(port, "127.0.0.1", () => console.log(`http://localhost:${port}/ shows rooms of ${parleyUrl}`));

/** @param {Request} request @param {Response} response */
function showPage(request, response) {
  if (!cookieOf(request)) {
    const cookie = randomBytes(24).toString("base64url");
    response.setHeader("Set-Cookie", `customer=${cookie}; HttpOnly; SameSite=Lax; Path=/`);
  }
  answer(response, "text/html", read("page.html").replaceAll("{{ parley }}", parleyUrl));
}

/** @param {Request} request @param {Response} response */
function giveToken(request, response) {
  const cookie = cookieOf(request);
  if (!cookie) return response.writeHead(401).end("Open the page first.");
  const customer = customerOf(cookie);
  const token = tokenFor(customer, ordersOf(customer));
  answer(response, "application/json", JSON.stringify({ token }));
}

/** @param {Request} request @param {Response} response */
async function order(request, response) {
  const cookie = cookieOf(request);
  if (!cookie) return response.writeHead(401).end("Open the page first.");
  const customer = customerOf(cookie);
  const id = `order-${randomUUID()}`;
  await openRoomFor({ id, item: "A blue kettle" }, customer);
  orders.set(customer.id, [...ordersOf(customer), id]);
  response.writeHead(303, { Location: "/" }).end();
}

/** @param {Request} _request @param {Response} response */
function notFound(_request, response) {
  response.writeHead(404).end("There is no such page.");
}

/** @param {Response} response @param {string} type @param {string} text */
function answer(response, type, text) {
  response.writeHead(200, {
    "Content-Type": `${type}; charset=utf-8`,
    "Content-Security-Policy": POLICY,
    "Cache-Control": "no-store",
    "X-Content-Type-Options": "nosniff",
  });
  response.end(text);
}

/** @param {{id: string}} customer */
function ordersOf({ id }) {
  return orders.get(id) ?? [];
}

/** @param {Request} request */
function cookieOf(request) {
  return /(?:^|; )customer=([\w-]{32})/.exec(request.headers.cookie ?? "")?.[1];
}

/**
 * Whoever holds this cookie; where your people sign in, your session says who they are. Others in the room see the id:
 * it must not tell them the cookie.
 * @param {string} cookie
 */
function customerOf(cookie) {
  const digest = createHash("sha256").update(cookie).digest("hex");
  const number = (parseInt(digest.slice(0, 8), 16) % 9_000) + 1_000;
  return { id: `customer-${digest.slice(0, 16)}`, name: `Customer ${number}` };
}
