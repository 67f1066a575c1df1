import assert from "node:assert/strict";
import { createServer } from "node:http";
import { after, before, beforeEach, test } from "node:test";

import { Rest } from "../../../chat/sdk/rest.js";
import { Tokens } from "../../../chat/sdk/tokens.js";
import { provider } from "./jwt.mjs";

/** Requests as the server got them, the latest last. */
let heard;
/** What it answers next; `{}` with 200 afterwards. */
let answers;
/** The credential that is refused. */
let expired;
let server;
let root;

before(async () => {
  server = createServer(async (request, response) => {
    let body = "";
    for await (const chunk of request.setEncoding("latin1")) body += chunk;
    const { method, url, headers } = request;
    heard.push({ method, url, headers, body });
    const usual = headers.authorization === expired ? EXPIRED : {};
    const { status = 200, head = {}, text = "{}", silent } = answers.shift() ?? usual;
    if (!silent) response.writeHead(status, head).end(text);
  });
  await new Promise((listening) => server.listen(0, "127.0.0.1", listening));
  root = `http://127.0.0.1:${server.address().port}/api/v1`;
});

after(() => {
  server.closeAllConnections();
  server.close();
});

beforeEach(() => {
  heard = [];
  answers = [];
  expired = null;
});

const EXPIRED = { status: 401, text: JSON.stringify({ code: "token_expired", detail: "Expired" }) };

test("every verb goes out with its headers and its body as JSON", async () => {
  const rest = new Rest(root, { headers: { "X-CSRFToken": "c" }, tokens: new Tokens({ token: "t" }) });
  await rest.get("/rooms", { limit: 1, name: "a&b", kind: undefined });
  await rest.post("/rooms", { name: "é" });
  await rest.put("/rooms/a/members/b");
  await rest.patch("/rooms/a", { topic: null });
  answers.push({ status: 204, text: "" });
  assert.equal(await rest.delete("/rooms/a"), null);
  assert.deepEqual(heard.map(({ method, url, body }) => [method, url, Buffer.from(body, "latin1").toString()]), [
    ["GET", "/api/v1/rooms?limit=1&name=a%26b", ""],
    ["POST", "/api/v1/rooms", '{"name":"é"}'],
    ["PUT", "/api/v1/rooms/a/members/b", "{}"],
    ["PATCH", "/api/v1/rooms/a", '{"topic":null}'],
    ["DELETE", "/api/v1/rooms/a", ""],
  ]);
  for (const { headers } of heard) {
    assert.equal(headers.authorization, "Bearer t");
    assert.equal(headers["x-csrftoken"], "c");
  }
  assert.equal(heard[1].headers["content-type"], "application/json");
  assert.match(heard[1].headers["idempotency-key"], /^[0-9a-f-]{36}$/);
});

test("a list is read to its end, or as far as is wanted", async () => {
  const rest = new Rest(root);
  const page = (data, next) => ({ text: JSON.stringify({ data, next }) });
  answers.push(page([1, 2], "p2"), page([3], null));
  assert.deepEqual(await rest.list("/rooms", { member: true }), [1, 2, 3]);
  assert.deepEqual(heard.map(({ url }) => url), [
    "/api/v1/rooms?limit=200&member=true", "/api/v1/rooms?limit=200&member=true&cursor=p2",
  ]);
  answers.push(page([1, 2], "p2"));
  assert.deepEqual(await rest.list("/rooms", {}, 2), [1, 2]);
});

test("a refused token is renewed and the request made again, once, as the same request", async () => {
  const provide = provider();
  const rest = new Rest(root, { tokens: new Tokens({ tokenProvider: provide }) });
  answers.push(EXPIRED);
  await rest.post("/rooms", { name: "a" });
  assert.deepEqual(heard.map(({ headers }) => headers.authorization), provide.given.map((token) => `Bearer ${token}`));
  assert.equal(heard[0].headers["idempotency-key"], heard[1].headers["idempotency-key"]);
  assert.equal(heard[0].body, heard[1].body);
  answers.push(EXPIRED, EXPIRED);
  await assert.rejects(rest.get("/rooms"), { code: "token_expired", status: 401 });
  assert.equal(heard.length, 4);
});

test("requests that are refused together ask for one new token", async () => {
  const provide = provider();
  const rest = new Rest(root, { tokens: new Tokens({ tokenProvider: provide }) });
  await rest.get("/rooms");
  expired = `Bearer ${provide.given[0]}`;
  await Promise.all([1, 2, 3].map((id) => rest.get(`/rooms/${id}`)));
  assert.equal(provide.given.length, 2);
});

test("a token that cannot be renewed is refused as it is", async () => {
  const rest = new Rest(root, { tokens: new Tokens({ token: "t" }) });
  answers.push(EXPIRED);
  await assert.rejects(rest.get("/rooms"), { code: "token_expired" });
  assert.equal(heard.length, 1);
});

test("a problem becomes a typed error with all that it says", async () => {
  const problem = { code: "rate_limited", detail: "Too fast", retryable: true, errors: [{ field: "text", code: "x" }] };
  answers.push({ status: 429, head: { "Retry-After": "7" }, text: JSON.stringify(problem) });
  await assert.rejects(new Rest(root).get("/rooms"), {
    name: "ParleyError", code: "rate_limited", message: "Too fast", status: 429, retryable: true, retryAfter: 7,
    fields: problem.errors,
  });
});

test("what is no answer of ours is an error, too", async () => {
  answers.push({ status: 502, text: "<html>" }, { text: "<html>sign in here" }, { status: 500, text: "null" });
  await assert.rejects(new Rest(root).get("/rooms"), { code: "http_502", retryable: true });
  await assert.rejects(new Rest(root).get("/rooms"), { code: "http_200", retryable: false });
  await assert.rejects(new Rest(root).get("/rooms"), { code: "http_500" });
  await assert.rejects(new Rest("http://127.0.0.1:1").get("/rooms"), { code: "unreachable", retryable: true });
});

test("a request is called off by its signal, before or while it is under way", async () => {
  const rest = new Rest(root);
  await assert.rejects(rest.get("/rooms", {}, { signal: AbortSignal.abort() }), { code: "aborted", retryable: false });
  answers.push({ silent: true });
  const controller = new AbortController();
  const asked = assert.rejects(rest.post("/rooms", {}, { signal: controller.signal }), { code: "aborted" });
  while (!heard.length) await new Promise(setImmediate);
  controller.abort();
  await asked;
});

test("a file goes in as a form, and again with a new token", async () => {
  const provide = provider();
  const rest = new Rest(root, { tokens: new Tokens({ tokenProvider: provide }) });
  const file = Object.assign(new Blob(["content"]), { name: "a.txt" });
  const progress = [];
  answers.push(EXPIRED, { status: 201, text: '{"id":"u1"}' });
  const options = { fields: { user: "ann" }, onProgress: (done) => progress.push(done) };
  assert.deepEqual(await rest.upload("/uploads", file, options), { id: "u1" });
  assert.deepEqual(progress, [1]);
  for (const { headers, body } of heard) {
    assert.match(headers["content-type"], /^multipart\/form-data; boundary=/);
    assert.match(body, /name="user"\r\n\r\nann\r\n/);
    assert.match(body, /name="file"; filename="a.txt"[^]*\r\n\r\ncontent\r\n/);
  }
  assert.equal(heard[0].headers["idempotency-key"], heard[1].headers["idempotency-key"]);
});
