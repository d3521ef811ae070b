"""What the database and the cache can do by themselves: one upsert with its commit, then one SET, over and over.

``python -m bench.raw CLIENTS SECONDS`` in the stack's environment. Processes, so that Python is not what is measured.
"""

from __future__ import annotations

import json
import multiprocessing
import os
import sys
import threading
import time
from collections.abc import Callable

import psycopg
import redis

TABLE = (
    "CREATE TABLE IF NOT EXISTS bench_raw (id integer PRIMARY KEY, value jsonb, revision integer, saved_at timestamptz)"
)
UPSERT = """
    INSERT INTO bench_raw VALUES (%s, %s, 1, now()) ON CONFLICT (id)
    DO UPDATE SET value = excluded.value, revision = bench_raw.revision + 1, saved_at = excluded.saved_at
"""
VALUE = json.dumps("An index is a second structure that every write has to keep in order. " * 5)
BOOKMARK = b"x" * 2500
PROCESSES = 2


def work(numbers: range, begins_at: float, seconds: float, results: multiprocessing.Queue[list[float]]) -> None:
    latencies: list[float] = []
    threads = [
        threading.Thread(target=one_client, args=(number, begins_at, seconds, latencies.append)) for number in numbers
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    results.put(latencies)


def one_client(number: int, begins_at: float, seconds: float, note: Callable[[float], None]) -> None:
    with (
        psycopg.connect(os.environ["DATABASE_URL"], autocommit=True) as connection,
        redis.Redis.from_url(os.environ["REDIS_URL"]) as cache,
    ):
        time.sleep(max(0.0, begins_at - time.time()))
        while (began := time.time()) < begins_at + seconds:
            connection.execute(UPSERT, (number, VALUE), prepare=True)
            cache.set(f"bench:raw:{number}", BOOKMARK)
            note(time.time() - began)


def main(clients: int, seconds: float) -> None:
    with psycopg.connect(os.environ["DATABASE_URL"], autocommit=True) as connection:
        connection.execute(TABLE)
    begins_at, count = time.time() + 1.0, min(PROCESSES, clients)
    results: multiprocessing.Queue[list[float]] = multiprocessing.Queue()
    processes = [
        multiprocessing.Process(target=work, args=(range(place, clients, count), begins_at, seconds, results))
        for place in range(count)
    ]
    for process in processes:
        process.start()
    latencies = [one for _ in processes for one in results.get(timeout=seconds + 60)]
    for process in processes:
        process.join()
    print(json.dumps({"seconds": seconds, "latencies": [round(one, 6) for one in latencies]}))


if __name__ == "__main__":
    main(int(sys.argv[1]), float(sys.argv[2]))
