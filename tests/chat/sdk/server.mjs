/** A server in memory: one room, the frames of /ws/v1 and the pages of the REST API, and ways to misbehave. */
import { setImmediate as soon } from "node:timers/promises";

import { Parley } from "../../../chat/sdk/client.js";

export const me = { id: "ann", name: "Ann" };
export const bob = { id: "bob", name: "Bob" };

/** Lets everything that waits for nothing run. */
export async function settle() {
  for (let turn = 0; turn < 5; turn++) await soon();
}

export class Server {
  epoch = "one";
  events = [];
  sockets = [];
  heard = [];
  /** Refusals for the next message.send commands. */
  refusals = [];
  /** Why nobody may listen, if it is so. */
  shut;
  /** Whether acks go out. */
  acks = true;
  mostReplayed = 500;

  constructor() {
    const server = this;
    globalThis.WebSocket = class {
      constructor(url, protocols) {
        Object.assign(this, { url, protocols });
        server.sockets.push(this);
      }

      send(text) {
        if (this.dead) return;
        const frame = JSON.parse(text);
        server.heard.push(frame);
        setImmediate(() => server.answer(this, frame));
      }

      close() {
        this.dead = true;
      }

      hear(frame) {
        if (!this.dead) this.onmessage?.({ data: JSON.stringify(frame) });
      }
    };
  }

  get socket() {
    return this.sockets.at(-1);
  }

  client() {
    const client = new Parley({ me, socket: "ws://test", api: "/api/v1" });
    client.rest = { get: (path, query) => this.get(query) };
    return client;
  }

  /** Opens the client's connection and greets it. */
  async greet(client) {
    client?.connection.open();
    this.socket.hear({ type: "hello", connection: "c", user: me, heartbeat: 25, rooms: [] });
    await settle();
  }

  /** The network is gone, or the server closes. */
  async cut(code = 1006) {
    this.socket.onclose?.({ code });
    await settle();
  }

  /** Stores a message and tells it, unless it is to be lost on the way. */
  store(text, { user = bob, client_id = null, told = true } = {}) {
    const seq = this.events.length + 1;
    const message = { id: `m${seq}`, seq, kind: "message", user, text, client_id, created_at: "2026-01-01T10:00:00Z" };
    const event = { type: "message.created", room: "general", seq, message };
    this.events.push(event);
    if (told) this.socket.hear(event);
    return event;
  }

  answer(socket, { type, ref, since, epoch, text, client_id }) {
    if (type === "room.subscribe") this.subscribe(socket, ref, this.epoch === (epoch ?? this.epoch) ? since : 0);
    else if (type === "message.send") this.send(socket, ref, text, client_id);
    else if (type !== "ping") socket.hear({ type: "ok", ref });
  }

  subscribe(socket, ref, since) {
    if (this.shut) return socket.hear({ type: "error", ref, ...this.shut });
    const missed = this.missed(since);
    const replay = missed.slice(0, this.mostReplayed);
    const more = missed.length > replay.length;
    const state = { epoch: this.epoch, last_seq: this.events.length, replayed: replay.length, more };
    socket.hear({ type: "ok", ref, room: "general", ...state });
    queueMicrotask(() => replay.forEach((event) => socket.hear(event))); // a frame, a task: its answer is taken first
  }

  missed(since) {
    return this.events.filter(({ seq }) => seq > since);
  }

  send(socket, ref, text, client_id) {
    const refusal = this.refusals.shift();
    if (refusal) return socket.hear({ type: "error", ref, ...refusal });
    const again = this.events.find(({ message }) => message.client_id === client_id);
    const event = again ?? this.store(text, { user: me, client_id, told: this.acks });
    if (this.acks) socket.hear({ type: "ok", ref, id: event.message.id, seq: event.seq });
  }

  async get({ limit, before_seq = Infinity }) {
    const page = this.events.filter(({ seq }) => seq < before_seq).slice(-limit);
    return { data: page.map(({ message }) => message), next: page[0]?.seq > 1 ? "more" : null };
  }
}
