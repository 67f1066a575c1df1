import assert from "node:assert/strict";
import { beforeEach, mock, test } from "node:test";

import { bob, me, Server, settle } from "./server.mjs";

let server;
let client;
let room;
let seqs;

async function enter(known = { last_seq: 0 }) {
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

test("what was withheld from others takes its seq and is told to nobody", async () => {
  await enter();
  server.socket.hear({ type: "message.withheld", room: "general", seq: 1 });
  server.socket.hear({ type: "message.created", room: "general", seq: 2, message: { seq: 2, text: "hi" } });
  await settle();
  assert.deepEqual([room.state, seqs, room.position], ["live", [2], 2]);
  assert.equal(server.heard.filter(({ type }) => type === "room.subscribe").length, 1);
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
  await enter({ last_seq: 0, read_seq: 5 });
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

test("whoever does not know where a room stands is told what comes from now on", async () => {
  store("1", "2");
  const resets = [];
  const enters = enter({});
  room.on("reset", (reset) => resets.push(reset));
  await enters;
  assert.deepEqual(resets, [{ since: 2, anew: false }]);
  assert.equal("since" in server.heard.find(({ type }) => type === "room.subscribe"), false);
  server.store("3");
  await server.cut();
  store("4");
  await comeBack();
  assert.deepEqual(seqs, [3, 4]);
});

test("listening to a room follows it, and so does saying something in it", async () => {
  client = server.client();
  await server.greet(client);
  const subscribed = () => server.heard.filter(({ type }) => type === "room.subscribe").map(({ room: id }) => id);
  client.room("general").on("message.created", () => {});
  client.room("general").on("read", () => {});
  client.room("lobby").send("hi");
  await settle();
  client.room("quiet");
  assert.deepEqual(subscribed(), ["general", "lobby"]);
  assert.deepEqual(server.heard.filter(({ type }) => type === "message.send").map(({ text }) => text), ["hi"]);
});

test("who follows a room no more hears nothing of it, nor after a reconnection", async () => {
  await enter();
  room.unsubscribe();
  await settle();
  assert.equal(server.heard.at(-1).type, "room.unsubscribe");
  server.store("1");
  await server.cut();
  await comeBack();
  room.on("read", () => {});
  server.socket.hear({ type: "room.unsubscribed", room: "general", reason: "left" });
  assert.deepEqual([room.state, seqs], ["idle", []]);
  room.subscribe();
  await settle();
  assert.deepEqual(seqs, [1]);
});

test("each event is told under its own name", async () => {
  await enter();
  const told = [];
  for (const type of ["message.created", "message.updated", "member.joined"]) {
    room.on(type, (event) => told.push([type, event.seq]));
  }
  const { message } = server.store("1");
  server.socket.hear({ type: "message.updated", room: "general", seq: 2, message });
  server.socket.hear({ type: "member.joined", room: "general", seq: 3, user: bob, role: "member" });
  assert.deepEqual(told, [["message.created", 1], ["message.updated", 2], ["member.joined", 3]]);
});

test("a message that was written and changed while one was away is news", async () => {
  await enter();
  const known = server.store("1").message;
  await server.cut();
  const { message } = server.store("2", { told: false });
  server.events[1] = { type: "message.updated", room: "general", seq: 3, message: { ...message, text: "two" } };
  server.events[2] = { type: "message.updated", room: "general", seq: 4, message: { ...known, text: "one" } };
  server.events.length = 3;
  const told = [];
  room.on("event", (event) => told.push([event.type, event.seq, event.message.text]));
  const state = { epoch: "one", last_seq: 4, replayed: 2, more: false };
  server.subscribe = (socket, ref) => {
    socket.hear({ type: "ok", ref, room: "general", ...state });
    queueMicrotask(() => server.events.slice(1).forEach((event) => socket.hear(event)));
  };
  await comeBack();
  server.socket.hear({ type: "message.updated", room: "general", seq: 5, message: { ...message, text: "2" } });
  assert.deepEqual(told, [
    ["message.created", 3, "two"], ["message.updated", 4, "one"], ["message.updated", 5, "2"],
  ]);
});

test("whoever missed more than a replay holds learns after which seq", async () => {
  server.mostReplayed = 3;
  await enter();
  server.store("1");
  await server.cut();
  store("2", "3", "4", "5", "6");
  const resets = [];
  room.on("reset", (reset) => resets.push(reset));
  await comeBack();
  assert.deepEqual(resets, [{ since: 1, anew: false }]);
  assert.equal(room.position, 6);
});

test("whoever missed what has been removed by now loads what is left", async () => {
  await enter();
  server.store("1");
  await server.cut();
  store("2", "3", "4");
  const resets = [];
  room.on("reset", (reset) => resets.push(reset));
  const state = { epoch: "one", first_seq: 4, last_seq: 4, replayed: 1, more: false };
  server.subscribe = (socket, ref) => {
    socket.hear({ type: "ok", ref, room: "general", ...state });
    socket.hear(server.events[3]);
  };
  await comeBack();
  assert.deepEqual(resets, [{ since: 1, anew: false }]);
  assert.equal(room.position, 4);
});

const GENERAL = { id: "general", kind: "open", name: "General", topic: "", member: true, role: "member", last_seq: 2 };

test("what a room is follows its events", async () => {
  await enter(GENERAL);
  const names = [];
  room.on("info", ({ name, role }) => names.push([name, role]));
  const hear = (event) => server.socket.hear({ room: "general", ...event });
  hear({ type: "room.updated", seq: 3, user: bob, name: "Plaza", topic: "All things" });
  hear({ type: "member.updated", seq: 4, user: me, role: "owner" });
  hear({ type: "member.updated", seq: 5, user: bob, role: "member" });
  hear({ type: "member.left", seq: 6, user: me, reason: "left" });
  assert.deepEqual(names, [["Plaza", "member"], ["Plaza", "owner"], ["Plaza", null]]);
  assert.deepEqual([room.info.member, room.info.topic], [false, "All things"]);
});

test("what was loaded is not overtaken by an event that it knows of already", async () => {
  await enter(GENERAL);
  client.rest.get = async () => ({ ...GENERAL, name: "Plaza", last_seq: 4 });
  await room.load();
  const rename = { type: "room.updated", room: "general", user: bob };
  server.socket.hear({ ...rename, seq: 3, name: "Square" });
  assert.equal(room.info.name, "Plaza");
  server.socket.hear({ ...rename, seq: 4, name: "Plaza" });
  server.socket.hear({ ...rename, seq: 5, name: "Park" });
  assert.equal(room.info.name, "Park");
});

test("a room of which little is known has no info until it is loaded", async () => {
  await enter({ last_seq: 2 });
  assert.equal(room.info, null);
  client.rest.get = async () => ({ ...GENERAL, read_seq: 1 });
  await room.load();
  assert.deepEqual([room.info.name, room.readSeq], ["General", 1]);
});
