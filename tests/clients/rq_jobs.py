"""RQ and Huey, job queues in Python: rq_jobs.py PORT. Prints one line per check; ends with 1 if one failed."""

import sys
import time
import traceback

import huey
import redis
import rq
from rq.job import Job

PORT = int(sys.argv[1])
failed = 0


def check(name, body):
    global failed
    try:
        body()
        print(f"ok {name}")
    except Exception:
        failed += 1
        print(f"FAILED {name}: {traceback.format_exc()}")


def client():
    return redis.Redis(port=PORT)


def work(queue):
    rq.SimpleWorker([queue], connection=queue.connection).work(burst=True, with_scheduler=False)


def rq_runs_jobs():
    queue = rq.Queue("plain", connection=client())
    jobs = [queue.enqueue(pow, 2, n) for n in range(20)]
    work(queue)
    results = [job.return_value(refresh=True) for job in jobs]
    assert results == [2**n for n in range(20)], results
    assert queue.count == 0 and len(queue.finished_job_registry) == 20


def rq_keeps_what_fails():
    queue = rq.Queue("failing", connection=client())
    job = queue.enqueue("math.sqrt", -1, retry=rq.Retry(max=2))
    work(queue)
    assert job.get_status(refresh=True) == "failed", job.get_status()
    assert list(queue.failed_job_registry.get_job_ids()) == [job.id]
    assert "ValueError" in job.latest_result().exc_string
    queue.failed_job_registry.requeue(job)
    assert queue.job_ids == [job.id]


def rq_waits_for_dependencies():
    queue = rq.Queue("chained", connection=client())
    first = queue.enqueue(pow, 2, 3)
    second = queue.enqueue(pow, 3, 2, depends_on=first)
    assert second.get_status() == "deferred" and len(queue.deferred_job_registry) == 1
    work(queue)
    assert second.return_value(refresh=True) == 9
    assert Job.fetch(first.id, connection=client()).return_value() == 8


def rq_cancels_and_empties():
    queue = rq.Queue("emptied", connection=client())
    jobs = [queue.enqueue(pow, 2, n) for n in range(10)]
    jobs[0].cancel()
    assert queue.count == 9 and len(queue.canceled_job_registry) == 1
    assert queue.empty() == 9 and queue.count == 0


def huey_runs_schedules_and_locks():
    tasks = huey.RedisHuey("tasks", connection_pool=redis.ConnectionPool(port=PORT), blocking=True)

    @tasks.task()
    def add(a, b):
        return a + b

    results = [add(n, n) for n in range(10)]
    later = add.schedule((20, 1), delay=3600)
    for _ in range(10):
        tasks.execute(tasks.dequeue())
    assert [result.get() for result in results] == [2 * n for n in range(10)]
    assert tasks.scheduled_count() == 0
    tasks.execute(tasks.dequeue())
    assert tasks.scheduled_count() == 1 and later.get() is None
    with tasks.lock_task("one"):
        try:
            with tasks.lock_task("one"):
                raise AssertionError("locked twice")
        except huey.exceptions.TaskLockedException:
            pass


def huey_waits_for_a_task():
    tasks = huey.RedisHuey("waiting", connection_pool=redis.ConnectionPool(port=PORT), blocking=True, read_timeout=1)
    begun = time.monotonic()
    assert tasks.dequeue() is None
    assert 0.9 <= time.monotonic() - begun < 10


client().flushall()
for name, body in list(globals().items()):
    if name.startswith(("rq_", "huey_")) and callable(body):
        check(name.replace("_", " "), body)
sys.exit(1 if failed else 0)
