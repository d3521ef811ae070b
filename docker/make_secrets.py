"""Makes the stack's secrets once and keeps them in a volume, so that `docker compose up` needs no preparation.

Runs as root before everything else; the files belong to the user the app runs as, and nobody else may read them. What is
there stays: the database keeps the password it was made with, whatever the environment says later.
"""  # noqa: INP001 - a script

import os
import secrets
from pathlib import Path
from urllib.parse import quote

APP_USER = 10001
FOLDER = Path(os.environ.get("SECRETS_FOLDER", "/run/parley"))


def main() -> None:
    if not (FOLDER / "secret_key").exists():
        write("secret_key", secrets.token_urlsafe(64))
    # The URL is written last: where it exists, the password beside it is the one the database was made with.
    if not (FOLDER / "database_url").exists():
        password = os.environ.get("POSTGRES_PASSWORD", "").strip() or secrets.token_urlsafe(32)
        write("postgres_password", password)
        write("database_url", f"postgres://parley:{quote(password, safe='')}@db:5432/parley")


def write(name: str, content: str) -> None:
    """All of it or nothing: a half-written secret would be used for good."""
    draft = FOLDER / f".{name}"
    draft.unlink(missing_ok=True)
    with open(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o400), "w", encoding="utf-8") as file:  # noqa: PTH123
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
        if os.geteuid() == 0:
            os.fchown(file.fileno(), APP_USER, APP_USER)
    draft.rename(FOLDER / name)


if __name__ == "__main__":
    main()
