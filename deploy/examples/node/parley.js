/** Parley from a server's side: tokens for people, and the REST API. */
import { createHmac } from "node:crypto";
import { setting } from "./settings.js";

export const parleyUrl = setting("PARLEY_URL", "http://acme.localhost:8000").replace(/\/$/, "");
const keyId = setting("PARLEY_KEY_ID");
const secret = setting("PARLEY_SECRET");
const apiKey = setting("PARLEY_API_KEY");
const TOKEN_SECONDS = 600;

/**
 * A JWT (RFC 7519) by HS256; the page asks for the next one before it expires.
 * @param {{id: string, name: string}} user
 * @param {string[]} rooms all that the token opens; a token that says nothing of rooms opens what its user may see
 */
export function tokenFor({ id, name }, rooms) {
  const now = Date.now() / 1000;
  const header = { alg: "HS256", typ: "JWT", kid: keyId };
  const claims = { sub: id, name, rooms, iat: now, exp: Math.floor(now) + TOKEN_SECONDS };
  const signed = [header, claims].map((part) => Buffer.from(JSON.stringify(part)).toString("base64url")).join(".");
  return `${signed}.${createHmac("sha256", secret).update(signed).digest("base64url")}`;
}

/**
 * A private room for an order, with a first word from support. Safe to do again for the same order, such as after a
 * failure half-way: each key makes its request count once.
 * @param {{id: string, item: string}} order
 * @param {{id: string, name: string}} customer
 */
export async function openRoomFor({ id, item }, customer) {
  const support = { id: "support", name: "Support" };
  await call("PUT", "/users", { users: [customer, support] });
  const room = { id, kind: "private", name: item, members: [customer.id, support.id] };
  await call("POST", "/rooms", room, `${id}-room`);
  const welcome = { user: support.id, text: `Thank you! **${item}** leaves tomorrow. Any wishes?` };
  await call("POST", `/rooms/${id}/messages`, welcome, `${id}-welcome`);
}

/**
 * @param {string} method
 * @param {string} path below /api/v1
 * @param {object} body
 * @param {string} [idempotencyKey] of a POST: the same again is answered the same, and done once
 */
async function call(method, path, body, idempotencyKey) {
  const answer = await fetch(`${parleyUrl}/api/v1${path}`, {
    method,
    headers: {
      Authorization: `Bearer ${apiKey}`,
      "Content-Type": "application/json",
      ...(idempotencyKey && { "Idempotency-Key": idempotencyKey }),
    },
    body: JSON.stringify(body),
  });
  if (!answer.ok) throw new Error(`${method} ${path} was answered ${answer.status}: ${await answer.text()}`);
}
