import assert from "node:assert/strict";
import { beforeEach, mock, test } from "node:test";

import { bob, me, Server, settle } from "./server.mjs";

let server;
let client;
let room;
let seqs;

async function enter(known = {}) {
  client = server.client();
  room = client.room("general", known);
  seqs = [];
  room.on("event", ({ seq }) => seqs.push(seq));
  room.subscribe();
  await server.greet(client);
}

async function comeBack() {
  client.connection.wake();
  await server.greet();
}

beforeEach(() => {
  mock.timers.reset();
  mock.timers.enable({ apis: ["setTimeout", "setInterval"] });
  server = new Server();
});

test("what was missed is told once the connection is back, each once and in order", async () => {
  await enter();
  server.store("1");
  await server.cut();
  for (const text of ["2", "3", "4"]) server.store(text);
  await comeBack();
  server.store("5");
  assert.deepEqual(seqs, [1, 2, 3, 4, 5]);
});

test("who left an open room goes on listening, who was sent away learns why not", async () => {
  await enter();
  const end = { type: "room.unsubscribed", room: "general" };
  server.socket.hear({ ...end, reason: "left" });
  await settle();
  server.store("1");
  assert.deepEqual([room.state, seqs], ["live", [1]]);
  server.shut = { code: "banned", message: "Banned from this room" };
  server.socket.hear({ ...end, reason: "banned" });
  await settle();
  assert.deepEqual([room.state, room.refusal.code], ["refused", "banned"]);
});

test("it asks only for what it does not know", async () => {
  server.store("1", { told: false }) && server.store("2", { told: false });
  await enter({ last_seq: 1, epoch: "one" });
  const asked = server.heard.find(({ type }) => type === "room.subscribe");
  assert.equal(asked.since, 1);
  assert.equal(asked.epoch, "one");
  assert.deepEqual(seqs, [2]);
});

function store(...texts) {
  return texts.map((text) => server.store(text, { told: false }));
}

test("an event that comes twice is told once", async () => {
  await enter();
  const event = server.store("1");
  server.socket.hear(event);
  assert.deepEqual(seqs, [1]);
});

test("a hole makes it ask again from where it was", async () => {
  await enter();
  server.store("1");
  store("2", "3");
  server.store("4");
  await settle();
  server.store("5");
  assert.deepEqual(seqs, [1, 2, 3, 4, 5]);
  assert.deepEqual(server.heard.filter(({ type }) => type === "room.subscribe").map(({ since }) => since), [0, 1]);
});

test("a replay may leave out a superseded state", async () => {
  store("1", "2", "3");
  server.events.splice(1, 1);
  await enter();
  assert.deepEqual(seqs, [1, 3]);
  assert.equal(room.state, "live");
});

test("a replay that breaks off is continued where it broke off", async () => {
  await enter();
  await server.cut();
  store("1", "2", "3");
  const subscribe = server.subscribe;
  server.subscribe = (socket, ref) => {
    server.subscribe = subscribe;
    socket.hear({ type: "ok", ref, room: "general", epoch: "one", last_seq: 3, replayed: 3, more: false });
    setImmediate(() => socket.hear(server.events[0]));
  };
  await comeBack();
  assert.deepEqual(seqs, [1]);
  await server.cut();
  await comeBack();
  assert.deepEqual(seqs, [1, 2, 3]);
});

test("more than a replay holds is loaded anew, and what follows is told", async () => {
  server.mostReplayed = 3;
  await enter();
  await room.messages.loadLatest();
  await server.cut();
  store("1", "2", "3", "4", "5");
  await comeBack();
  server.store("6");
  await settle();
  assert.deepEqual(room.messages.list.map(({ seq }) => seq), [1, 2, 3, 4, 5, 6]);
});

test("a history that began anew replaces the old one", async () => {
  store("old 1", "old 2", "old 3");
  await enter();
  await room.messages.loadLatest();
  await server.cut();
  server.epoch = "two";
  server.events = [];
  store("new 1");
  await comeBack();
  await settle();
  server.store("new 2");
  assert.deepEqual(room.messages.list.map(({ text }) => text), ["new 1", "new 2"]);
});

test("a room that is not for its user is refused, and not asked for again", async () => {
  server.subscribe = (socket, ref) => socket.hear({ type: "error", ref, code: "not_allowed", message: "No" });
  await enter();
  assert.equal(room.state, "refused");
  assert.equal(room.refusal.code, "not_allowed");
  await server.cut();
  await comeBack();
  assert.equal(server.heard.filter(({ type }) => type === "room.subscribe").length, 1);
});

