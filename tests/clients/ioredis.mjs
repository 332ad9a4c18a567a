// ioredis and node-redis against a server: ioredis.mjs PORT. Packages are found in the folder of
// RUSSET_NODE. Prints one line per check; ends with 1 if one failed.

import assert from "node:assert/strict";

import { check, finish, port, require } from "./check.mjs";

const Redis = require("ioredis");
const { createClient } = require("redis");

async function withIoredis() {
  const r = new Redis({ port, host: "127.0.0.1", maxRetriesPerRequest: 1 });
  await r.flushall();
  await check("ioredis strings", async () => {
    assert.equal(await r.set("k", "v"), "OK");
    assert.equal(await r.get("k"), "v");
    assert.equal(await r.get("missing"), null);
    assert.equal(await r.incrby("n", 41), 41);
    assert.deepEqual(await r.mget("k", "missing", "n"), ["v", null, "41"]);
    const bytes = Buffer.from([0, 13, 10, 255]);
    await r.set("bytes", bytes);
    assert.deepEqual(await r.getBuffer("bytes"), bytes);
  });
  await check("ioredis hashes", async () => {
    assert.equal(await r.hset("h", { a: 1, b: 2 }), 2);
    assert.deepEqual(await r.hgetall("h"), { a: "1", b: "2" });
  });
  await check("ioredis expiry", async () => {
    await r.set("k", "v", "EX", 1000);
    assert.ok((await r.ttl("k")) > 990);
  });
  await check("ioredis pipeline", async () => {
    const replies = await r.pipeline().set("p", 1).incr("p").hget("p", "f").get("p").exec();
    assert.equal(replies[1][1], 2);
    assert.match(replies[2][0].message, /^WRONGTYPE/);
    assert.equal(replies[3][1], "2");
  });
  await check("ioredis automatic pipelining", async () => {
    const all = await Promise.all(Array.from({ length: 500 }, (_, i) => r.set(`key:${i}`, i)));
    assert.equal(all.length, 500);
  });
  await check("ioredis scan stream", async () => {
    const found = new Set();
    for await (const names of r.scanStream({ match: "key:*", count: 50 })) {
      names.forEach((name) => found.add(name));
    }
    assert.equal(found.size, 500);
  });
  await check("ioredis errors", async () => {
    await assert.rejects(r.call("FOO"), /unknown command/);
    await assert.rejects(r.incr("h"), /WRONGTYPE/);
  });
  await r.quit();
}

async function withNodeRedis(RESP) {
  const r = createClient({ url: `redis://127.0.0.1:${port}`, RESP });
  r.on("error", () => {});
  await r.connect();
  await r.flushAll();
  const name = (text) => `node-redis RESP${RESP} ${text}`;
  await check(name("strings"), async () => {
    assert.equal(await r.set("k", "v"), "OK");
    assert.equal(await r.get("k"), "v");
    assert.equal(await r.get("missing"), null);
    assert.equal(await r.incrBy("n", 41), 41);
    assert.deepEqual(await r.mGet(["k", "missing"]), ["v", null]);
  });
  await check(name("hashes"), async () => {
    assert.equal(await r.hSet("h", { a: "1", b: "2" }), 2);
    assert.deepEqual({ ...(await r.hGetAll("h")) }, { a: "1", b: "2" });
  });
  await check(name("expiry"), async () => {
    await r.set("k", "v", { EX: 1000 });
    assert.ok((await r.ttl("k")) > 990);
  });
  await check(name("pipelining"), async () => {
    const all = await Promise.all(Array.from({ length: 500 }, (_, i) => r.set(`key:${i}`, `${i}`)));
    assert.equal(all.length, 500);
    assert.equal(await r.get("key:499"), "499");
  });
  await check(name("scan iterator"), async () => {
    const found = new Set();
    for await (const names of r.scanIterator({ MATCH: "key:*", COUNT: 50 })) {
      [names].flat().forEach((name) => found.add(name));
    }
    assert.equal(found.size, 500);
  });
  await check(name("errors"), async () => {
    await assert.rejects(r.sendCommand(["FOO"]), /unknown command/);
    await assert.rejects(r.incr("h"), /WRONGTYPE/);
  });
  await r.close();
}

await withIoredis();
await withNodeRedis(2);
await withNodeRedis(3);
finish();
