"""An invitation's window as a calendar entry (RFC 5545), in UTC: every calendar shows it in its owner's own zone."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from email.utils import parseaddr
from urllib.parse import urlsplit

from django.conf import settings
from django.utils.translation import gettext

from candidates.domain.windows import window_of
from candidates.models import Invitation

LINE = 75
REMIND_BEFORE = "-P1D"
PUBLISH, CANCEL = "PUBLISH", "CANCEL"
CONTROLS = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u2028\u2029]")
UNQUOTABLE = re.compile(f'["\t\n\r]|{CONTROLS.pattern}')


def entry_of(invitation: Invitation, *, link: str, now: datetime) -> str:
    """``""`` where there is no last moment to be kept in mind. Sent again, it takes the place of what was sent before."""
    opens, closes = window_of(invitation.assessment, invitation)
    if closes is None:
        return ""
    title = invitation.assessment.title
    return _file(
        PUBLISH,
        *_event(invitation, opens, closes, now=now, step=0),
        "STATUS:CONFIRMED",
        f"DESCRIPTION:{_text(gettext('At any time until then, by your link: %(link)s') % {'link': link})}",
        f"URL:{link}",
        "TRANSP:TRANSPARENT",
        "BEGIN:VALARM",
        "ACTION:DISPLAY",
        f"TRIGGER;RELATED=END:{REMIND_BEFORE}",
        f"DESCRIPTION:{_text(title)}",
        "END:VALARM",
    )


def cancellation_of(invitation: Invitation, *, now: datetime) -> str:
    """Takes the entry out of the calendar again; ``""`` where there is none to be taken out."""
    opens, closes = window_of(invitation.assessment, invitation)
    if closes is None:
        return ""
    return _file(CANCEL, *_event(invitation, opens, closes, now=now, step=1), "STATUS:CANCELLED")


def _event(
    invitation: Invitation, opens: datetime | None, closes: datetime, *, now: datetime, step: int
) -> Iterator[str]:
    """Which it is, and when. Two steps a second: what ends it comes after what was said in the same second."""
    age = int(now.timestamp()) - int(invitation.created_at.timestamp())
    starts = opens if opens is not None and opens < closes else closes - timedelta(hours=1)
    yield f"UID:{invitation.pk}@{urlsplit(settings.PUBLIC_URL).hostname}"
    yield f"SEQUENCE:{2 * age + step}"
    yield from _organizer(invitation)
    yield f"DTSTAMP:{_utc(now)}"
    yield f"DTSTART:{_utc(starts)}"
    yield f"DTEND:{_utc(closes)}"
    yield f"SUMMARY:{_text(gettext('“%(title)s” can be taken') % {'title': invitation.assessment.title})}"


def _organizer(invitation: Invitation) -> Iterator[str]:
    """RFC 5546 wants one in both, and programs match them by it: whoever sends the mails."""
    _, address = parseaddr(settings.DEFAULT_FROM_EMAIL)
    name = UNQUOTABLE.sub(" ", invitation.assessment.organisation).strip()
    if address:
        yield f'ORGANIZER;CN="{name}":mailto:{address}' if name else f"ORGANIZER:mailto:{address}"


def _file(method: str, *event: str) -> str:
    head = ("BEGIN:VCALENDAR", "VERSION:2.0", "PRODID:-//Parley//Invitations//EN", f"METHOD:{method}")
    lines = (*head, "BEGIN:VEVENT", *event, "END:VEVENT", "END:VCALENDAR")
    return "".join(f"{_folded(line)}\r\n" for line in lines)


def _utc(at: datetime) -> str:
    return f"{at.astimezone(UTC):%Y%m%dT%H%M%SZ}"


def _text(words: str) -> str:
    """The standard knows one end of a line, some programs know more; and no control may stand in a text."""
    escaped = CONTROLS.sub(" ", words).replace("\\", "\\\\").replace(";", "\\;").replace(",", "\\,")
    return escaped.replace("\r\n", "\\n").replace("\n", "\\n").replace("\r", "\\n")


def _folded(line: str) -> str:
    """At most 75 octets a line, and no character cut in two."""
    parts, rest = list[str](), line
    while rest:
        size = LINE if not parts else LINE - 1
        part = rest.encode()[:size].decode(errors="ignore")
        parts.append(part)
        rest = rest[len(part) :]
    return "\r\n ".join(parts)
