import assert from "node:assert/strict";
import { beforeEach, mock, test } from "node:test";

import { backoff } from "../../../chat/sdk/backoff.js";
import { Connection } from "../../../chat/sdk/connection.js";
import { ParleyError } from "../../../chat/sdk/errors.js";
import { Tokens } from "../../../chat/sdk/tokens.js";
import { jwt, provider } from "./jwt.mjs";
import { Server, settle } from "./server.mjs";

let server;
let connection;

function open(options = {}) {
  connection = new Connection({ url: "ws://test", random: () => 0.5, ...options });
  connection.open();
}

beforeEach(() => {
  mock.timers.reset();
  mock.timers.enable({ apis: ["setTimeout", "setInterval", "Date"] });
  server = new Server();
});

test("waiting grows from half a second to twenty, with full jitter", () => {
  const longest = [0, 1, 2, 5, 6, 50].map((failures) => backoff(failures, () => 1));
  assert.deepEqual(longest, [500, 1000, 2000, 16_000, 20_000, 20_000]);
  assert.equal(backoff(3, () => 0), 0);
});

test("it comes back by itself, and waits longer after each failure", async () => {
  open();
  await server.greet();
  for (const pause of [250, 500, 1000]) {
    await server.cut();
    const tries = server.sockets.length;
    mock.timers.tick(pause - 1);
    assert.equal(server.sockets.length, tries);
    mock.timers.tick(1);
    assert.equal(server.sockets.length, tries + 1);
  }
});

test("a connection that held for a while begins the waiting anew", async () => {
  open();
  for (let loss = 0; loss < 3; loss++) {
    await server.greet();
    mock.timers.tick(11_000);
    await server.cut();
    mock.timers.tick(250);
    assert.equal(server.sockets.length, loss + 2);
  }
});

test("waking it ends the waiting", async () => {
  open();
  await server.cut();
  connection.wake();
  assert.equal(server.sockets.length, 2);
});

test("credentials that were refused are not tried again", async () => {
  for (const code of [4401, 4403]) {
    open();
    await server.greet();
    const tries = server.sockets.length;
    await server.cut(code);
    assert.equal(connection.state, "refused");
    mock.timers.tick(600_000);
    assert.equal(server.sockets.length, tries);
  }
});

test("the server's last word is the reason that is told", async () => {
  const reasons = [];
  open();
  connection.on("state", ({ error }) => reasons.push(error?.code));
  await server.greet();
  server.socket.hear({ type: "error", ref: null, code: "tenant_suspended", message: "Suspended" });
  await server.cut(4403);
  assert.equal(reasons.at(-1), "tenant_suspended");
});

test("a handshake that fails because one is signed out is found out by asking", async () => {
  open({ probe: async () => { throw new ParleyError("token_missing", "", { status: 401 }); } });
  await server.cut();
  assert.equal(connection.state, "refused");
});

test("a handshake that fails for another reason is tried again", async () => {
  open({ probe: async () => { throw new ParleyError("unreachable", ""); } });
  await server.cut();
  assert.equal(connection.state, "offline");
});

test("a server that restarts is not stormed: the first try is spread over three seconds", async () => {
  open({ random: () => 0.9 });
  await server.greet();
  await server.cut(1012);
  mock.timers.tick(2_699);
  assert.equal(server.sockets.length, 1);
  mock.timers.tick(1);
  assert.equal(server.sockets.length, 2);
});

test("a peer that does not answer the ping is taken for dead", async () => {
  open();
  await server.greet();
  mock.timers.tick(25_000);
  assert.equal(server.heard.at(-1).type, "ping");
  mock.timers.tick(5_000);
  assert.equal(connection.state, "offline");
});

test("a peer that answers stays", async () => {
  open();
  await server.greet();
  for (let beat = 0; beat < 5; beat++) {
    mock.timers.tick(25_000);
    server.socket.hear({ type: "pong", ref: null });
  }
  mock.timers.tick(10_000);
  assert.equal(connection.state, "open");
});

test("a handshake without a hello is given up", async () => {
  open();
  mock.timers.tick(10_000);
  assert.equal(connection.state, "offline");
});

test("answers find their commands, in whatever order they come", async () => {
  server.answer = () => {};
  open();
  await server.greet();
  const [first, second] = [connection.request("read.mark", {}), connection.request("read.mark", {})];
  server.socket.hear({ type: "ok", ref: 2 });
  server.socket.hear({ type: "error", ref: 1, code: "rate_limited", message: "Too fast", retry_after: 1.5 });
  assert.equal((await second).ref, 2);
  await assert.rejects(first, { code: "rate_limited", retryAfter: 1.5, retryable: true });
});

