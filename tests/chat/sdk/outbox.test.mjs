import assert from "node:assert/strict";
import { beforeEach, mock, test } from "node:test";

import { Server, settle } from "./server.mjs";

let server;
let client;
let room;

beforeEach(async () => {
  mock.timers.reset();
  mock.timers.enable({ apis: ["setTimeout", "setInterval"] });
  server = new Server();
  client = server.client();
  room = client.room("general", {});
  room.subscribe();
  await server.greet(client);
  await room.messages.loadLatest();
});

async function comeBack() {
  client.connection.wake();
  await server.greet();
}

function texts() {
  return room.messages.list.map(({ text }) => text);
}

function states() {
  return room.outbox.list.map(({ text, state }) => [text, state]);
}

test("a message is pending until it is stored, and then part of the history alone", async () => {
  room.outbox.send("hello");
  assert.deepEqual(states(), [["hello", "pending"]]);
  await settle();
  assert.deepEqual(states(), []);
  assert.deepEqual(texts(), ["hello"]);
});

test("messages are stored in the order in which they were written", async () => {
  for (const text of ["1", "2", "3"]) room.outbox.send(text);
  await settle();
  assert.deepEqual(server.events.map(({ message }) => message.text), ["1", "2", "3"]);
});

test("what is written while away goes out, in order, once the room is live again", async () => {
  await server.cut();
  room.outbox.send("1");
  room.outbox.send("2");
  await settle();
  assert.deepEqual(states(), [["1", "pending"], ["2", "pending"]]);
  await comeBack();
  await settle();
  assert.deepEqual(texts(), ["1", "2"]);
  assert.deepEqual(states(), []);
});

test("a message whose ack was lost is stored and shown once", async () => {
  server.acks = false;
  room.outbox.send("hello");
  await settle();
  await server.cut();
  server.acks = true;
  await comeBack();
  await settle();
  assert.deepEqual(texts(), ["hello"]);
  assert.equal(server.events.length, 1);
  assert.deepEqual(states(), []);
});

test("every try of a message carries the same client_id", async () => {
  server.send = () => {};
  room.outbox.send("hello");
  await settle();
  await server.cut();
  await comeBack();
  const sent = server.heard.filter(({ type }) => type === "message.send");
  assert.equal(sent.length, 2);
  assert.equal(sent[0].client_id, sent[1].client_id);
});

test("a server that asks to slow down is obeyed, and the order kept", async () => {
  const held = [];
  room.outbox.on("held", ({ retryAfter }) => held.push(retryAfter));
  server.refusals = [{ code: "rate_limited", message: "Too fast", retry_after: 1.5 }];
  room.outbox.send("1");
  await settle();
  room.outbox.send("2");
  await settle();
  assert.deepEqual(held, [1.5]);
  assert.deepEqual(states(), [["1", "pending"], ["2", "pending"]]);
  mock.timers.tick(1_500);
  await settle();
  assert.deepEqual(texts(), ["1", "2"]);
});

test("a message that is refused fails alone, and can be tried again or discarded", async () => {
  const archived = { code: "room_archived", message: "The room is archived" };
  server.refusals = [archived, undefined, archived];
  room.outbox.send("no");
  room.outbox.send("yes");
  await settle();
  assert.deepEqual(states(), [["no", "failed"]]);
  assert.equal(room.outbox.list[0].error.code, "room_archived");
  room.outbox.retry(room.outbox.list[0].clientId);
  await settle();
  assert.deepEqual(states(), [["no", "failed"]]);
  room.outbox.discard(room.outbox.list[0].clientId);
  assert.deepEqual(states(), []);
  assert.deepEqual(texts(), ["yes"]);
});

test("somebody else's message with the same client_id is not taken for one's own", async () => {
  await server.cut();
  room.outbox.send("mine");
  server.store("theirs", { client_id: room.outbox.list[0].clientId, told: false });
  server.send = () => {};
  await comeBack();
  await settle();
  assert.deepEqual(states(), [["mine", "pending"]]);
});

test("whoever sends is told what the server made of it", async () => {
  const { stored } = room.outbox.send("hello");
  const { id, seq } = await stored;
  assert.deepEqual([id, seq], ["m1", 1]);
  server.refusals = [{ code: "room_archived", message: "The room is archived" }];
  await assert.rejects(room.outbox.send("no").stored, { code: "room_archived" });
  await server.cut();
  const given = room.outbox.send("never mind");
  room.outbox.discard(given.clientId);
  await assert.rejects(given.stored, { code: "aborted" });
});

test("a reply, a quote and data go with their message", async () => {
  room.outbox.send("yes", { replyTo: "m7", quote: "m8", data: { mood: "good" } });
  await settle();
  const { parent, quote, data } = server.heard.find(({ type }) => type === "message.send");
  assert.deepEqual([parent, quote, data], ["m7", "m8", { mood: "good" }]);
});

test("what no frame can carry fails here, and the connection lives on", async () => {
  room.outbox.send("x".repeat(70_000));
  room.outbox.send("short");
  await settle();
  assert.deepEqual(room.outbox.list.map(({ state, error }) => [state, error.code]), [["failed", "too_big"]]);
  assert.deepEqual(texts(), ["short"]);
});

test("a server in trouble is asked again after ever longer waits", async () => {
  const waits = [];
  room.outbox.on("held", ({ retryAfter }) => waits.push(retryAfter));
  mock.method(Math, "random", () => 0.5);
  const busy = { code: "busy", message: "Busy" };
  server.refusals = [busy, busy, busy];
  room.outbox.send("hello");
  for (let turn = 0; turn < 4; turn++) {
    await settle();
    mock.timers.tick(10_000);
  }
  mock.restoreAll();
  assert.deepEqual(waits, [2.25, 2.5, 3]);
  assert.deepEqual(texts(), ["hello"]);
});
