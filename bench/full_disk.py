"""A rehearsal in which PostgreSQL's disk is full, again and again: ``make rehearse-full-disk``.

The disk is a small volume in memory that only this rehearsal sees, in a mount namespace of its own. That takes no rights
where Linux lets everybody have a user namespace; where it does not, run it as root. Arguments go to :mod:`bench.rehearse`.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from pathlib import Path

MEBIBYTES = 192
BUSY = ("--candidates", "40", "--seconds", "60", "--think", "1")
"""Many small saves, so that somebody needs room while there is none. Later arguments win."""
# $1 the folder, $2 the size; what follows is run with the volume in place.
MOUNT = 'mount -t tmpfs -o size="$2"m,mode=0755 none "$1" && shift 2 && exec "$@"'


def in_a_namespace(folder: Path, command: list[str]) -> list[str]:
    """The servers run as who they always run as: inside a user's own namespace that is the user again, not its root."""
    mounted = ["sh", "-c", MOUNT, "sh", str(folder), str(MEBIBYTES)]
    if os.geteuid() == 0:
        return ["unshare", "--mount", *mounted, *command]
    itself = ["unshare", "--user", f"--map-user={os.getuid()}", f"--map-group={os.getgid()}"]
    return ["unshare", "--user", "--map-root-user", "--mount", *mounted, *itself, *command]


def main() -> int:
    with tempfile.TemporaryDirectory(prefix="parley-disk-") as folder:
        Path(folder).chmod(0o711)
        rehearsal = [sys.executable, "-m", "bench.rehearse", "--disk", folder, *BUSY, *sys.argv[1:]]
        return subprocess.run(in_a_namespace(Path(folder), rehearsal), check=False).returncode


if __name__ == "__main__":
    sys.exit(main())
