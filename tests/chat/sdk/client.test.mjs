import assert from "node:assert/strict";
import { beforeEach, mock, test } from "node:test";

import { Parley } from "../../../chat/sdk/client.js";
import { bob, me, Server, settle } from "./server.mjs";

let server;

beforeEach(() => {
  mock.timers.reset();
  mock.timers.enable({ apis: ["setTimeout", "setInterval"] });
  server = new Server();
});

test("an organisation's address is enough, whatever stands behind its host", () => {
  for (const url of ["https://acme.example", "https://acme.example/", new URL("https://acme.example/rooms/x")]) {
    const client = new Parley({ url, token: "t" });
    client.connect();
    assert.equal(server.socket.url, "wss://acme.example/ws/v1");
    client.close();
  }
  const client = new Parley({ url: "http://acme.localhost:8000" });
  client.connect();
  assert.equal(server.socket.url, "ws://acme.localhost:8000/ws/v1");
  client.close();
});

test("who its user is comes with the hello", async () => {
  const client = new Parley({ url: "https://acme.example", token: "t" });
  assert.equal(client.me, null);
  const ready = client.connect();
  await server.greet();
  assert.equal((await ready).type, "hello");
  assert.deepEqual(client.me, me);
});

test("waiting for a hello that will not come ends with the refusal, and begins anew with connect", async () => {
  const client = new Parley({ url: "https://acme.example", token: "t" });
  const refused = assert.rejects(client.connect(), { code: "token_invalid" });
  await server.cut(4401);
  await refused;
  await assert.rejects(client.ready, { code: "token_invalid" });
  client.connect();
  await server.greet();
  await client.ready;
  client.close();
  const closed = assert.rejects(client.connect(), { code: "connection_lost" });
  client.close();
  await closed;
});

test("whoever comes back as somebody else is refused: what is held here is another's", async () => {
  const client = server.client();
  await server.greet(client);
  const room = client.room("general");
  room.subscribe();
  await settle();
  await server.cut();
  client.connection.wake();
  server.socket.hear({ type: "hello", connection: "c", user: bob, heartbeat: 25, rooms: [] });
  await settle();
  assert.equal(client.connection.state, "refused");
  assert.equal(room.state, "waiting");
  assert.deepEqual(client.me, me);
});

test("the rooms' events are heard from one place, each once", async () => {
  const client = server.client();
  const heard = [];
  for (const type of ["message.created", "typing.started", "presence.changed"]) {
    client.on(type, (event) => heard.push([event.type, event.room]));
  }
  client.room("general").subscribe();
  await server.greet(client);
  const event = server.store("1");
  server.socket.hear(event);
  server.socket.hear({ type: "typing.started", room: "general", user: bob });
  server.socket.hear({ type: "presence.changed", room: "general", user: bob, online: true, last_seen: null });
  assert.deepEqual(heard, [
    ["message.created", "general"], ["typing.started", "general"], ["presence.changed", "general"],
  ]);
});

test("its states are told", async () => {
  const client = server.client();
  const states = [];
  client.on("state", ({ state }) => states.push(state));
  await server.greet(client);
  await server.cut();
  client.close();
  assert.deepEqual(states, ["connecting", "open", "offline", "closed"]);
});

test("a page that comes back wakes the connection, and one that closed it does not", async () => {
  const page = new EventTarget();
  for (const name of ["addEventListener", "removeEventListener"]) globalThis[name] = page[name].bind(page);
  try {
    const client = server.client();
    client.connect();
    await server.greet();
    await server.cut();
    page.dispatchEvent(new Event("online"));
    assert.equal(server.sockets.length, 2);
    client.close();
    page.dispatchEvent(new Event("online"));
    assert.equal(server.sockets.length, 2);
  } finally {
    delete globalThis.addEventListener;
    delete globalThis.removeEventListener;
  }
});

test("what its user asks for goes to the API", async () => {
  const client = server.client();
  const asked = [];
  const note = (verb) => async (...rest) => {
    asked.push([verb, ...rest]);
    return [{ ...bob, online: true, last_seen: null }];
  };
  client.rest = { get: note("get"), list: note("list"), post: note("post"), upload: note("upload") };
  await client.rooms({ member: true });
  await client.directory({ name: "gen" });
  await client.users({ name: "bo", limit: 8 });
  assert.equal(client.presence.of("bob").online, true);
  await client.createRoom({ kind: "direct", members: ["bob"] });
  await client.search("hi", { hasAttachment: true });
  const { signal } = new AbortController();
  const file = new Blob(["x"]);
  await client.upload(file, { signal });
  await client.uploadLinks("u/1");
  assert.deepEqual(asked, [
    ["list", "/rooms", { member: true }],
    ["list", "/directory", { name: "gen" }],
    ["list", "/users", { name: "bo", limit: 8 }, 8],
    ["post", "/rooms", { kind: "direct", members: ["bob"] }],
    ["get", "/search", { q: "hi", after: undefined, before: undefined, has_attachment: true }],
    ["upload", "/uploads", file, { signal }],
    ["get", "/uploads/u%2F1"],
  ]);
});
