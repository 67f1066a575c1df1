import assert from "node:assert/strict";
import { beforeEach, mock, test } from "node:test";
import { setImmediate as soon } from "node:timers/promises";

import { claimsOf, Tokens } from "../../../chat/sdk/tokens.js";
import { jwt, provider } from "./jwt.mjs";

const MINUTE = 60_000;

beforeEach(() => {
  mock.timers.reset();
  mock.timers.enable({ apis: ["setTimeout", "Date"], now: Date.UTC(2026, 0, 1) });
});

async function pass(milliseconds) {
  mock.timers.tick(milliseconds);
  for (let turn = 0; turn < 5; turn++) await soon();
}

test("the provider is asked at first use, and once for all who ask at the same time", async () => {
  const provide = provider();
  const tokens = new Tokens({ tokenProvider: provide });
  assert.equal(provide.given.length, 0);
  const had = await Promise.all([tokens.current(), tokens.current(), tokens.renew(undefined)]);
  assert.deepEqual(new Set(had), new Set(provide.given));
  assert.equal(provide.given.length, 1);
});

test("a token in use is renewed a minute before it expires, a short one after nine tenths of its life", async () => {
  for (const [seconds, due] of [[3_600, 59 * MINUTE], [100, 90_000]]) {
    const provide = provider(seconds);
    const tokens = new Tokens({ tokenProvider: provide });
    tokens.keep();
    await tokens.current();
    await pass(due - 1);
    assert.equal(provide.given.length, 1);
    await pass(1);
    assert.equal(provide.given.length, 2);
    assert.equal(tokens.token, provide.given[1]);
    await pass(due);
    assert.equal(provide.given.length, 3);
    tokens.release();
  }
});

test("one that nobody keeps is renewed when it is asked for", async () => {
  const provide = provider();
  const tokens = new Tokens({ token: jwt(3_600), tokenProvider: provide });
  await pass(59 * MINUTE);
  assert.equal(provide.given.length, 0);
  assert.equal(await tokens.current(), provide.given[0]);
});

test("while the provider fails, a token that still holds is used, and it is asked every few seconds", async () => {
  const provide = provider();
  const tokens = new Tokens({ tokenProvider: provide });
  tokens.keep();
  const first = await tokens.current();
  provide.fails = true;
  await pass(59 * MINUTE + 30_000);
  assert.equal(await tokens.current(), first);
  provide.fails = false;
  await pass(5_000);
  assert.equal(tokens.token, provide.given[1]);
  tokens.release();
});

test("without a token that holds, a failing or silent provider is an error that says so", async () => {
  const provide = provider();
  provide.fails = true;
  const failing = new Tokens({ tokenProvider: provide });
  await assert.rejects(failing.current(), { code: "token_unavailable", retryable: true });
  const silent = new Tokens({ tokenProvider: () => new Promise(() => {}) });
  const waiting = assert.rejects(silent.current(), { code: "token_unavailable" });
  await pass(30_000);
  await waiting;
});

test("a token that was renewed meanwhile is not renewed again", async () => {
  const provide = provider();
  const tokens = new Tokens({ tokenProvider: provide });
  const first = await tokens.current();
  const second = await tokens.renew(first);
  assert.equal(await tokens.renew(first), second);
  assert.equal(provide.given.length, 2);
});

test("whoever listens is told of each token that is renewed", async () => {
  const tokens = new Tokens({ tokenProvider: provider() });
  const heard = [];
  tokens.on("renewed", (token) => heard.push(token));
  await tokens.current();
  await tokens.renew(tokens.token);
  assert.equal(heard.length, 2);
  assert.equal(heard[1], tokens.token);
});

test("by a clock that is ahead, fresh tokens look old: they are used, not asked for without end", async () => {
  const provide = provider(-MINUTE);
  const tokens = new Tokens({ tokenProvider: provide });
  tokens.keep();
  for (let use = 0; use < 3; use++) await tokens.current();
  await pass(10 * MINUTE);
  assert.equal(provide.given.length, 1);
});

test("a token for years is no timer that fires at once", async () => {
  const provide = provider(10 * 365 * 86_400);
  const tokens = new Tokens({ tokenProvider: provide });
  tokens.keep();
  await tokens.current();
  await pass(2 ** 31);
  assert.equal(provide.given.length, 1);
  tokens.release();
});

test("nothing is asked for once nobody keeps it", async () => {
  const provide = provider();
  const tokens = new Tokens({ tokenProvider: provide });
  tokens.keep();
  await tokens.current();
  tokens.release();
  await pass(120 * MINUTE);
  assert.equal(provide.given.length, 1);
});

test("a token without provider is used as it is, and none at all is the cookie's turn", async () => {
  assert.equal(await new Tokens({ token: "sk_1" }).current(), "sk_1");
  assert.equal(await new Tokens().current(), undefined);
});

test("claims are read in whatever alphabet, and of what is no token there are none", () => {
  assert.equal(claimsOf(jwt(60, { name: "Zoë ÿÿÿ>>>???" })).sub, "ann");
  for (const other of ["", "sk_1", "a.b.c", "a..c"]) assert.deepEqual(claimsOf(other), {});
});
