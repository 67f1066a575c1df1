// A customer's backend on the generated client: node walk.js ORIGIN API_KEY. walk.py does the same.

import createClient, { type Client } from "openapi-fetch";
import type { components, paths } from "./parley.js";

type MessageIn = components["schemas"]["MessageIn"];
type Problem = components["schemas"]["Problem"];
type Answered<Data> = { data?: Data; error?: Problem };

async function main(origin: string, apiKey: string): Promise<void> {
  const client = (credential: string) =>
    createClient<paths>({ baseUrl: origin, headers: { Authorization: `Bearer ${credential}` } });

  const backend = client(apiKey);
  for (const [user, name] of [["ann", "Ann"], ["bob", "Bob"]] as const) {
    wanted(await backend.PUT("/api/v1/users/{user}", { params: { path: { user } }, body: { name } }));
  }
  const created = await backend.POST("/api/v1/rooms", {
    params: { header: { "Idempotency-Key": "order-1002" } },
    body: { kind: "private", name: "Order 1002" },
  });
  const room = wanted(created).id;
  const path = { room };
  const members = [{ user: "ann", role: "owner" as const }, { user: "bob" }];
  const placed = wanted(await backend.POST("/api/v1/rooms/{room}/members", { params: { path }, body: { members } }));
  const tokenOf = async (user: string) =>
    wanted(await backend.POST("/api/v1/users/{user}/tokens", { params: { path: { user } }, body: { ttl: 60 } })).token;
  const token = await tokenOf("ann");

  const ann = client(token);
  for (const text of ["one", "two", "three", "four"]) {
    wanted(await ann.POST("/api/v1/rooms/{room}/messages", { params: { path }, body: { text } }));
  }
  const form = new FormData();
  form.set("file", new Blob(["Order 1002"], { type: "text/plain" }), "order.txt");
  const upload = wanted(
    await ann.POST("/api/v1/uploads", { body: { file: "order.txt" }, bodySerializer: () => form }),
  );
  const ask = async () =>
    await ann.POST("/api/v1/rooms/{room}/messages", {
      params: { path },
      body: { text: "Has it been sent?", client_id: "c1", attachments: [upload.id] } satisfies MessageIn,
    });
  const [sent, again] = [wanted(await ask()), wanted(await ask())];
  if (again.seq !== sent.seq) throw new Error(`sent twice: ${sent.seq}, ${again.seq}`);
  const { response } = await backend.PUT("/api/v1/rooms/{room}/messages/{message}/reactions/{emoji}", {
    params: { path: { room, message: sent.id, emoji: "👍" }, query: { user: "bob" } },
  });
  if (response.status !== 204) throw new Error(`not reacted: ${response.status}`);
  const message = wanted(
    await ann.GET("/api/v1/rooms/{room}/messages/{message}", { params: { path: { room, message: sent.id } } }),
  );

  const bob = client(await tokenOf("bob"));
  const seen = wanted(await bob.GET("/api/v1/rooms/{room}", { params: { path } }));
  const report = {
    room: { name: seen.name, kind: seen.kind, members: seen.member_count },
    joined: placed.joined.sort(),
    token,
    history: await history(bob, room),
    reactions: message.reactions,
    attachments: message.attachments.map(({ name, type, size }) => ({ name, type, size })),
    unread: seen.unread,
    refusals: [
      refusal(await backend.GET("/api/v1/rooms/{room}", { params: { path: { room: "nowhere" } } })),
      refusal(await backend.PUT("/api/v1/users/{user}", { params: { path: { user: "ann" } }, body: { name: "" } })),
    ],
  };
  console.log(JSON.stringify(report));
}

function wanted<Data>({ data, error }: Answered<Data>): Data {
  if (data === undefined) throw new Error(JSON.stringify(error));
  return data;
}

async function history(client: Client<paths>, room: string): Promise<string[]> {
  const texts: string[] = [];
  let cursor: string | null = null;
  do {
    const params: { path: { room: string }; query: { limit: number; cursor: string | null } } = {
      path: { room },
      query: { limit: 2, cursor },
    };
    const page: components["schemas"]["MessagePage"] = wanted(
      await client.GET("/api/v1/rooms/{room}/messages", { params }),
    );
    // Who came in stands among the messages, without a text.
    texts.unshift(...page.data.filter(({ kind }) => kind === "message").map(({ text }) => text));
    cursor = page.next;
  } while (cursor !== null);
  return texts;
}

function refusal({ error }: Answered<unknown>) {
  if (error === undefined) throw new Error("not refused");
  return { status: error.status, code: error.code, fields: error.errors.map(({ field }) => field) };
}

const [origin, apiKey] = process.argv.slice(2);
if (!origin || !apiKey) throw new Error("walk.js ORIGIN API_KEY");
await main(origin, apiKey);
