import assert from "node:assert/strict";
import { beforeEach, mock, test } from "node:test";
import { setImmediate as soon } from "node:timers/promises";

import { Emitter } from "../../../chat/sdk/events.js";
import { Store, storeOf } from "../../../chat/sdk/store.js";
import { install, Locks, Storage } from "./storage.mjs";

let storage;
let store;

beforeEach(() => {
  storage = new Storage();
  install({ storage, locks: new Locks() });
  store = new Store("acme.example", "ann");
});

const message = (clientId, order = 1) => ({ clientId, order, text: clientId, attachments: [], state: "pending" });
const idsIn = async (room, where = store) => (await where.all(room))?.map(({ clientId }) => clientId);

test("what is put is there, in order, until it is deleted", async () => {
  for (const [id, order] of [["b", 2], ["c", 3], ["a", 1]]) assert.equal(await store.put("general", message(id, order)), true);
  assert.deepEqual(await idsIn("general"), ["a", "b", "c"]);
  await store.put("general", { ...message("b", 2), text: "changed" });
  await store.delete("general", "a");
  assert.deepEqual((await store.all("general")).map(({ text }) => text), ["changed", "c"]);
});

test("each room, user and organisation has its own", async () => {
  await store.put("general", message("a"));
  assert.deepEqual(await idsIn("random"), []);
  assert.deepEqual(await idsIn("general", new Store("acme.example", "bob")), []);
  assert.deepEqual(await idsIn("general", new Store("globex.example", "ann")), []);
  await new Store("acme.example", "bob").delete("general", "a");
  assert.deepEqual(await idsIn("general"), ["a"]);
});

test("a client has one store, as soon as its user is known", () => {
  const client = Object.assign(new Emitter(), { host: "acme.example", me: null });
  assert.equal(storeOf(client), null);
  client.me = { id: "ann" };
  assert.equal(storeOf(client), storeOf(client));
});

test("where nothing can be kept, it says so and does not throw", async () => {
  await store.put("general", message("a"));
  storage.full = new DOMException("", "QuotaExceededError");
  assert.equal(await store.put("general", message("b")), false);
  await store.delete("general", "a");
  assert.deepEqual(await idsIn("general"), ["a"]);
  storage.full = undefined;
  assert.equal(await store.put("general", { ...message("c"), data: { no: () => {} } }), false);
  assert.equal(await store.put("general", message("b")), true);
  install({});
  const nowhere = new Store("acme.example", "ann");
  assert.equal(await nowhere.put("general", message("a")), false);
  assert.equal(await nowhere.all("general"), null);
});

test("the user's other pages hear of a change, nobody else's do", async () => {
  const heard = [];
  const pages = [new Store("acme.example", "ann"), new Store("acme.example", "bob"), new Store("globex.example", "ann")];
  for (const page of pages) {
    page.on("change", (change) => heard.push([`${page.user} ${pages.indexOf(page)}`, change.room, change.discarded]));
    await page.all("general");
  }
  await store.put("general", message("a"));
  await store.delete("general", "a", true);
  for (let turn = 0; turn < 500 && heard.length < 2; turn++) await soon();
  assert.deepEqual(heard, [["ann 0", "general", undefined], ["ann 0", "general", "a"]]);
});

test("one acts after the other at the same room, and at once elsewhere", async () => {
  const log = [];
  const act = (name) => async () => {
    log.push(`${name} begins`);
    await soon();
    log.push(`${name} ends`);
  };
  const other = new Store("acme.example", "ann");
  await Promise.all([store.alone("general", act("1")), other.alone("general", act("2"))]);
  assert.deepEqual(log.splice(0), ["1 begins", "1 ends", "2 begins", "2 ends"]);
  await Promise.all([store.alone("general", act("1")), other.alone("random", act("2"))]);
  assert.deepEqual(log, ["1 begins", "2 begins", "1 ends", "2 ends"]);
});

test("a page whose client was closed hears nothing more, and still keeps what is written", async () => {
  const client = Object.assign(new Emitter(), { host: "acme.example", me: { id: "ann" } });
  const closed = storeOf(client);
  let heard = 0;
  closed.on("change", () => { heard++; });
  await closed.all("general");
  client.emit("state", { state: "closed" });
  await store.put("general", message("a"));
  for (let turn = 0; turn < 100; turn++) await soon();
  assert.equal(heard, 0);
  await closed.put("general", message("b", 2));
  assert.deepEqual(await idsIn("general"), ["a", "b"]);
});

test("whoever waits a minute for a page that seems frozen acts without it", async () => {
  const late = new AbortController();
  mock.method(AbortSignal, "timeout", () => late.signal);
  let acted = false;
  store.alone("general", () => new Promise(() => {}));
  const waiting = store.alone("general", async () => { acted = true; });
  await soon();
  assert.equal(acted, false);
  late.abort();
  await waiting;
  assert.equal(acted, true);
  assert.deepEqual(AbortSignal.timeout.mock.calls.map(({ arguments: [wait] }) => wait), [60_000, 60_000]);
  mock.restoreAll();
});

test("where there are no locks, or they are refused, it acts without", async () => {
  const refusing = { request: () => Promise.reject(new DOMException("", "SecurityError")) };
  for (const locks of [undefined, refusing]) {
    install({ storage, locks });
    let acts = 0;
    await store.alone("general", async () => { acts++; });
    assert.equal(acts, 1);
  }
});
