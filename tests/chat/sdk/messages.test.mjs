import assert from "node:assert/strict";
import { beforeEach, mock, test } from "node:test";

import { ApiServer } from "./api.mjs";
import { settle } from "./server.mjs";

let server;
let room;
let messages;

async function enter({ count = 0, known = { last_seq: count } } = {}) {
  server.fill(count);
  const client = server.client();
  room = client.room("general", known);
  messages = room.messages;
  room.subscribe();
  await server.greet(client);
}

async function comeBack() {
  room.client.connection.wake();
  await server.greet();
  await settle();
}

const seqs = () => messages.list.map(({ seq }) => seq);
const texts = () => messages.list.map(({ text }) => text);
const range = (first, last) => Array.from({ length: last - first + 1 }, (_, index) => first + index);

beforeEach(() => {
  mock.timers.reset();
  mock.timers.enable({ apis: ["setTimeout", "setInterval"] });
  server = new ApiServer();
});

test("older pages join the newer ones without hole or repeat", async () => {
  await enter({ count: 120 });
  await messages.loadLatest();
  assert.deepEqual(seqs(), range(71, 120));
  const page = mock.method(server, "page");
  await Promise.all([messages.loadOlder(), messages.loadOlder()]);
  assert.equal(page.mock.callCount(), 1);
  await messages.loadOlder();
  assert.deepEqual(seqs(), range(1, 120));
  assert.equal(messages.older, false);
});

test("what comes live while the latest page loads is kept, once", async () => {
  await enter({ count: 2 });
  const release = server.hold();
  const loading = messages.loadLatest();
  server.store("3");
  release();
  await loading;
  assert.deepEqual(seqs(), [1, 2, 3]);
});

test("the end of the history that came with a page is shown unasked, and what came since joins it, once", async () => {
  server.fill(60);
  const client = server.client();
  room = client.room("general", { last_seq: 58 });
  messages = room.messages;
  messages.seed({ messages: server.messages.slice(9, 59), older: true, newer: false });
  assert.equal(messages.state, "ready");
  const page = mock.method(server, "page");
  room.subscribe();
  await server.greet(client);
  assert.deepEqual(seqs(), range(10, 60));
  assert.equal(page.mock.callCount(), 0);
  await messages.loadOlder();
  assert.deepEqual(seqs(), range(1, 60));
});

test("what changes while a page loads is shown as changed", async () => {
  await enter({ count: 60 });
  let release = server.hold();
  const loading = messages.loadLatest();
  server.change(55, { text: "other words" });
  release();
  await loading;
  assert.equal(texts()[44], "other words");
  release = server.hold();
  const loadingOlder = messages.loadOlder();
  server.change(5, { text: "", deleted: true });
  release();
  await loadingOlder;
  assert.equal(messages.list[4].deleted, true);
  assert.deepEqual(seqs(), range(1, 60));
});

test("an older page joins although the first message changes meanwhile", async () => {
  await enter({ count: 60 });
  await messages.loadLatest();
  const release = server.hold();
  const loading = messages.loadOlder();
  server.change(11, { text: "first" });
  release();
  await loading;
  assert.deepEqual(seqs(), range(1, 60));
  assert.equal(texts()[10], "first");
});

test("a history that could not be loaded says so and can be asked for again", async () => {
  await enter();
  server.up = false;
  await messages.loadLatest();
  assert.equal(messages.state, "failed");
  assert.equal(messages.error.code, "unreachable");
  server.store("1");
  server.up = true;
  await messages.loadLatest();
  assert.deepEqual(seqs(), [1]);
  assert.equal(messages.error, undefined);
});

test("an older page that comes after its place is gone is not joined", async () => {
  await enter({ count: 120 });
  await messages.loadLatest();
  const loading = messages.loadOlder();
  messages.trim(10);
  await loading;
  assert.deepEqual(seqs(), range(111, 120));
});

test("letting go of the oldest leaves them to be loaded again", async () => {
  await enter({ count: 60 });
  await messages.loadLatest();
  await messages.loadOlder();
  messages.trim(20);
  assert.equal(seqs()[0], 41);
  await messages.loadOlder();
  assert.equal(seqs()[0], 1);
});

test("an edit, a reaction and a deletion take their message's place", async () => {
  await enter({ count: 3 });
  await messages.loadLatest();
  server.change(1, { text: "other" });
  server.change(2, { reactions: [{ emoji: "👍", count: 1, users: ["bob"] }] });
  server.change(3, { text: "", deleted: true });
  assert.deepEqual(texts(), ["other", "2", ""]);
  assert.equal(messages.list[1].reactions[0].count, 1);
  assert.equal(messages.list[2].deleted, true);
});

test("a message that was written and changed while away comes at its place", async () => {
  await enter({ count: 2 });
  await messages.loadLatest();
  await server.cut();
  server.store("3", { told: false });
  server.store("4", { told: false });
  server.change(3, { text: "three" }, { told: false });
  await comeBack();
  server.store("6");
  assert.deepEqual(texts(), ["1", "2", "three", "4", "6"]);
});

test("a change of what is not held yet is left to the page that has it", async () => {
  await enter({ count: 60 });
  await messages.loadLatest();
  server.change(3, { text: "three" });
  assert.deepEqual(seqs(), range(11, 60));
  await messages.loadOlder();
  assert.equal(texts()[2], "three");
});

test("what happens to the room stands among its messages, with what the history tells of it", async () => {
  await enter({ count: 1 });
  await messages.loadLatest();
  const user = { id: "bob", name: "Bob" };
  server.tell({ type: "member.left", user, reason: "removed", created_at: "2026-01-01T10:00:00Z" });
  const { kind, user: who, data, created_at } = messages.list[1];
  assert.deepEqual([kind, who, data], ["member.left", user, { reason: "removed" }]);
  assert.equal(created_at, "2026-01-01T10:00:00Z");
});

