import random
import threading
import time

import pytest
import time_machine
from django.core.cache import cache
from django.db import DatabaseError, connections, transaction
from redis.exceptions import ConnectionError as RedisConnectionError

from interview_project.caches import Fuse, bookmarks, files_beside, notes
from interview_project.tests.conftest import CLOSED_PORT


def in_threads(count, work):
    """Run ``work(number)`` in so many threads at once; raise what any of them raised."""
    start, errors = threading.Barrier(count), []

    def run(number):
        try:
            start.wait()
            work(number)
        except BaseException as error:  # noqa: BLE001 - handed to the test
            errors.append(error)
        finally:
            connections.close_all()

    threads = [threading.Thread(target=run, args=(number,)) for number in range(count)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if errors:
        raise errors[0]


class TestNotes:
    @pytest.mark.django_db(transaction=True)
    @pytest.mark.usefixtures("each_cache")
    def test_others_see_one_although_a_transaction_is_open(self):
        seen = []
        with transaction.atomic():
            notes().set_note("n", 7, seconds=60)
            in_threads(1, lambda _: seen.append(notes().read_note("n")))
        assert seen == [7]
        assert notes().read_note("other") is None

    def test_beside_a_file_it_is_seen_by_others_of_the_host_until_its_time(self, tmp_path, time_machine):
        path = str(tmp_path / "parley.sqlite3")
        time_machine.move_to("2026-01-01T10:00:00Z", tick=False)
        files_beside(path).set("n", 7, 60)
        assert (files_beside(path).get("n"), files_beside(path).get("m")) == (7, None)
        time_machine.move_to("2026-01-01T10:01:01Z", tick=False)
        assert files_beside(path).get("n") is None

    def test_a_folder_that_cannot_be_made_is_said(self, tmp_path):
        (tmp_path / "file").write_text("")
        with pytest.raises(OSError, match="file"):
            files_beside(str(tmp_path / "file" / "parley.sqlite3")).set("n", 7, 60)


@pytest.mark.usefixtures("each_cache")
class TestBookmarks:
    def test_what_is_stored_is_read(self):
        assert bookmarks().set_if_newer("a", b'{"x": "\xc3\xa9:1"}', revision=3, seconds=60) is True
        assert bookmarks().read_bookmark("a") == (3, b'{"x": "\xc3\xa9:1"}')

    def test_what_was_never_stored_is_not_there(self):
        assert bookmarks().read_bookmark("a") is None

    def test_a_newer_revision_replaces_an_older_one(self):
        bookmarks().set_if_newer("a", b"nine", revision=9, seconds=60)
        assert bookmarks().set_if_newer("a", b"ten", revision=10, seconds=60) is True
        assert bookmarks().read_bookmark("a") == (10, b"ten")

    def test_an_older_revision_replaces_nothing(self):
        bookmarks().set_if_newer("a", b"ten", revision=10, seconds=60)
        assert bookmarks().set_if_newer("a", b"nine", revision=9, seconds=60) is False
        assert bookmarks().read_bookmark("a") == (10, b"ten")

    def test_the_same_revision_is_stored_again(self):
        bookmarks().set_if_newer("a", b"one", revision=1, seconds=60)
        assert bookmarks().set_if_newer("a", b"one, rebuilt", revision=1, seconds=60) is True
        assert bookmarks().read_bookmark("a") == (1, b"one, rebuilt")

    def test_an_empty_payload_is_a_payload(self):
        bookmarks().set_if_newer("a", b"", revision=0, seconds=60)
        assert bookmarks().read_bookmark("a") == (0, b"")

    def test_it_is_gone_after_its_time(self):
        bookmarks().set_if_newer("a", b"one", revision=1, seconds=1)
        time.sleep(2.1)  # the embedded table counts whole seconds
        assert bookmarks().read_bookmark("a") is None
        assert bookmarks().set_if_newer("a", b"zero", revision=0, seconds=60) is True


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("kind", ["configured", "embedded"])
def test_a_bookmark_never_goes_backwards(request, kind):
    """Writers put 200 revisions in any order, while a reader watches."""
    if kind == "embedded":
        request.getfixturevalue("embedded_settings")
    revisions = random.sample(range(200), 200)
    seen: list[tuple[int, bytes] | None] = []

    def write_or_watch(number):
        if number == 0:
            seen.extend(bookmarks().read_bookmark("a") for _ in range(200))
        for revision in revisions[number::8]:
            bookmarks().set_if_newer("a", str(revision).encode(), revision=revision, seconds=60)

    in_threads(8, write_or_watch)
    read = [found for found in seen if found]
    assert read == sorted(read)
    assert all(payload == str(revision).encode() for revision, payload in read)
    assert bookmarks().read_bookmark("a") == (199, b"199")


@pytest.mark.django_db(transaction=True)
@pytest.mark.usefixtures("embedded_settings")
def test_the_watcher_would_see_a_bookmark_go_backwards():
    """Stored without comparing, the newest revision is not the one that stays; else the test above would say nothing."""
    for revision in (199, 3):
        cache.set("a", b"%d:%d" % (revision, revision), 60)
    assert bookmarks().read_bookmark("a") == (3, b"3")


@pytest.mark.django_db
@pytest.mark.usefixtures("embedded_settings")
class TestTheEmbeddedTable:
    def test_counting_up_keeps_the_time_it_is_gone_at(self):
        with time_machine.travel("2026-03-01T12:00:00+00:00", tick=False) as clock:
            cache.add("count", 1, timeout=60)
            clock.shift(50)
            assert cache.incr("count") == 2
            clock.shift(11)
            assert cache.get("count") is None

    def test_counting_what_is_not_there_is_an_error(self):
        with pytest.raises(ValueError, match="not found"):
            cache.incr("nothing")

    def test_adding_what_is_there_changes_nothing(self):
        assert cache.add("a", 1) is True
        assert cache.add("a", 2) is False
        assert cache.get("a") == 1


@pytest.mark.django_db(transaction=True)
@pytest.mark.usefixtures("embedded_settings")
def test_fifty_threads_count_to_fifty():
    cache.add("count", 0, 60)
    in_threads(50, lambda _: cache.incr("count"))
    assert cache.get("count") == 50


@pytest.mark.django_db(transaction=True)
@pytest.mark.usefixtures("embedded_settings")
def test_one_of_fifty_threads_adds():
    added = []
    in_threads(50, lambda number: added.append(cache.add("first", number, 60)))
    assert sorted(added) == [False] * 49 + [True]


class TestFuse:
    @staticmethod
    def fail():
        raise RedisConnectionError("away")

    def test_it_passes_on_what_the_call_returns(self):
        assert Fuse().run(lambda: 7, otherwise=0) == 7

    @pytest.mark.parametrize("error", [RedisConnectionError("x"), OSError("x"), DatabaseError("x")])
    def test_a_cache_that_fails_is_no_error(self, error):
        def fail():
            raise error

        assert Fuse().run(fail, otherwise="otherwise") == "otherwise"

    def test_a_mistake_of_ours_is_an_error(self):
        with pytest.raises(ZeroDivisionError):
            Fuse().run(lambda: 1 // 0, otherwise=0)

    def test_after_three_failures_in_a_row_the_cache_is_left_alone(self):
        fuse, calls = Fuse(failures=3, seconds=60), []

        def fail():
            calls.append(1)
            self.fail()

        for _ in range(10):
            fuse.run(fail, otherwise=None)
        assert (len(calls), fuse.is_blown) == (3, True)

    def test_a_success_between_starts_the_count_again(self):
        fuse = Fuse(failures=2)
        for call in (self.fail, lambda: 1, self.fail):
            fuse.run(call, otherwise=None)
        assert fuse.is_blown is False

    def test_it_tries_again_after_a_while(self):
        fuse = Fuse(failures=1, seconds=0.05)
        fuse.run(self.fail, otherwise=None)
        assert fuse.run(lambda: 7, otherwise=0) == 0
        time.sleep(0.06)
        assert fuse.run(lambda: 7, otherwise=0) == 7

    def test_it_can_be_put_back_in(self):
        fuse = Fuse(failures=1, seconds=60)
        fuse.run(self.fail, otherwise=None)
        fuse.reset()
        assert fuse.run(lambda: 7, otherwise=0) == 7


def test_a_redis_that_is_away_costs_its_timeout_three_times_and_no_more(redis_settings):
    redis_settings(CLOSED_PORT)
    fuse = Fuse()
    began = time.monotonic()
    for _ in range(100):
        assert fuse.run(lambda: bookmarks().read_bookmark("a"), otherwise=None) is None
    assert time.monotonic() - began < 1
    assert fuse.is_blown
