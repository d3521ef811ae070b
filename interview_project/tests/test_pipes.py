import os
import secrets
import subprocess
import sys

import pytest
from django.conf import settings

LONG = """
import sys
from interview_project.pipes import unheard_output
with unheard_output():
    for number in range({count}):
        print("a line of some length", number)
    print("the work is done", file=sys.stderr)
"""


@pytest.fixture
def unread(bare_environment):
    """Run a process whose standard output nobody reads any more; its exit code and what it says of it."""

    def run(*arguments):
        reading, writing = os.pipe()
        os.close(reading)
        try:
            done = subprocess.run(
                [sys.executable, *arguments],
                env=bare_environment | {"SECRET_KEY": secrets.token_urlsafe(50), "DATABASE_URL": "sqlite://:memory:"},
                cwd=settings.BASE_DIR,
                stdout=writing,
                stderr=subprocess.PIPE,
                text=True,
                timeout=60,
                check=False,
            )
        finally:
            os.close(writing)
        return done.returncode, done.stderr

    return run


@pytest.mark.parametrize("count", [1, 10_000])
def test_the_work_goes_on_when_the_reader_has_gone(unread, count):
    assert unread("-c", LONG.format(count=count)) == (0, "the work is done\n")


@pytest.mark.parametrize("command", [["version"], ["diffsettings", "--all"]])
def test_a_command_ends_in_no_traceback(unread, command):
    code, said = unread("manage.py", *command)
    assert (code, "Traceback" in said, "BrokenPipe" in said) == (0, False, False)
