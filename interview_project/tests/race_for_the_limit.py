"""Fifty callers at once against a limit of five, on the cache that the environment names; prints how many got through.

    python -m interview_project.tests.race_for_the_limit [BACKEND]

A process of its own, because it must be able to run on any database, and on Django's stock cache, which `manage.py check`
would refuse.
"""

import os
import sys
import threading

import django

CALLERS, LIMIT = 50, 5


def main() -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "interview_project.settings")
    django.setup()
    from django.conf import settings
    from django.core.management import call_command

    if len(sys.argv) > 1:
        settings.CACHES["default"]["BACKEND"] = sys.argv[1]
    if not settings.REDIS_URL:
        call_command("createcachetable", verbosity=0)
    print(race())  # noqa: T201 - read by the test


def race() -> int:
    from django.db import connections
    from django.test import RequestFactory

    from interview_project.ratelimit import seconds_to_wait

    start, waits = threading.Barrier(CALLERS), []

    def call() -> None:
        start.wait()
        try:
            waits.append(seconds_to_wait(RequestFactory().post("/"), group=f"race {os.getpid()}", rate=f"{LIMIT}/d"))
        finally:
            connections.close_all()

    threads = [threading.Thread(target=call) for _ in range(CALLERS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(waits) == CALLERS, "a caller got no answer"
    return waits.count(0)


if __name__ == "__main__":
    main()
