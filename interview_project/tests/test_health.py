import os
import re
import signal
import time
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace

import pytest
from django.apps import apps
from django.db import OperationalError, connection
from django.db.migrations.recorder import MigrationRecorder
from django.utils import timezone

from interview_project import probes
from interview_project.health import exposition
from interview_project.probes import Asker, Finding, Metric, Probe
from interview_project.tests.conftest import CLOSED_PORT

Task = apps.get_model("django_tasks_database", "DBTaskResult")
pytestmark = pytest.mark.django_db(transaction=True)  # each probe looks from a thread and a connection of its own


def ready(client):
    answer = client.get("/readyz")
    return SimpleNamespace(code=answer.status_code, headers=answer.headers, **answer.json())


def enqueue(*, age, **fields):
    """A task that has waited so long."""
    values = {"args_kwargs": {"args": [], "kwargs": {}}, "task_path": "x.y", "backend_name": "default"}
    no_moment_asked_for = datetime(9999, 1, 1, tzinfo=UTC)
    task = Task.objects.create(**values, **({"run_after": no_moment_asked_for} | fields))
    Task.objects.filter(pk=task.pk).update(enqueued_at=timezone.now() - age)


@pytest.fixture
def slow_database(monkeypatch):
    """Answers nothing until the test is over."""
    ended: list[bool] = []

    def hang():
        while not ended:
            time.sleep(0.01)
        return Finding(is_ok=True, words="at last")

    monkeypatch.setattr(probes, "PROBES", [Probe("database", hang, is_vital=True), *probes.PROBES[3:]])
    yield hang
    ended.append(True)


class TestAlive:
    def test_it_asks_nothing_and_nobody(self, client, redis_settings, django_assert_num_queries):
        redis_settings(CLOSED_PORT)
        with django_assert_num_queries(0):
            answer = client.get("/healthz")
        assert (answer.status_code, answer.text) == (200, "ok\n")
        assert "no-store" in answer["Cache-Control"]

    @pytest.mark.parametrize("path", ["/healthz", "/readyz", "/metrics"])
    def test_machines_only_read(self, client, path):
        assert client.post(path).status_code == 405
        assert client.head(path).status_code == 200

    @pytest.mark.parametrize("path", ["/healthz", "/readyz", "/metrics"])
    def test_probes_come_without_tls(self, client, settings, path):
        settings.SECURE_SSL_REDIRECT = True
        assert client.get(path).status_code == 200
        assert client.get("/").status_code == 301

    @pytest.mark.parametrize("path", ["/healthz", "/readyz", "/metrics"])
    def test_probes_come_by_address(self, client, path):
        assert client.get(path, headers={"Host": "10.1.2.3:8000"}).status_code == 200
        assert client.get("/", headers={"Host": "10.1.2.3:8000"}).status_code == 400


class TestReady:
    def test_all_is_well(self, client):
        found = ready(client)
        assert (found.code, found.status) == (200, "ready")
        assert set(found.checks) == {"database", "migrations", "disk", "cache", "queue"}
        assert all(check["ok"] for check in found.checks.values())
        assert found.checks["queue"]["words"] == "nothing waits"
        assert "no-store" in found.headers["Cache-Control"]

    def test_a_database_that_is_away_makes_it_not_ready(self, client, monkeypatch):
        def away():
            raise OperationalError("connection to server at db.example.org failed for user parley")

        monkeypatch.setattr(probes, "PROBES", [Probe("database", away, is_vital=True), *probes.PROBES[3:]])
        found = ready(client)
        assert (found.code, found.status, found.headers["Retry-After"]) == (503, "not ready", "2")
        assert found.checks["database"] == {"ok": False, "words": "does not answer (OperationalError)"}

    @pytest.mark.usefixtures("slow_database")
    def test_a_database_that_hangs_does_not_hang_it(self, client):
        began = time.monotonic()
        for _ in range(2):
            found = ready(client)
        assert time.monotonic() - began < 2
        assert found.code == 503
        assert found.checks["database"]["words"] == "no answer within 0.8 s"
        assert found.checks["cache"]["ok"] is True

    def test_a_missing_migration_makes_it_not_ready(self, client):
        MigrationRecorder(connection).record_unapplied("sessions", "0001_initial")
        found = ready(client)
        MigrationRecorder(connection).record_applied("sessions", "0001_initial")
        assert (found.code, found.status) == (503, "not ready")
        assert "sessions.0001_initial: run migrate" in found.checks["migrations"]["words"]

    def test_a_cache_that_is_away_stops_no_candidate(self, client, redis_settings):
        redis_settings(CLOSED_PORT)
        found = ready(client)
        assert (found.code, found.status) == (200, "degraded")
        assert found.checks["cache"] == {"ok": False, "words": "does not answer (ConnectionError)"}

    @pytest.mark.needs_redis
    def test_a_redis_that_hangs_and_comes_back(self, client, redis_settings, private_redis):
        redis_settings(private_redis.url)
        os.kill(private_redis.server.pid, signal.SIGSTOP)
        began = time.monotonic()
        assert ready(client).checks["cache"]["ok"] is False
        assert time.monotonic() - began < 1
        os.kill(private_redis.server.pid, signal.SIGCONT)
        assert ready(client).checks["cache"]["ok"] is True

    @pytest.mark.parametrize("was_put_off", [False, True])
    def test_a_task_nobody_takes_is_told(self, client, was_put_off):
        if was_put_off:
            enqueue(age=timedelta(days=2), run_after=timezone.now() - timedelta(minutes=3))
        else:
            enqueue(age=timedelta(minutes=3))
        found = ready(client)
        assert (found.code, found.status) == (200, "degraded")
        assert re.fullmatch(r"1 waiting, the oldest for 18\d s: is a worker running\?", found.checks["queue"]["words"])

    def test_a_task_that_has_just_come_is_no_reason_to_worry(self, client):
        enqueue(age=timedelta(seconds=5))
        enqueue(age=timedelta(hours=5), run_after=timezone.now() + timedelta(hours=1))
        enqueue(age=timedelta(hours=5), status="RUNNING")
        found = ready(client)
        assert (found.code, found.status) == (200, "ready")
        assert found.checks["queue"]["words"].startswith("1 waiting, the oldest for ")

    def test_a_full_disk_makes_the_embedded_database_not_ready(self, monkeypatch, tmp_path):
        (tmp_path / "db").touch()
        embedded = SimpleNamespace(vendor="sqlite", settings_dict={"NAME": str(tmp_path / "db")})
        monkeypatch.setattr(probes, "connection", embedded)
        monkeypatch.setattr("shutil.disk_usage", lambda _: SimpleNamespace(free=10_000_000))
        assert probes.disk() == Finding(is_ok=False, words="0.0 GB free")

    @pytest.mark.needs_postgresql
    def test_a_standby_takes_no_saves(self):
        with connection.execute_wrapper(lambda execute, _, *rest: execute("SELECT true", *rest)):
            assert probes.database() == Finding(is_ok=False, words="is a standby, which takes no saves")