test("a room that is busy is asked for again", async () => {
  const subscribe = server.subscribe;
  server.subscribe = (socket, ref) => {
    server.subscribe = subscribe;
    socket.hear({ type: "error", ref, code: "busy", message: "Busy", retry_after: 1 });
  };
  await enter();
  assert.equal(room.state, "waiting");
  mock.timers.tick(1_000);
  await settle();
  assert.equal(room.state, "live");
});

test("what was read while away is told once the room is live again", async () => {
  store("1", "2");
  await enter();
  await server.cut();
  room.markRead(2);
  assert.ok(!server.heard.some(({ type }) => type === "read.mark"));
  await comeBack();
  assert.deepEqual(server.heard.filter(({ type }) => type === "read.mark").map(({ seq }) => seq), [2]);
});

test("reading never goes back", async () => {
  await enter({ read_seq: 5 });
  room.markRead(3);
  server.socket.hear({ type: "read.moved", room: "general", user: me, seq: 4 });
  assert.equal(room.readSeq, 5);
});

test("somebody who types is named until six seconds without a word, a message or a stop", async () => {
  await enter();
  const types = () => server.socket.hear({ type: "typing.started", room: "general", user: bob });
  types();
  assert.deepEqual(room.typing.names, ["Bob"]);
  mock.timers.tick(6_000);
  assert.deepEqual(room.typing.names, []);
  types();
  server.store("done");
  assert.deepEqual(room.typing.names, []);
  types();
  server.socket.hear({ type: "typing.stopped", room: "general", user: bob });
  assert.deepEqual(room.typing.names, []);
});

test("one's own typing is neither shown nor told with every key", async () => {
  await enter();
  server.socket.hear({ type: "typing.started", room: "general", user: me });
  assert.deepEqual(room.typing.names, []);
  for (let key = 0; key < 20; key++) room.typing.start();
  assert.equal(server.heard.filter(({ type }) => type === "typing.start").length, 1);
});

test("older pages join the newer ones without hole or repeat", async () => {
  store(...Array.from({ length: 120 }, (_, index) => `${index + 1}`));
  await enter({ last_seq: 120 });
  await room.messages.loadLatest();
  assert.equal(room.messages.list.length, 50);
  const get = mock.method(client.rest, "get");
  await Promise.all([room.messages.loadOlder(), room.messages.loadOlder()]);
  assert.equal(get.mock.callCount(), 1);
  await room.messages.loadOlder();
  assert.deepEqual(room.messages.list.map(({ seq }) => seq), server.events.map(({ seq }) => seq));
  assert.equal(room.messages.older, false);
});

test("what comes live while the latest page loads is kept, once", async () => {
  store("1", "2");
  await enter({ last_seq: 2 });
  const page = server.get({ limit: 50 });
  client.rest.get = () => page.then(settle).then(() => page);
  const loading = room.messages.loadLatest();
  server.store("3");
  await loading;
  assert.deepEqual(room.messages.list.map(({ seq }) => seq), [1, 2, 3]);
});

test("a history that could not be loaded says so and can be asked for again", async () => {
  await enter();
  const get = client.rest.get;
  client.rest.get = async () => { throw new Error("no"); };
  await room.messages.loadLatest();
  assert.equal(room.messages.state, "failed");
  server.store("1");
  client.rest.get = get;
  await room.messages.loadLatest();
  assert.deepEqual(room.messages.list.map(({ seq }) => seq), [1]);
});

test("an older page that comes after its place is gone is not joined", async () => {
  store(...Array.from({ length: 120 }, (_, index) => `${index + 1}`));
  await enter({ last_seq: 120 });
  await room.messages.loadLatest();
  const loading = room.messages.loadOlder();
  room.messages.trim(10);
  await loading;
  assert.deepEqual(room.messages.list.map(({ seq }) => seq), [111, 112, 113, 114, 115, 116, 117, 118, 119, 120]);
});

test("letting go of the oldest leaves them to be loaded again", async () => {
  store(...Array.from({ length: 60 }, (_, index) => `${index + 1}`));
  await enter({ last_seq: 60 });
  await room.messages.loadLatest();
  await room.messages.loadOlder();
  room.messages.trim(20);
  assert.equal(room.messages.list[0].seq, 41);
  await room.messages.loadOlder();
  assert.equal(room.messages.list[0].seq, 1);
});
