"""From which device an attempt is written: one at a time, so that nobody writes in two places without knowing.

This keeps candidates from getting in their own way; it keeps nobody out, for that is what the pass does. Whoever has
a pass may take the attempt over, after being told.
"""

from __future__ import annotations

import base64
import re
import secrets
from datetime import datetime
from uuid import UUID

from django.utils.crypto import salted_hmac
from django.utils.translation import gettext as _

from candidates.domain import clock
from candidates.domain.passes import Pass
from candidates.domain.responses import AttemptClosed, lock_attempt
from candidates.enums import EventKind
from candidates.models import Attempt, Event

BROWSERS = (  # the more particular first: nearly everybody also says "Chrome" and "Safari"
    ("Edge", r"\bEdg(e|A|iOS)?/"),
    ("Opera", r"\bOPR/"),
    ("Samsung Internet", r"\bSamsungBrowser/"),
    ("Firefox", r"\b(Firefox|FxiOS)/"),
    ("Chrome", r"\b(Chrome|CriOS|Chromium|HeadlessChrome)/"),
    ("Safari", r"\bSafari/"),
)
SYSTEMS = (
    ("Android", r"\bAndroid\b"),
    ("iPhone", r"\biPhone\b"),
    ("iPad", r"\biPad\b"),
    ("Windows", r"\bWindows\b"),
    ("ChromeOS", r"\bCrOS\b"),
    ("macOS", r"\bMac OS X\b"),
    ("Linux", r"\bLinux\b"),
)
HOLDING = (EventKind.STARTED, EventKind.MOVED)


def new_cookie() -> str:
    return secrets.token_hex(16)


def device_of(cookie: str, attempt: Attempt) -> str:
    """The browser's name within one attempt: two attempts of one browser cannot be told to be of one."""
    return salted_hmac("parley.device", f"{attempt.pk}:{cookie}", algorithm="sha256").hexdigest()[:16]


def drafts_key(attempt_id: UUID) -> str:
    """The key under which a browser keeps unsent text: 256 bits, in base64. Who cannot open the attempt cannot read it."""
    return base64.b64encode(salted_hmac("parley.drafts", str(attempt_id), algorithm="sha256").digest()).decode()


def words_of(user_agent: str) -> str:
    """ "Firefox · Android", or as much of it as can be told; never the whole header. Kept, so it is of no language."""
    browser = next((name for name, pattern in BROWSERS if re.search(pattern, user_agent)), "")
    system = next((name for name, pattern in SYSTEMS if re.search(pattern, user_agent)), "")
    return " · ".join(filter(None, (browser, system)))


def facts(holder: Pass, words: str) -> dict[str, str]:
    """What an event remembers of a device."""
    return {"device": holder.device, "words": words}


def take_over(holder: Pass, *, words: str = "") -> Attempt:
    """From now on the attempt is written from the holder's device. Again it changes nothing.

    Raises ``Attempt.DoesNotExist``, :class:`AttemptClosed`.
    """
    with clock.judged_transaction():
        attempt = lock_attempt(holder)
        if not attempt.accepts_saves(at=attempt.arrived_at):
            raise AttemptClosed
        if attempt.device == holder.device:
            return attempt
        attempt.device, attempt.is_elsewhere = holder.device, False
        attempt.save(update_fields=["device"])
        Event.objects.create(attempt=attempt, kind=EventKind.MOVED, at=attempt.arrived_at, detail=facts(holder, words))
    return attempt


def last_move(attempt: Attempt, *, before: datetime | None = None) -> Event | None:
    """The event by which the device came that had the attempt at that moment, or has it now."""
    events = attempt.events.filter(kind__in=HOLDING).order_by("-at", "-id")
    return (events.filter(at__lte=before) if before else events).first()


def words_at(attempt: Attempt, moment: datetime | None, *, for_holder: Pass) -> str:
    """From where something was saved, for a candidate who looks at it from ``for_holder``'s device."""
    event = last_move(attempt, before=moment) if moment else None
    if event is None or not event.detail.get("device"):
        return ""
    if event.detail["device"] == for_holder.device:
        return _("this device, in another tab")
    return str(event.detail.get("words") or _("another device"))
