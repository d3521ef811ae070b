from __future__ import annotations

import os
import secrets
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from pathlib import Path
from typing import Any

from django.conf import settings
from django.contrib.auth import get_user_model
from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError

from assessments.domain import open_questions, samples
from assessments.models import Assessment, Question, QuestionBank
from candidates.domain import invitations
from candidates.domain.links import invitation_link

ADMIN = "admin"
DEMO_CANDIDATE = "candidate@parley.example"
HOST = "127.0.0.1"
PATIENCE_SECONDS = 60


class Command(BaseCommand):
    help = (
        "Run Parley on this machine with demo data: database, web server, worker. Ctrl-C stops everything it started."
    )

    def handle(self, *args: Any, **options: Any) -> None:
        require_free_port(settings.PORT)
        password = self.prepare()
        processes = [start_web(), start_worker()]
        signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
        try:
            wait_until_up(processes[0])
            self.announce(password)
            watch(processes)
        except KeyboardInterrupt:
            self.stdout.write("\nStopping. All data is kept; `make run` goes on with it.")
        finally:
            stop(processes)

    def prepare(self) -> str:
        """Everything that must be there before the server starts; nothing that is there already is touched."""
        call_command("migrate", interactive=False, verbosity=0)
        is_first_run = not QuestionBank.objects.filter(name=samples.BANK).exists()
        for source, file in samples.SAMPLE_FILES.items():
            if not Question.objects.filter(bank__name=samples.BANK, source=source).exists():
                call_command("import_questions", str(file), bank=samples.BANK, source=source, status="approved")
        if is_first_run:  # so that /docs has something to show; whoever closes it later finds it closed
            open_questions.set_open(QuestionBank.objects.get(name=samples.BANK), is_open=True)
        samples.publish_demo_assessments()
        return ensure_admin()

    def announce(self, password: str) -> None:
        root = settings.PUBLIC_URL
        assessment = Assessment.objects.published().get(slug=samples.BY_INVITATION)
        invited = invitations.invite(assessment, email=DEMO_CANDIDATE, name="Sam Candidate")
        database = "PostgreSQL" if "postgres" in settings.DATABASE_URL else "SQLite (embedded)"
        cache = "Redis" if settings.REDIS_URL else "embedded table"
        ai = "on" if settings.GEMINI_API_KEY else "off: set GEMINI_API_KEY to turn it on"
        lines = (
            "",
            "Parley is running.",
            f"  Candidates   {root}/",
            f"  Invitation   {invitation_link(invited.token)}",
            f"  Admin        {root}/admin/   user {ADMIN}   password {password}",
            f"  API          {root}/docs",
            f"  Stored in    {database}; cache: {cache}; AI: {ai}",
            "  Ctrl-C stops everything.",
            "",
        )
        self.stdout.write("\n".join(lines))
        self.stdout.flush()


def require_free_port(port: int) -> None:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((HOST, port))
        except OSError as error:
            raise CommandError(
                f"Port {port} is taken, perhaps by another Parley. Stop that, or choose another: PORT={port + 1} make run"
            ) from error


def ensure_admin() -> str:
    """The admin's password: made at the first run and kept in a file that only its owner can read."""
    file = Path(settings.BASE_DIR) / "var" / "admin-password"
    users = get_user_model().objects
    admin = users.filter(username=ADMIN).first()
    if admin is None:
        password = secrets.token_urlsafe(12)
        file.parent.mkdir(parents=True, exist_ok=True)
        file.touch(mode=0o600)
        file.write_text(password, encoding="ascii")
        users.create_superuser(ADMIN, "admin@parley.example", password)
        return password
    known = file.read_text(encoding="ascii").strip() if file.exists() else ""
    return known if known and admin.check_password(known) else "(as you have set it)"


def start_web() -> subprocess.Popen[bytes]:
    config = Path(settings.BASE_DIR) / "docker" / "gunicorn.conf.py"
    command = [sys.executable, "-m", "gunicorn", "--config", str(config), "interview_project.wsgi"]
    return subprocess.Popen(
        command, cwd=settings.BASE_DIR, env={**os.environ, "HOST": HOST, "PORT": str(settings.PORT)}
    )


def start_worker() -> subprocess.Popen[bytes]:
    command = [sys.executable, "manage.py", "run_worker", "--verbosity", "0"]
    return subprocess.Popen(command, cwd=settings.BASE_DIR)


def wait_until_up(web: subprocess.Popen[bytes]) -> None:
    give_up_at = time.monotonic() + PATIENCE_SECONDS
    while time.monotonic() < give_up_at:
        if web.poll() is not None:
            raise CommandError("The web server ended at once; its own words are above.")
        try:
            urllib.request.urlopen(f"http://{HOST}:{settings.PORT}/healthz", timeout=2).close()
        except OSError:
            time.sleep(0.2)
        else:
            return
    raise CommandError(f"The web server did not answer within {PATIENCE_SECONDS} seconds.")


def watch(processes: list[subprocess.Popen[bytes]]) -> None:
    while all(process.poll() is None for process in processes):
        time.sleep(0.5)
    raise CommandError("A part of Parley ended by itself; its own words are above. The others are being stopped.")


def stop(processes: list[subprocess.Popen[bytes]]) -> None:
    for process in processes:
        if process.poll() is None:
            process.terminate()
    for process in processes:
        try:
            process.wait(10)
        except subprocess.TimeoutExpired:
            process.kill()
