// Node's frameworks that keep their things in Redis: frameworks.mjs PORT. Socket.IO over two
// servers, Bull, Bee-Queue, sessions of Express, rate-limiter-flexible, Redlock, Keyv.
// Packages are found in the folder of RUSSET_NODE. Prints one line per check; ends with 1 if one
// failed.

import assert from "node:assert/strict";
import { createServer } from "node:http";
import { setTimeout as sleep } from "node:timers/promises";

import { check, finish, port, require } from "./check.mjs";

const url = `redis://127.0.0.1:${port}`;
const Redis = require("ioredis");
const { createClient } = require("redis");

// What comes of `promise`, or an error after ten seconds.
function soon(promise, what) {
  let timer;
  const late = new Promise((_, reject) => {
    timer = setTimeout(() => reject(new Error(`late: ${what}`)), 10_000);
  });
  return Promise.race([promise, late]).finally(() => clearTimeout(timer));
}

function connect() {
  return new Redis({ port, maxRetriesPerRequest: null });
}

function listening(server) {
  return new Promise((resolve) => server.listen(0, "127.0.0.1", () => resolve(server.address().port)));
}

await connect().flushall();

for (const kind of ["pub/sub", "streams"]) {
  await check(`Socket.IO speaks across servers by ${kind}`, async () => {
    const { Server } = require("socket.io");
    const { io } = require("socket.io-client");
    const clients = [];
    const servers = [];
    const sockets = [];
    for (let n = 0; n < 2; n += 1) {
      let adapter;
      if (kind === "streams") {
        clients.push(connect());
        adapter = require("@socket.io/redis-streams-adapter").createAdapter(clients.at(-1));
      } else {
        clients.push(connect(), connect());
        adapter = require("@socket.io/redis-adapter").createAdapter(...clients.slice(-2));
      }
      const http = createServer();
      const server = new Server(http, { adapter });
      server.on("connection", (socket) => socket.join("room"));
      const at = await listening(http);
      servers.push(server);
      sockets.push(io(`http://127.0.0.1:${at}`, { transports: ["websocket"], reconnection: false }));
    }
    try {
      await soon(Promise.all(sockets.map((s) => new Promise((done) => s.on("connect", done)))), "connect");
      await soon((async () => {
        while ((await servers[0].in("room").fetchSockets().catch(() => [])).length < 2) await sleep(50);
      })(), "the room on both servers");
      const heard = Promise.all(sockets.map((s) => new Promise((done) => s.on("news", done))));
      servers[0].to("room").emit("news", { n: 7 });
      assert.deepEqual(await soon(heard, "news"), [{ n: 7 }, { n: 7 }]);
    } finally {
      sockets.forEach((socket) => socket.close());
      await Promise.all(servers.map((server) => server.close()));
      clients.forEach((client) => client.disconnect());
    }
  });
}

await check("Bull does jobs, delays them, tries them again", async () => {
  const Bull = require("bull");
  const queue = new Bull("bull", { redis: { port, host: "127.0.0.1" } });
  try {
    queue.process(3, async (job) => {
      if (job.attemptsMade < job.data.fails) throw new Error("not yet");
      return job.data.n * 2;
    });
    const options = [{}, { delay: 300 }, { attempts: 3, backoff: 50 }, { priority: 1 }];
    const jobs = options.map((option, n) => queue.add({ n, fails: n === 2 ? 2 : 0 }, option));
    const results = (await Promise.all(jobs)).map((job) => job.finished());
    assert.deepEqual(await soon(Promise.all(results), "jobs"), [0, 2, 4, 6]);
    assert.equal((await queue.getJobCounts()).completed, 4);
  } finally {
    await queue.close();
  }
});

await check("Bee-Queue does jobs", async () => {
  const BeeQueue = require("bee-queue");
  const queue = new BeeQueue("bee", { redis: { port } });
  try {
    queue.process(2, async (job) => job.data.n + 1);
    const done = [1, 2, 3].map(async (n) => {
      const job = await queue.createJob({ n }).retries(1).save();
      return new Promise((resolve) => job.on("succeeded", resolve));
    });
    assert.deepEqual(await soon(Promise.all(done), "jobs"), [2, 3, 4]);
  } finally {
    await queue.close();
  }
});

await check("Express keeps sessions with connect-redis", async () => {
  const express = require("express");
  const session = require("express-session");
  const { RedisStore } = require("connect-redis");
  const client = await createClient({ url }).connect();
  const store = new RedisStore({ client, ttl: 60 });
  const app = express();
  app.use(session({ store, secret: "none", resave: false, saveUninitialized: false }));
  app.get("/", (request, response) => {
    request.session.visits = (request.session.visits ?? 0) + 1;
    response.json(request.session.visits);
  });
  const http = createServer(app);
  try {
    const at = `http://127.0.0.1:${await listening(http)}/`;
    const first = await fetch(at);
    const cookie = first.headers.get("set-cookie").split(";")[0];
    const second = await fetch(at, { headers: { cookie } });
    assert.deepEqual([await first.json(), await second.json()], [1, 2]);
    assert.equal((await store.ids()).length, 1);
  } finally {
    http.closeAllConnections();
    http.close();
    client.destroy();
  }
});

await check("rate-limiter-flexible counts", async () => {
  const { RateLimiterRedis } = require("rate-limiter-flexible");
  const client = connect();
  const limiter = new RateLimiterRedis({ storeClient: client, points: 3, duration: 60, blockDuration: 60 });
  let refused = 0;
  for (let n = 0; n < 5; n += 1) await limiter.consume("me").catch(() => (refused += 1));
  assert.equal(refused, 2);
  assert.ok((await limiter.get("me")).msBeforeNext > 50_000);
  client.disconnect();
});

await check("Redlock locks", async () => {
  const Redlock = require("redlock");
  const client = connect();
  const locks = new Redlock([client], { retryCount: 0 });
  const lock = await locks.lock("locked", 5_000);
  await assert.rejects(locks.lock("locked", 5_000));
  await (await lock.extend(5_000)).unlock();
  await (await locks.lock("locked", 5_000)).unlock();
  client.disconnect();
});

await check("Keyv keeps values", async () => {
  const { default: KeyvRedis } = require("@keyv/redis");
  const { default: Keyv } = require("keyv");
  const keyv = new Keyv(new KeyvRedis(url), { namespace: "n" });
  await keyv.set("a", { b: 1 }, 60_000);
  await keyv.set("gone", 1, 1);
  await sleep(20);
  assert.deepEqual([await keyv.get("a"), await keyv.get("gone")], [{ b: 1 }, undefined]);
  await keyv.clear();
  assert.equal(await keyv.get("a"), undefined);
  await keyv.disconnect();
});

finish();
