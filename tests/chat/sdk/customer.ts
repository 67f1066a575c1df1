// A customer's program on the published package: node customer.js ORIGIN FIRST_TOKEN SECOND_TOKEN. The first ends soon.

import { Parley, ParleyError, type Message, type RoomEvent } from "parley-chat";

async function main(url: string, ...tokens: string[]): Promise<void> {
  const given: string[] = [];
  const tokenProvider = async () => {
    given.push(tokens[given.length] ?? "none left");
    return given.at(-1) as string;
  };
  const client = new Parley({ url, tokenProvider });
  const states: string[] = [];
  client.on("state", ({ state }) => states.push(state));
  const room = client.room("general");
  const heard: string[] = [];
  room.on("message.created", ({ message }: RoomEvent) => heard.push(message?.text ?? ""));
  const live = new Promise<void>((done) => room.on("state", ({ state }) => { if (state === "live") done(); }));

  await client.connect();
  await live;
  const progress: number[] = [];
  const upload = await client.upload(new Blob(["content"], { type: "text/plain" }), {
    onProgress: (done) => progress.push(done),
  });
  const sent = await room.send("the needle", { attachments: [upload.id] }).stored;
  await room.react(sent.id, "👍");
  await until(() => given.length === 2);
  await new Promise((done) => setTimeout(done, endOf(tokens[0] as string) - Date.now() + 500));
  await room.send("on the second token").stored;
  const messages: Message[] = (await room.history({ limit: 10 })).messages;
  const found = await client.search("needle");
  console.log(JSON.stringify({
    me: client.me?.id,
    states,
    heard,
    asked: given.length,
    progress,
    history: messages.filter(({ kind }) => kind === "message").map(({ text, attachments, reactions }) => ({
      text, files: attachments?.map(({ size }) => size), reactions: reactions?.map(({ emoji }) => emoji),
    })),
    found: found.data.map(({ snippet }) => snippet.filter(({ marked }) => marked).map(({ text }) => text)),
    refusal: await client.room("nowhere").history().catch((error: unknown) => refusalOf(error)),
  }));
  client.close();
}

function refusalOf(error: unknown): object {
  if (!(error instanceof ParleyError)) throw error;
  const absent: boolean = error.code === "room_not_found";
  return { absent, status: error.status, retryable: error.retryable };
}

function endOf(token: string): number {
  return JSON.parse(Buffer.from(token.split(".")[1] as string, "base64url").toString()).exp * 1000;
}

async function until(met: () => boolean): Promise<void> {
  while (!met()) await new Promise((done) => setTimeout(done, 50));
}

await main(...(process.argv.slice(2) as [string, string, string]));
