"""An upgrade while candidates write: ``make rehearse-upgrade FROM=v1.2``.

They come in on the code of then and its tables, which is the commit before the newest migration unless FROM names another.
Then the tables become today's, by what the container runs, and the old code goes on serving on them for a third of the time.
Then the code becomes today's, too, as the documentation has it: static files, HUP, and another worker. Nothing
acknowledged may be lost, and no request may end in an error of ours.
"""

from __future__ import annotations

import argparse
import asyncio
import io
import json
import os
import shutil
import subprocess
import sys
import tarfile
import tempfile
from collections.abc import Sequence
from pathlib import Path

from bench import faults, processes
from bench.faults import Fault
from bench.outcome import report
from bench.parts import PartFailed
from bench.plans import Planned
from bench.rehearse import rehearse, say
from bench.stack import ROOT, Stack, running_stack


def git(*arguments: str) -> bytes:
    done = subprocess.run([shutil.which("git") or "git", *arguments], cwd=ROOT, capture_output=True, check=False)
    if done.returncode:
        raise SystemExit(f"git {' '.join(arguments)}: {done.stderr.decode().strip()}")
    return done.stdout


def before_the_newest_migration() -> str:
    newest = git("log", "-1", "--diff-filter=A", "--format=%H", "--", "*/migrations/0*.py").decode().strip()
    return git("rev-parse", "--short", f"{newest}^").decode().strip()


def unpack(commit: str, folder: Path) -> None:
    with tarfile.open(fileobj=io.BytesIO(git("archive", commit))) as archive:
        archive.extractall(folder, filter="data")


class Upgrade:
    """``current`` leads to the code that runs, as a service manager's folder does."""

    def __init__(self, current: Path) -> None:
        self.current = current

    def point_to(self, code: Path) -> None:
        beside = self.current.with_name("next")
        beside.symlink_to(code, target_is_directory=True)
        beside.rename(self.current)

    def new_tables(self, stack: Stack) -> None:
        self.require(stack, self.current.resolve())
        self._run(stack, [str(ROOT / "docker" / "entrypoint.sh"), "migrate", "--verbosity", "0"])

    def new_code(self, stack: Stack) -> None:
        self._run(stack, [sys.executable, "-m", "bench.prepare", "tables"])
        self.point_to(ROOT)
        faults.reload_web(stack)
        self.require(stack, ROOT)
        stack.worker.restart()

    def require(self, stack: Stack, code: Path) -> None:
        """Every process of the web server runs this code: an upgrade to what was there already proves nothing."""
        serving = [process.pid for process in processes.tree(stack.web.pid)][1:]
        if {Path(f"/proc/{pid}/cwd").resolve() for pid in serving} != {code}:
            raise PartFailed(f"The web server does not run {code}.")

    def _run(self, stack: Stack, command: Sequence[str]) -> None:
        env = {**stack.env, "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"}
        done = subprocess.run(command, cwd=ROOT, env=env, capture_output=True, text=True, check=False)
        if done.returncode:
            raise PartFailed(f"{' '.join(command)}\n{done.stderr[-3000:]}")

    def planned(self, seconds: float) -> list[Planned]:
        return [
            Planned(0.25 * seconds, Fault("new tables", self.new_tables, allowed=None)),
            Planned(0.60 * seconds, Fault("new code", self.new_code, allowed=None)),
        ]


def parse() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="make rehearse-upgrade", description=__doc__)
    parser.add_argument("--from", dest="commit", metavar="COMMIT", help="What runs at first.")
    parser.add_argument("--candidates", type=int, default=60, metavar="N")
    parser.add_argument("--seconds", type=float, default=60)
    parser.add_argument("--think", type=float, default=4.0, help="Seconds a candidate thinks, on average (default 4).")
    asked = parser.parse_args()
    asked.commit = asked.commit or before_the_newest_migration()
    asked.seed, asked.guard, asked.disk = 1, "", None
    return asked


def main() -> int:
    asked = parse()
    with tempfile.TemporaryDirectory(prefix="parley-upgrade-") as folder:
        old, upgrade = Path(folder) / "old", Upgrade(Path(folder) / "current")
        unpack(asked.commit, old)
        upgrade.point_to(old)
        say(f"Starting PostgreSQL, Redis, and the web server and worker of {asked.commit} …")
        with running_stack(root=upgrade.current) as stack:
            interview = stack.prepare("interview", "--candidates", str(asked.candidates))
            run = asyncio.run(rehearse(stack, interview, asked, planned=upgrade.planned(asked.seconds)))
    result = {**run.as_json(), "from": asked.commit}
    print(report(result))
    print(json.dumps(result, ensure_ascii=False))
    return 0 if result["verdict"] == "GO" else 1


if __name__ == "__main__":
    sys.exit(main())
