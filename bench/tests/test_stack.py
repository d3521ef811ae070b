"""The servers a rehearsal stands on have production's settings."""

from __future__ import annotations

from bench.stack import production_options


def test_postgresql_runs_as_in_compose():
    options = production_options("db")
    assert [options[name] for name in ("fsync", "synchronous_commit", "full_page_writes")] == ["on", "on", "on"]


def test_redis_runs_as_in_compose():
    options = production_options("redis")
    assert (options["appendonly"], options["maxmemory-policy"]) == ("yes", "volatile-lru")
