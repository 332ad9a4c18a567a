// BullMQ, a job queue that lives on Lua, blocking pops, sorted sets and streams: bullmq.mjs PORT.
// Packages are found in the folder of RUSSET_NODE. Prints one line per check; ends with 1 if one
// failed.

import assert from "node:assert/strict";

import { check, finish, port, require } from "./check.mjs";

const { Queue, Worker, QueueEvents, FlowProducer } = require("bullmq");
const connection = { host: "127.0.0.1", port, maxRetriesPerRequest: null };

// What `emitter` says about `count` jobs, or an error after ten seconds.
function gather(emitter, event, count) {
  return new Promise((resolve, reject) => {
    const seen = [];
    const timer = setTimeout(() => reject(new Error(`${seen.length} of ${count} ${event}`)), 10_000);
    emitter.on(event, (...what) => {
      seen.push(what);
      if (seen.length === count) {
        clearTimeout(timer);
        resolve(seen);
      }
    });
  });
}

async function withQueue(name, process, options, body) {
  const queue = new Queue(name, { connection });
  const events = new QueueEvents(name, { connection });
  await events.waitUntilReady();
  const worker = new Worker(name, process, { connection, ...options });
  worker.on("error", () => {});
  try {
    await body(queue, worker, events);
  } finally {
    await worker.close();
    await events.close();
    await queue.close();
  }
}

await check("jobs are done once each, by several at a time", async () => {
  const done = [];
  const process = async (job) => {
    done.push(job.data.n);
    return job.data.n * 2;
  };
  await withQueue("plain", process, { concurrency: 4 }, async (queue, worker) => {
    const completed = gather(worker, "completed", 100);
    await queue.addBulk([...Array(100).keys()].map((n) => ({ name: "double", data: { n } })));
    const jobs = await completed;
    assert.deepEqual(jobs.map(([job]) => job.data.n).sort((a, b) => a - b), [...Array(100).keys()]);
    assert.ok(jobs.every(([job, result]) => result === job.data.n * 2));
    assert.equal(new Set(done).size, 100);
    assert.equal((await queue.getJobCounts("completed", "wait")).completed, 100);
  });
});

await check("a waiting worker is woken, and events come over the stream", async () => {
  await withQueue("waiting", async () => "done", {}, async (queue, worker, events) => {
    const heard = gather(events, "completed", 1);
    await new Promise((resolve) => setTimeout(resolve, 300));
    const job = await queue.add("late", { a: "\u00fc" });
    const [[event]] = await heard;
    assert.equal(event.jobId, job.id);
    assert.equal(event.returnvalue, "done");
  });
});

await check("failed jobs are tried again, and then kept as failed", async () => {
  let attempts = 0;
  const process = async () => {
    attempts += 1;
    throw new Error("no luck");
  };
  await withQueue("failing", process, {}, async (queue, worker) => {
    const gone = gather(worker, "failed", 3);
    await queue.add("hopeless", {}, { attempts: 3, backoff: { type: "fixed", delay: 20 } });
    await gone;
    assert.equal(attempts, 3);
    const [job] = await queue.getFailed();
    assert.equal(job.failedReason, "no luck");
  });
});

await check("delayed and prioritised jobs come in their order", async () => {
  const order = [];
  const process = async (job) => order.push(job.name);
  const queue = new Queue("ordered", { connection });
  await queue.add("delayed", {}, { delay: 200 });
  await queue.add("low", {}, { priority: 10 });
  await queue.add("high", {}, { priority: 1 });
  await queue.close();
  await withQueue("ordered", process, {}, async (_queue, worker) => {
    await gather(worker, "completed", 3);
    assert.deepEqual(order, ["high", "low", "delayed"]);
  });
});

await check("a flow runs the children before the parent", async () => {
  const order = [];
  const process = async (job) => {
    order.push(job.name);
    return job.name;
  };
  await withQueue("flow", process, {}, async (_queue, worker) => {
    const flow = new FlowProducer({ connection });
    const completed = gather(worker, "completed", 3);
    const child = (name) => ({ name, queueName: "flow" });
    await flow.add({ name: "parent", queueName: "flow", children: [child("a"), child("b")] });
    await completed;
    assert.equal(order.at(-1), "parent");
    await flow.close();
  });
});

await check("a paused queue rests until it is resumed", async () => {
  await withQueue("paused", async () => {}, {}, async (queue, worker) => {
    await queue.pause();
    await queue.add("one", {});
    await new Promise((resolve) => setTimeout(resolve, 200));
    assert.equal((await queue.getJobCounts()).completed, 0);
    const completed = gather(worker, "completed", 1);
    await queue.resume();
    await completed;
  });
});

await check("a repeated job repeats", async () => {
  await withQueue("repeating", async () => {}, {}, async (queue, worker) => {
    const completed = gather(worker, "completed", 3);
    await queue.upsertJobScheduler("tick", { every: 50 }, { name: "tick" });
    await completed;
    await queue.removeJobScheduler("tick");
    await queue.obliterate({ force: true });
  });
});

finish();
