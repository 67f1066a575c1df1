// What a screen reader is told of messages as they come.
import assert from "node:assert/strict";
import { test } from "node:test";

import { Arrivals } from "../../../chat/widget/conversation/arrivals.js";

test("what comes alone is said at once, and of a burst only how many came each second", ({ mock }) => {
  mock.timers.enable({ apis: ["setTimeout"] });
  const said = [];
  const arrivals = new Arrivals((messages) => said.push(messages));
  arrivals.hear(1);
  assert.deepEqual(said, [[1]]);
  for (let number = 2; number <= 50; number++) arrivals.hear(number);
  assert.equal(said.length, 1);
  mock.timers.tick(1_000);
  assert.equal(said[1].length, 49);
  arrivals.hear(51);
  mock.timers.tick(1_000);
  mock.timers.tick(1_000);
  arrivals.hear(52);
  assert.deepEqual(said.slice(2), [[51], [52]]);
});

test("whoever left the room hears no more of it", ({ mock }) => {
  mock.timers.enable({ apis: ["setTimeout"] });
  const said = [];
  const arrivals = new Arrivals((messages) => said.push(messages));
  arrivals.hear(1);
  arrivals.hear(2);
  arrivals.end();
  mock.timers.tick(5_000);
  assert.deepEqual(said, [[1]]);
});
