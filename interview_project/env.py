"""Strict readers for the environment: a value that cannot be meant stops the boot, with its name and the accepted form."""

from __future__ import annotations

import datetime
import os
import re
import secrets
import time
from collections.abc import Mapping
from decimal import Decimal
from pathlib import Path
from urllib.parse import urlsplit

from django.core.exceptions import ImproperlyConfigured

TRUE, FALSE = frozenset({"1", "true", "yes", "on"}), frozenset({"0", "false", "no", "off"})


class Env:
    def __init__(self, values: Mapping[str, str] = os.environ) -> None:
        self._values = values

    def text(self, name: str, default: str = "") -> str:
        return self._values.get(name, "").strip() or default

    def secret(self, name: str, default: str = "") -> str:
        """The value itself, or the content of the file that ``NAME_FILE`` points to (Docker and systemd hand secrets so)."""
        if (path := self.text(f"{name}_FILE")) and not self.text(name):
            try:
                return Path(path).read_text(encoding="utf-8").strip()
            except (OSError, UnicodeDecodeError) as error:
                raise ImproperlyConfigured(f"{name}_FILE names {path}, which cannot be read: {error}") from error
        return self.text(name, default)

    def flag(self, name: str, *, default: bool) -> bool:
        value = self.text(name).lower()
        if not value:
            return default
        if value in TRUE | FALSE:
            return value in TRUE
        raise ImproperlyConfigured(f"{name} is {value!r}; it must be 1 or 0 (true/false, yes/no, on/off).")

    def number(self, name: str, default: int, *, at_least: int = 0) -> int:
        value = self.text(name, str(default))
        if not value.isascii() or not value.isdigit() or int(value) < at_least:
            raise ImproperlyConfigured(f"{name} is {value!r}; it must be a whole number, {at_least} or more.")
        return int(value)

    def amount(self, name: str, default: str) -> Decimal:
        """Of money: 12, 0.30."""
        value = self.text(name, default)
        if not re.fullmatch(r"[0-9]{1,9}(\.[0-9]{1,6})?", value):
            raise ImproperlyConfigured(f"{name} is {value!r}; it must be an amount such as 5 or 0.30.")
        return Decimal(value)

    def hour(self, name: str, default: str) -> datetime.time:
        """Of the day: 02:30."""
        value = self.text(name, default)
        if not re.fullmatch(r"([01][0-9]|2[0-3]):[0-5][0-9]", value):
            raise ImproperlyConfigured(f"{name} is {value!r}; it must be a time of day such as 02:30.")
        return datetime.time.fromisoformat(value)

    def words(self, name: str, default: tuple[str, ...] = ()) -> list[str]:
        """Separated by commas."""
        return [word.strip() for word in self.text(name).split(",") if word.strip()] or list(default)

    def secret_words(self, name: str) -> list[str]:
        """Separated by commas, blanks or ends of lines; or from the file that ``NAME_FILE`` points to."""
        return self.secret(name).replace(",", " ").split()

    def choice(self, name: str, options: tuple[str, ...], default: str) -> str:
        value = self.text(name, default)
        if value not in options:
            raise ImproperlyConfigured(f"{name} is {value!r}; it must be one of {', '.join(options)}.")
        return value

    def url(self, name: str, default: str = "", *, schemes: tuple[str, ...]) -> str:
        value = self.secret(name, default)
        scheme = urlsplit(value).scheme
        if value and scheme not in schemes:
            # The value itself may hold a password, so only its scheme is named.
            begins = f"begins with {scheme!r}" if scheme else "has no scheme"
            raise ImproperlyConfigured(f"{name} {begins}; it must be a URL of {', '.join(schemes)}.")
        return value


def local_secret(path: Path) -> str:
    """A random key kept in a file of this checkout, for trying things out: made once, readable by its owner alone."""
    path.parent.mkdir(parents=True, exist_ok=True)
    try:
        file = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        os.write(file, secrets.token_urlsafe(50).encode())
        os.close(file)
    except FileExistsError:
        pass  # made by an earlier run, or by another process just now
    for _ in range(50):
        if key := path.read_text(encoding="ascii"):
            return key
        time.sleep(0.02)  # the other process has created the file and not yet written it
    raise ImproperlyConfigured(f"{path} is empty. Remove it, and the next start makes a new key.")
