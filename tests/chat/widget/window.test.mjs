import assert from "node:assert/strict";
import { test } from "node:test";

import { Window } from "../../../chat/widget/conversation/window.js";

const list = (from, to) => Array.from({ length: to - from + 1 }, (_, index) => ({ seq: from + index }));
const edges = (shown) => [shown[0].seq, shown[shown.length - 1].seq];
const MOST = 120;

test("at the end of a long list only the end is shown", () => {
  const window = new Window();
  window.toEnd(list(1, 10_000));
  assert.deepEqual(edges(window.of(list(1, 10_000), true)), [9_941, 10_000]);
});

test("what comes at the end is followed, and the shown part stays bounded", () => {
  const window = new Window();
  window.toEnd(list(1, 100));
  for (let last = 101; last < 1_000; last++) {
    const shown = window.of(list(1, last), true);
    assert.ok(shown.length <= MOST);
    assert.equal(shown[shown.length - 1].seq, last);
  }
});

test("every item is seen once on the way to the beginning and back", () => {
  const items = list(1, 10_000);
  const window = new Window();
  window.toEnd(items);
  const seen = new Set(window.of(items, false).map(({ seq }) => seq));
  while (window.back(items)) {
    const shown = window.of(items, false);
    assert.ok(shown.length <= MOST);
    for (const { seq } of shown) seen.add(seq);
  }
  assert.equal(seen.size, 10_000);
  assert.equal(window.follows, false);
  while (window.forward(items)) assert.ok(window.of(items, false).length <= MOST);
  assert.equal(window.follows, true);
  assert.equal(edges(window.of(items, false))[1], 10_000);
});

test("neighbouring parts overlap, so that what is read stays in the document", () => {
  const items = list(1, 1_000);
  const window = new Window();
  window.toEnd(items);
  for (let before = window.of(items, false); window.back(items); before = window.of(items, false)) {
    const shown = new Set(window.of(items, false).map(({ seq }) => seq));
    assert.ok(before.slice(0, 20).every(({ seq }) => shown.has(seq)));
  }
});

test("what is added in front does not move what is shown", () => {
  const window = new Window();
  window.around(list(500, 1_000), 700);
  const before = edges(window.of(list(500, 1_000), false));
  assert.deepEqual(edges(window.of(list(1, 1_000), false)), before);
});

test("at the very beginning, what is loaded in front is shown", () => {
  const window = new Window();
  window.toEnd(list(951, 1_000));
  assert.deepEqual(edges(window.of(list(951, 1_000), false)), [951, 1_000]);
  assert.equal(window.back(list(951, 1_000)), false);
});

test("who reads at the beginning of what was loaded stays there when more is loaded in front, again and again", () => {
  const window = new Window();
  let shown = window.of(list(951, 1_000), true);
  for (let first = 901; first > 0; first -= 50) {
    const top = shown[0].seq;
    shown = window.of(list(first, 1_000), false);
    assert.ok(shown.length <= MOST);
    assert.ok(shown.some(({ seq }) => seq === top));
    while (window.back(list(first, 1_000)));
    shown = window.of(list(first, 1_000), false);
  }
});

test("a jump shows what is around it", () => {
  const window = new Window();
  window.around(list(1, 1_000), 500);
  const [first, last] = edges(window.of(list(1, 1_000), false));
  assert.ok(first < 480 && last > 520);
});

test("gaps in the seqs do not matter", () => {
  const items = list(1, 300).map(({ seq }) => ({ seq: seq * 7 }));
  const window = new Window();
  window.around(items, 1_000);
  assert.ok(window.of(items, false).some(({ seq }) => seq === 1_001));
});
