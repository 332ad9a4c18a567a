"""Web and task frameworks for Python that keep their things in Redis: frameworks.py PORT FOLDER.

Celery with a worker of its own, whose module is written into FOLDER; Django's two caches and its
sessions; limits, which Flask-Limiter and others count with. Prints one line per check; ends with 1
if one failed.
"""

import os
import subprocess
import sys
import time
import traceback

import celery
import django
import redis
from django.conf import settings
from limits import parse, storage, strategies

PORT = int(sys.argv[1])
FOLDER = sys.argv[2]
URL = f"redis://127.0.0.1:{PORT}/"
WAIT_S = 30
TASKS = f'''
from celery import Celery

app = Celery("tasks", broker="{URL}1", backend="{URL}2")
app.conf.broker_connection_retry_on_startup = True


@app.task
def add(a, b):
    return a + b


@app.task
def total(numbers):
    return sum(numbers)


@app.task(bind=True, max_retries=3)
def third_time(self, what):
    if self.request.retries < 2:
        raise self.retry(countdown=0.1)
    return what
'''
failed = 0


def check(name, body):
    global failed
    try:
        body()
        print(f"ok {name}", flush=True)
    except Exception:
        failed += 1
        print(f"FAILED {name}: {traceback.format_exc()}", flush=True)


def tasks():
    import russet_tasks

    return russet_tasks


def celery_runs_tasks():
    results = [tasks().add.delay(n, n) for n in range(20)]
    assert [result.get(timeout=WAIT_S) for result in results] == [2 * n for n in range(20)]


def celery_joins_what_ran_beside_each_other():
    add = tasks().add
    chord = celery.chord(add.s(n, n) for n in range(10))(tasks().total.s())
    assert chord.get(timeout=WAIT_S) == 90
    assert celery.chain(add.s(1, 1), add.s(5))().get(timeout=WAIT_S) == 7


def celery_tries_again():
    assert tasks().third_time.delay("done").get(timeout=WAIT_S) == "done"


def celery_waits_for_its_time():
    begun = time.monotonic()
    assert tasks().add.apply_async((1, 2), countdown=1).get(timeout=WAIT_S) == 3
    assert time.monotonic() - begun >= 0.9


def celery_asks_its_workers():
    assert len(tasks().app.control.inspect(timeout=5).ping()) == 1


def django_caches():
    from django.core.cache import caches

    for name in ["own", "django_redis"]:
        cache = caches[name]
        cache.set_many({"a": 1, "b": [1, 2]}, timeout=60)
        assert not cache.add("a", 2) and cache.incr("a", 5) == 6
        assert cache.get_many(["a", "b", "c"]) == {"a": 6, "b": [1, 2]}
        assert cache.touch("a", 100) and cache.delete("b") and not cache.has_key("b")
        assert cache.get_or_set("d", "made", 60) == "made"


def django_redis_finds_and_locks():
    from django.core.cache import caches

    cache = caches["django_redis"]
    cache.set_many({f"user:{n}": n for n in range(50)}, timeout=60)
    assert len(list(cache.iter_keys("user:*"))) == 50 and 0 < cache.ttl("user:1") <= 60
    assert cache.delete_pattern("user:*") == 50
    with cache.lock("one", timeout=10):
        assert not cache.lock("one", timeout=10, blocking_timeout=0.1).acquire()


def django_sessions():
    from django.contrib.sessions.backends.cache import SessionStore

    session = SessionStore()
    session["user"] = 7
    session.save()
    assert SessionStore(session.session_key)["user"] == 7
    session.delete()
    assert not SessionStore().exists(session.session_key)


def limits_count():
    store = storage.storage_from_string(f"{URL}5")
    limit = parse("5/minute")
    for kind in [
        strategies.FixedWindowRateLimiter,
        strategies.MovingWindowRateLimiter,
        strategies.SlidingWindowCounterRateLimiter,
    ]:
        limiter = kind(store)
        granted = sum(limiter.hit(limit, kind.__name__) for _ in range(9))
        # A window may end meanwhile, and the next one grants again.
        assert 5 <= granted <= 9 and limiter.get_window_stats(limit, kind.__name__).remaining >= 0
        limiter.clear(limit, kind.__name__)
        assert limiter.test(limit, kind.__name__)


redis.Redis(port=PORT).flushall()
settings.configure(
    CACHES={
        "own": {"BACKEND": "django.core.cache.backends.redis.RedisCache", "LOCATION": f"{URL}3"},
        "django_redis": {"BACKEND": "django_redis.cache.RedisCache", "LOCATION": f"{URL}4"},
        "default": {"BACKEND": "django.core.cache.backends.redis.RedisCache", "LOCATION": f"{URL}6"},
    },
    SESSION_ENGINE="django.contrib.sessions.backends.cache",
    INSTALLED_APPS=["django.contrib.sessions"],
    SECRET_KEY="not a secret",
)
django.setup()
with open(os.path.join(FOLDER, "russet_tasks.py"), "w") as module:
    module.write(TASKS)
sys.path.insert(0, FOLDER)
command = [sys.executable, "-m", "celery", "-A", "russet_tasks", "worker", "-c", "2", "-l", "WARNING"]
worker = subprocess.Popen(command, cwd=FOLDER, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
try:
    for name, body in list(globals().items()):
        if name.startswith(("celery_", "django_", "limits_")) and callable(body):
            check(name.replace("_", " "), body)
finally:
    worker.terminate()
    worker.wait(WAIT_S)
sys.exit(1 if failed else 0)