test("whoever waits for an answer learns of the loss", async () => {
  server.answer = () => {};
  open();
  await server.greet();
  const told = assert.rejects(connection.request("read.mark", {}), { code: "connection_lost" });
  await server.cut();
  await told;
  await assert.rejects(connection.request("read.mark", {}), { code: "connection_lost" });
});

test("an answer that never comes is a timeout", async () => {
  server.answer = () => {};
  open();
  await server.greet();
  const waiting = connection.request("read.mark", {});
  mock.timers.tick(10_000);
  await assert.rejects(waiting, { code: "timeout" });
});

test("closing it ends all tries", async () => {
  open();
  await server.cut();
  connection.close();
  mock.timers.tick(600_000);
  await settle();
  assert.equal(server.sockets.length, 1);
});

const asked = () => server.sockets.map(({ protocols }) => protocols[1]);
const bearers = (provide) => provide.given.map((token) => `bearer.${token}`);

async function openWith(provide, options = {}) {
  open({ tokens: new Tokens({ tokenProvider: provide }), ...options });
  await settle();
}

test("the token is offered in the handshake, beside the protocol", async () => {
  open({ tokens: new Tokens({ token: "t" }) });
  assert.deepEqual(server.socket.protocols, ["parley.v1", "bearer.t"]);
  open();
  assert.deepEqual(server.socket.protocols, ["parley.v1"]);
});

test("a provider is asked before the first handshake, and again when the server refuses its token", async () => {
  const provide = provider();
  await openWith(provide);
  await server.greet();
  await server.cut(4401);
  assert.equal(connection.state, "connecting");
  assert.equal(provide.given.length, 2);
  assert.deepEqual(asked(), bearers(provide));
});

test("a renewed token that is refused, too, ends the tries", async () => {
  const provide = provider();
  await openWith(provide);
  await server.cut(4401);
  await server.greet();
  server.socket.hear({ type: "error", ref: null, code: "token_expired", message: "Expired" });
  await server.cut(4401);
  assert.equal(connection.state, "refused");
  assert.equal(provide.given.length, 2);
  mock.timers.tick(600_000);
  await settle();
  assert.equal(provide.given.length, 2);
});

test("after a while on a renewed token the next refusal is a new one", async () => {
  const provide = provider();
  await openWith(provide);
  for (let refusal = 1; refusal <= 3; refusal++) {
    await server.greet();
    mock.timers.tick(11_000);
    await server.cut(4401);
    assert.equal(provide.given.length, refusal + 1);
  }
});

test("a provider that has no other token than the refused one ends the tries", async () => {
  const token = jwt(3_600);
  await openWith(async () => token);
  await server.cut(4401);
  assert.equal(connection.state, "refused");
  assert.equal(server.sockets.length, 1);
});

test("a provider that fails is asked again later, as any server that cannot be reached", async () => {
  const provide = provider();
  provide.fails = true;
  await openWith(provide);
  assert.equal(connection.state, "offline");
  provide.fails = false;
  mock.timers.tick(250);
  await settle();
  assert.deepEqual(asked(), bearers(provide));
  await server.greet();
  provide.fails = true;
  await server.cut(4401);
  assert.equal(connection.state, "offline");
});

test("before the token expires a new one goes over the open socket", async () => {
  const provide = provider(120);
  await openWith(provide);
  await server.greet();
  for (let beat = 0; beat < 4; beat++) {
    mock.timers.tick(25_000);
    server.socket.hear({ type: "pong", ref: null });
  }
  mock.timers.tick(8_000);
  await settle();
  const told = server.heard.filter(({ type }) => type === "token.refresh");
  assert.deepEqual(told.map(({ token }) => token), [provide.given[1]]);
  assert.equal(server.sockets.length, 1);
  await server.cut();
  mock.timers.tick(250);
  await settle();
  assert.deepEqual(asked(), bearers(provide));
});

test("a token that was renewed during the handshake goes over the socket once it is open", async () => {
  const provide = provider();
  const tokens = new Tokens({ tokenProvider: provide });
  await openWith(provide, { tokens });
  await tokens.renew(tokens.token);
  await server.greet();
  assert.equal(server.heard[0].token, provide.given[1]);
});

test("closing it while the provider thinks opens no socket", async () => {
  let give;
  await openWith(() => new Promise((resolve) => { give = resolve; }));
  connection.close();
  give(jwt(60));
  await settle();
  assert.equal(server.sockets.length, 0);
  assert.equal(connection.state, "closed");
});

test("the pause that the server asks for is kept", async () => {
  open({ probe: async () => { throw new ParleyError("rate_limited", "", { status: 429, retryAfter: 30 }); } });
  await server.cut();
  mock.timers.tick(30_000);
  assert.equal(server.sockets.length, 1);
  mock.timers.tick(2_000);
  assert.equal(server.sockets.length, 2);
});
