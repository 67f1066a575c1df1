// socket.io as its documentation sets it up with Redis: rooms, a broadcast for each message, nothing stored.
import { createServer } from "node:http";
import { createAdapter } from "@socket.io/redis-adapter";
import { createClient } from "redis";
import { Server } from "socket.io";

const url = new URL(process.env.REDIS_URL);
const options =
  url.protocol === "unix:"
    ? { socket: { path: url.pathname }, password: url.searchParams.get("password") }
    : { url: process.env.REDIS_URL };
const publisher = createClient(options);
const subscriber = publisher.duplicate();
await Promise.all([publisher.connect(), subscriber.connect()]);

const server = createServer();
const io = new Server(server, { adapter: createAdapter(publisher, subscriber), transports: ["websocket"] });

io.on("connection", (socket) => {
  socket.on("join", async (room, joined) => {
    await socket.join(room);
    joined();
  });
  socket.on("message", (room, text) => io.to(room).emit("message", text));
});

server.listen(Number(process.env.PORT), "127.0.0.1");
process.on("SIGTERM", () => process.exit(0));
