"""One of the processes that race for a caller's five calls.

    python -m assessments.tests.race_for_the_ledger THREADS [unlocked]

For each caller's name on a line of standard input, that many threads reserve a call at once; the number that got through
is printed. ``unlocked`` takes the lock away, to show that the race can be lost. A process of its own, because the limit is
one over all processes, on any database.
"""

import os
import sys
import threading

import django


def main() -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "interview_project.settings")
    django.setup()
    from assessments.domain import ledger

    if sys.argv[2:] == ["unlocked"]:
        from assessments.models import AiControl

        ledger.lock.locked_control = lambda: AiControl(is_stopped=False)
    print("ready", flush=True)  # noqa: T201 - read by the test
    for line in sys.stdin:
        print(race(line.strip(), threads=int(sys.argv[1])), flush=True)  # noqa: T201


def race(name: str, *, threads: int) -> int:
    from django.db import connections

    from assessments.domain import ledger
    from assessments.enums import AiPurpose
    from assessments.tests.asking import any_prompt

    start, passed, lost = threading.Barrier(threads), [], []

    def ask() -> None:
        start.wait()
        try:
            passed.append(ledger.reserve(ledger.Caller(name), any_prompt(), purpose=AiPurpose.GENERATE))
        except ledger.LimitReached as refusal:
            lost.append(refusal)
        finally:
            connections.close_all()

    workers = [threading.Thread(target=ask) for _ in range(threads)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    assert len(passed) + len(lost) == threads, "a caller got no answer"
    return len(passed)


if __name__ == "__main__":
    main()
