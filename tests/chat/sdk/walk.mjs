/** Two people in a room, through the client and a real server: node walk.mjs ORIGIN API-KEY ANN'S-TOKEN BOB'S-TOKEN */
import assert from "node:assert/strict";

import { Parley } from "../../../chat/sdk/client.js";
import { Rest } from "../../../chat/sdk/rest.js";

const PATIENCE = 20_000;
const [origin, apiKey, ...tokens] = process.argv.slice(2);
const [ann, bob] = tokens.map((token) => new Parley({ url: origin, token }));
await Promise.all([ann.connect(), bob.connect()]);

const room = ann.room("walk", await ann.createRoom({ id: "walk", name: "A walk" }));
const same = bob.room("walk");
const heard = [];
same.on("event", ({ type, seq }) => heard.push([seq, type]));
await until(same, "state", () => same.state === "live");
await same.join();
await same.messages.loadLatest();

// What is said, and what becomes of it
const { id, seq } = await room.send("Hello **all**").stored;
await until(same.messages, "change", () => held(same, id));
assert.equal(held(same, id).html, "<p>Hello <strong>all</strong></p>");
await room.edit(id, { text: "Hello, Bob", data: { mood: "good" } });
await same.react(id, "👍🏽");
await same.react(id, "🎉");
await same.unreact(id, "🎉");
await room.pin(id);
await until(same.messages, "change", () => held(same, id).pinned_at);
const { text, data, reactions, edited_at } = held(same, id);
assert.deepEqual([text, data], ["Hello, Bob", { mood: "good" }]);
assert.deepEqual(reactions, [{ emoji: "👍🏽", count: 1, users: ["bob"] }]);
assert.ok(edited_at);
assert.deepEqual((await room.edits(id)).map((before) => before.text), ["Hello **all**"]);
assert.deepEqual((await same.pins()).map((pinned) => pinned.id), [id]);
await room.unpin(id);

// A thread
const thread = same.thread(id);
await thread.load();
const reply = await thread.send("Hello, Ann", { quote: id }).stored;
await until(thread, "change", () => thread.parent.reply_count === 1 && thread.list.length === 1);
assert.deepEqual([thread.list[0].parent, thread.list[0].quote.text], [id, "Hello, Bob"]);
const again = room.thread(id);
await again.load();
assert.deepEqual(again.list.map((message) => message.id), [reply.id]);
await same.delete(reply.id);
await until(thread, "change", () => thread.list[0].deleted);

// The history, from both sides, and what is found in it
const server = new Rest(`${origin}/api/v1`, { headers: { Authorization: `Bearer ${apiKey}` } });
for (const first of [1, 61]) await server.post("/rooms/walk/import", { messages: lines(first, first + 59) });
await until(same, "event", () => same.position >= room.position && same.messages.list.length >= 120);
const found = await same.search("line 30");
assert.deepEqual(found.data.map(({ message }) => message.text), ["line 30"]);
assert.deepEqual(found.data[0].snippet.filter(({ marked }) => marked).map((segment) => segment.text), ["line", "30"]);
const place = found.data[0].message.seq;
same.messages.trim(50);
await same.messages.loadAround(place);
assert.ok(same.messages.older && same.messages.newer);
await room.send("one more").stored;
await until(same.messages, "change", () => same.messages.missed === 1);
while (same.messages.newer) await same.messages.loadNewer();
while (same.messages.older) await same.messages.loadOlder();
const { messages: whole } = await same.history({ after: 0, limit: 200 });
assert.deepEqual(same.messages.list.map((message) => [message.seq, message.text]), whole.map((m) => [m.seq, m.text]));

// Who is here, who types and who has read
const names = (await room.members()).map((member) => [member.id, member.role]);
assert.deepEqual(names, [["ann", "owner"], ["bob", "member"]]);
const typed = until(room.typing, "change", () => room.typing.names.length);
same.typing.start();
await typed;
assert.deepEqual(room.typing.names, ["Bob"]);
const read = until(room, "read", () => room.reads.by(seq).includes("bob"));
same.markRead(same.position);
await read;
await until(ann.presence, "change", () => ann.presence.of("bob").online);
const hidden = until(ann.presence, "change", () => !ann.presence.of("bob").online);
assert.equal((await bob.presence.setInvisible(true)).invisible, true);
await hidden;

// The room, and the end of it
await same.load();
await same.mute();
assert.equal((await same.load()).muted, true);
await room.update({ topic: "The end", slow_seconds: 1 });
await until(same, "info", () => same.info.topic === "The end" && same.info.slow_seconds === 1);
await room.invite("bob", "moderator");
await until(same, "info", () => same.info.role === "moderator");
await room.ban("bob", { reason: "enough", until: new Date(Date.now() + 60_000) });
await until(same, "state", () => same.state === "refused");
assert.deepEqual([same.refusal.code, same.info.member], ["banned", false]);
await assert.rejects(same.history(), { code: "banned", status: 403 });
assert.deepEqual((await room.bans()).map(({ user, reason }) => [user.id, reason]), [["bob", "enough"]]);
await room.unban("bob");
same.subscribe();
await until(same, "state", () => same.state === "live");

const seqs = heard.map(([at]) => at);
assert.deepEqual(seqs, [...seqs].sort((a, b) => a - b));
assert.equal(new Set(seqs).size, seqs.length);
ann.close();
bob.close();
console.log("walked");
process.exit(0);

function lines(first, last) {
  const numbers = Array.from({ length: last - first + 1 }, (_, index) => first + index);
  const created_at = new Date().toISOString();
  return numbers.map((number) => ({ user: "ann", text: `line ${number}`, created_at, client_id: `line-${number}` }));
}

function held({ messages }, wanted) {
  return messages.list.find((message) => message.id === wanted);
}

/** Waits for an event after which something holds. */
function until(emitter, type, holds) {
  return new Promise((resolve, reject) => {
    const late = setTimeout(() => reject(new Error(`waited in vain for: ${holds}`)), PATIENCE);
    const stop = emitter.on(type, () => check());
    const check = () => {
      if (!holds()) return;
      clearTimeout(late);
      stop();
      resolve();
    };
    check();
  });
}