test("a jump shows a message with what is around it, and loads on in both directions", async () => {
  await enter({ count: 300 });
  await messages.loadLatest();
  await messages.loadAround(100);
  assert.deepEqual(seqs(), range(76, 125));
  assert.deepEqual([messages.older, messages.newer], [true, true]);
  const page = mock.method(server, "page");
  await Promise.all([messages.loadNewer(), messages.loadNewer(), messages.loadOlder()]);
  assert.equal(page.mock.callCount(), 2);
  assert.deepEqual(seqs(), range(26, 175));
  while (messages.newer) await messages.loadNewer();
  assert.deepEqual(seqs(), range(26, 300));
  server.store("301");
  assert.equal(seqs().at(-1), 301);
});

test("a jump to what is held loads nothing", async () => {
  await enter({ count: 60 });
  await messages.loadLatest();
  const page = mock.method(server, "page");
  await messages.loadAround(40);
  assert.equal(page.mock.callCount(), 0);
});

test("a jump near the end reaches it", async () => {
  await enter({ count: 60 });
  await messages.loadAround(55);
  assert.equal(messages.newer, false);
  server.store("61");
  assert.equal(seqs().at(-1), 61);
});

test("away from the end, what comes is counted and not appended, and changes of what is held are shown", async () => {
  await enter({ count: 300 });
  await messages.loadAround(100);
  server.store("301");
  server.change(301, { text: "changed at once" });
  server.store("303");
  server.change(100, { text: "hundred" });
  assert.deepEqual(seqs(), range(76, 125));
  assert.equal(messages.missed, 2);
  assert.ok(texts().includes("hundred"));
  await messages.loadLatest();
  assert.equal(messages.missed, 0);
  assert.deepEqual(seqs().slice(-2), [301, 303]);
});

test("loading on to the end takes in what was counted, and what comes meanwhile", async () => {
  await enter({ count: 130 });
  await messages.loadAround(80);
  server.store("131");
  const release = server.hold();
  const loading = messages.loadNewer();
  server.store("132");
  assert.equal(messages.missed, 2);
  release();
  await loading;
  assert.deepEqual(seqs(), range(56, 132));
  assert.deepEqual([messages.missed, messages.newer], [0, false]);
});

test("a jump that fails says so, and what was held stays and goes on", async () => {
  await enter({ count: 200 });
  await messages.loadLatest();
  server.up = false;
  await assert.rejects(messages.loadAround(20), { code: "unreachable" });
  server.store("201");
  assert.equal(messages.state, "ready");
  assert.deepEqual(seqs(), range(151, 201));
});

test("a first jump that fails leaves a history that can be asked for", async () => {
  await enter({ count: 200 });
  server.up = false;
  await assert.rejects(messages.loadAround(20), { code: "unreachable" });
  assert.equal(messages.state, "failed");
  server.up = true;
  await messages.loadLatest();
  assert.deepEqual(seqs(), range(151, 200));
});

test("the last of several jumps wins, and those before wait for it", async () => {
  await enter({ count: 300 });
  await messages.loadLatest();
  const jumps = [];
  const releases = [50, 100, 150].map((seq) => {
    const release = server.hold();
    jumps.push(messages.loadAround(seq));
    return release;
  });
  let arrived = false;
  jumps[0].then(() => { arrived = true; });
  releases[0]();
  releases[1]();
  await settle();
  assert.equal(arrived, false);
  releases[2]();
  await jumps[0];
  assert.deepEqual(seqs(), range(126, 175));
});

test("a page of what was put aside meanwhile is thrown away", async () => {
  await enter({ count: 300 });
  await messages.loadAround(100);
  const release = server.hold();
  const loading = messages.loadNewer();
  server.gate = Promise.resolve();
  await messages.loadLatest();
  release();
  await loading;
  assert.deepEqual(seqs(), range(251, 300));
  assert.equal(messages.newer, false);
});

test("whoever reads further back stays there when more was missed than is replayed", async () => {
  server.mostReplayed = 3;
  await enter({ count: 300 });
  await messages.loadAround(100);
  await server.cut();
  server.change(101, { text: "changed" }, { told: false });
  server.fill(310);
  await comeBack();
  assert.ok(seqs().includes(100));
  assert.ok(texts().includes("changed"));
  assert.equal(messages.newer, true);
});

test("a history that began anew is shown from its end, wherever one was", async () => {
  await enter({ count: 300, known: { last_seq: 300, epoch: "one" } });
  await messages.loadAround(100);
  await server.cut();
  server.epoch = "two";
  server.events = [];
  server.fill(200);
  await comeBack();
  assert.deepEqual(seqs(), range(151, 200));
});

test("what came between the first page and following the room is not missing", async () => {
  server.fill(2);
  const client = server.client();
  room = client.room("general");
  messages = room.messages;
  await messages.loadLatest();
  server.store("3", { told: false });
  await server.greet(client);
  server.store("4");
  assert.deepEqual(texts(), ["1", "2", "3", "4"]);
});

test("a jump outlives that the room was not followed yet", async () => {
  server.fill(300);
  const client = server.client();
  room = client.room("general");
  messages = room.messages;
  const release = server.hold();
  const jump = messages.loadAround(100);
  await server.greet(client);
  assert.equal(room.state, "live");
  release();
  await jump;
  assert.equal(messages.state, "ready");
  assert.deepEqual(seqs(), range(76, 125));
});
