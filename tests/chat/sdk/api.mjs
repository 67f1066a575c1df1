/** The scripted server with changes of messages, the API's pages of them, and a record of what else was asked. */
import { Server } from "./server.mjs";

export class ApiServer extends Server {
  /** What the API was asked for, but for pages of messages: [method, path, body or query]. */
  asked = [];
  /** What it answers, by path. */
  answers = {};
  /** What a page of messages waits for, once it was put together. */
  gate = Promise.resolve();
  /** Whether the API can be reached. */
  up = true;

  client() {
    const client = super.client();
    const ask = (method) => async (path, body) => {
      this.asked.push([method, path, body]);
      return this.answers[path] ?? null;
    };
    client.rest = {
      get: (path, query) => (path.endsWith("/messages") ? this.page(query) : ask("GET")(path, query)),
      list: async (path, query) => (await ask("GET")(path, query)) ?? [],
      post: ask("POST"), put: ask("PUT"), patch: ask("PATCH"), delete: ask("DELETE"),
    };
    return client;
  }

  /** The messages as they are now, ascending by seq. */
  get messages() {
    const bySeq = new Map();
    for (const { message } of this.events) if (message) bySeq.set(message.seq, message);
    return [...bySeq.values()].sort((a, b) => a.seq - b.seq);
  }

  async page({ limit, before_seq = Infinity, after_seq }) {
    if (!this.up) throw Object.assign(new Error("unreachable"), { code: "unreachable", retryable: true });
    const all = this.messages.filter(({ seq }) => (after_seq === undefined ? seq < before_seq : seq > after_seq));
    const data = after_seq === undefined ? all.slice(-limit) : all.slice(0, limit);
    await this.gate;
    return { data, next: all.length > data.length ? "more" : null };
  }

  /** Holds the pages back that are asked for from now on. @returns {() => void} lets them go */
  hold() {
    let open;
    this.gate = new Promise((resolve) => { open = resolve; });
    return () => {
      this.gate = Promise.resolve();
      open();
    };
  }

  fill(count) {
    while (this.events.length < count) this.store(`${this.events.length + 1}`, { told: false });
  }

  /** Changes a stored message and tells it, unless it is to be lost on the way. */
  change(seq, change, { told = true } = {}) {
    const message = { ...this.messages.find((one) => one.seq === seq), ...change };
    const type = message.deleted ? "message.deleted" : "message.updated";
    return this.tell({ type, message }, told);
  }

  /** Stores an event that is no message, and tells it. */
  tell(fields, told = true) {
    const event = { room: "general", seq: this.events.length + 1, ...fields };
    this.events.push(event);
    if (told) this.socket.hear(event);
    return event;
  }

  /** A superseded state of a message is skipped, as the server does. */
  missed(since) {
    const last = new Map(this.events.map((event) => [event.message?.id ?? event.seq, event]));
    return super.missed(since).filter((event) => last.get(event.message?.id ?? event.seq) === event);
  }
}
