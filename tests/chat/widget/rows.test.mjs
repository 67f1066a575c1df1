import assert from "node:assert/strict";
import { test } from "node:test";

import { itemsOf, rowsOf } from "../../../chat/widget/conversation/rows.js";

const ANN = { id: "ann", name: "Ann" };
const BOB = { id: "bob", name: "Bob" };
const NOON = Date.parse("2026-03-02T12:00:00");

const said = (seq, user, minutes = seq, more = {}) => ({
  id: `m_${seq}`, seq, kind: "message", user, text: `${seq}`, created_at: new Date(NOON + minutes * 60_000).toISOString(),
  client_id: null, deleted: false, ...more,
});
const shown = (messages, { unsent = [], unreadAfter = null, me = BOB } = {}) =>
  rowsOf(itemsOf(messages, unsent, me), { me, unreadAfter });
const kinds = (rows) => rows.map(({ kind }) => kind);

test("each day begins with its line", () => {
  const rows = shown([said(1, ANN, 0), said(2, ANN, 24 * 60), said(3, ANN, 24 * 60 + 1)]);
  assert.deepEqual(kinds(rows), ["day", "message", "day", "message", "message"]);
});

test("what one author says within five minutes stands together", () => {
  const rows = shown([said(1, ANN, 0), said(2, ANN, 4), said(3, ANN, 10), said(4, BOB, 11)]);
  const [, one, two, three, four] = rows;
  assert.deepEqual([one, two, three, four].map(({ head, tail }) => [head, tail]), [
    [true, false], [false, true], [true, true], [true, true],
  ]);
});

test("a quote and a notice begin anew", () => {
  const quote = { id: "m_1", seq: 1, user: ANN, text: "1" };
  const joined = { ...said(3, ANN, 1), kind: "member.joined" };
  const rows = shown([said(1, ANN, 0), said(2, ANN, 0, { quote }), joined, said(4, ANN, 1)]);
  assert.deepEqual(rows.slice(1).map(({ kind, head }) => [kind, head]), [
    ["message", true], ["message", true], ["notice", true], ["message", true],
  ]);
});

test("the line of what is new stands before the first message of another after it", () => {
  const rows = shown([said(1, ANN), said(2, BOB), said(3, ANN), said(4, ANN)], { unreadAfter: 1 });
  assert.deepEqual(kinds(rows), ["day", "message", "message", "unread", "message", "message"]);
  assert.ok(!kinds(shown([said(1, ANN), said(2, BOB)], { unreadAfter: 1 })).includes("unread"));
});

test("replies stay in their threads, also on their way", () => {
  const unsent = [{ clientId: "c", text: "?", createdAt: new Date(NOON).toISOString(), parent: "m_1", state: "pending" }];
  assert.deepEqual(kinds(shown([said(1, ANN), said(2, BOB, 2, { parent: "m_1" })], { unsent })), ["day", "message"]);
});

test("what was sent keeps its key when it comes back from the server", () => {
  const one = { clientId: "c7", text: "hi", createdAt: new Date(NOON).toISOString(), state: "pending" };
  const [, before] = shown([], { unsent: [one] });
  const [, after] = shown([said(1, BOB, 0, { client_id: "c7" })]);
  assert.equal(before.key, after.key);
  assert.equal(before.seq, Infinity);
});