class TestAsker:
    def test_who_asks_again_waits_for_the_same_answer(self):
        asker, asked = Asker(), []

        def slow():
            asked.append(1)
            time.sleep(0.2)
            return "answer"

        assert isinstance(asker.ask({"q": slow}, seconds=0.05)["q"], TimeoutError)
        assert asker.ask({"q": slow}, seconds=5) == {"q": "answer"}
        assert asked == [1]

    def test_an_answer_is_not_kept(self):
        answers = iter("ab")
        asker = Asker()
        assert [asker.ask({"q": lambda: next(answers)})["q"] for _ in range(2)] == ["a", "b"]

    @pytest.mark.filterwarnings("ignore::pytest.PytestUnhandledThreadExceptionWarning")
    def test_a_mistake_of_ours_is_not_waited_for(self):
        began = time.monotonic()
        assert isinstance(Asker().ask({"q": lambda: 1 / 0}, seconds=5)["q"], RuntimeError)
        assert time.monotonic() - began < 1


class TestMetrics:
    @pytest.mark.parametrize("address", ["127.0.0.1", "10.1.2.3", "172.18.0.5", "::1", "fd00::7", "::ffff:192.168.1.2"])
    def test_the_inside_may_ask(self, client, address):
        assert client.get("/metrics", REMOTE_ADDR=address).status_code == 200

    @pytest.mark.parametrize("address", ["8.8.8.8", "2a00:1450::1", "", "::ffff:8.8.8.8"])
    def test_the_outside_may_not(self, client, address):
        answer = client.get("/metrics", REMOTE_ADDR=address)
        assert (answer.status_code, answer.text) == (404, "not found\n")

    @pytest.mark.parametrize("header", ["X-Forwarded-For", "X-Forwarded-Proto", "Forwarded", "X-Real-IP", "Via"])
    @pytest.mark.parametrize("proxies", [0, 1])
    def test_nobody_a_proxy_speaks_for_may(self, client, settings, header, proxies):
        settings.TRUSTED_PROXY_COUNT = proxies
        assert client.get("/metrics", headers={header: "127.0.0.1"}).status_code == 404

    def test_a_token_opens_it_from_everywhere(self, client, settings):
        settings.METRICS_TOKEN = "t0ken-of-prometheus-ä"
        for given, code in ((settings.METRICS_TOKEN, 200), ("another", 404), ("", 404)):
            headers = {"Authorization": f"Bearer {given}", "X-Forwarded-For": "8.8.8.8"}
            assert client.get("/metrics", headers=headers).status_code == code
        settings.METRICS_TOKEN = ""
        assert client.get("/metrics", headers={"Authorization": "Bearer ", "Via": "1"}).status_code == 404

    def test_what_prometheus_reads(self, client):
        enqueue(age=timedelta(seconds=30))
        answer = client.get("/metrics")
        assert answer["Content-Type"] == "text/plain; version=0.0.4; charset=utf-8"
        values = dict(line.rsplit(" ", 1) for line in answer.text.splitlines() if not line.startswith("#"))
        assert values["parley_tasks_waiting"] == "1"
        assert 30 <= float(values["parley_tasks_oldest_seconds"]) < 40
        assert values["parley_attempts_in_progress"] == "0"
        assert values["parley_response_events_total"] == "0"
        assert values["parley_cache_fuse_blown"] == "0"
        assert values["parley_metrics_unread"] == "0"
        assert float(values["process_resident_memory_bytes"]) > 1e7

    def test_what_cannot_be_read_is_left_out_and_counted(self, client, monkeypatch):
        def away():
            raise OperationalError("away")

        monkeypatch.setattr(probes, "GAUGES", [away, lambda: [Metric("parley_here", "Here.", 1)]])
        text = client.get("/metrics").text
        assert "parley_metrics_unread 1" in text
        assert "parley_here 1" in text

    def test_the_format(self):
        samples = [
            Metric("b_total", "Beads.", 3, {"colour": 'r"e\\d\n'}),
            Metric("a", "Apples.", 1_700_000_000.25),
            Metric("b_total", "Beads.", 4, {"colour": "blue"}),
        ]
        assert exposition(samples) == (
            "# HELP a Apples.\n# TYPE a gauge\na 1700000000.25\n"
            "# HELP b_total Beads.\n# TYPE b_total counter\n"
            'b_total{colour="r\\"e\\\\d\\n"} 3\nb_total{colour="blue"} 4\n'
        )
