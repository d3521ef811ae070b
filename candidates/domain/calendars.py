"""An invitation's window as a calendar entry (RFC 5545), in UTC: every calendar shows it in its owner's own zone."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from urllib.parse import urlsplit

from django.conf import settings
from django.utils.translation import gettext

from candidates.domain.windows import window_of
from candidates.models import Invitation

LINE = 75
REMIND_BEFORE = "-P1D"


def entry_of(invitation: Invitation, *, link: str, now: datetime) -> str:
    """``""`` where there is no last moment to be kept in mind."""
    opens, closes = window_of(invitation.assessment, invitation)
    if closes is None:
        return ""
    title = invitation.assessment.title
    starts = opens if opens is not None and opens < closes else closes - timedelta(hours=1)
    lines = [
        "BEGIN:VCALENDAR",
        "VERSION:2.0",
        "PRODID:-//Parley//Invitations//EN",
        "METHOD:PUBLISH",
        "BEGIN:VEVENT",
        f"UID:{invitation.pk}@{urlsplit(settings.PUBLIC_URL).hostname}",
        f"SEQUENCE:{int(now.timestamp()) - int(invitation.created_at.timestamp())}",
        f"DTSTAMP:{_utc(now)}",
        f"DTSTART:{_utc(starts)}",
        f"DTEND:{_utc(closes)}",
        f"SUMMARY:{_text(gettext('“%(title)s” can be taken') % {'title': title})}",
        f"DESCRIPTION:{_text(gettext('At any time until then, by your link: %(link)s') % {'link': link})}",
        f"URL:{link}",
        "TRANSP:TRANSPARENT",
        "BEGIN:VALARM",
        "ACTION:DISPLAY",
        f"TRIGGER;RELATED=END:{REMIND_BEFORE}",
        f"DESCRIPTION:{_text(title)}",
        "END:VALARM",
        "END:VEVENT",
        "END:VCALENDAR",
    ]
    return "".join(f"{_folded(line)}\r\n" for line in lines)


def _utc(at: datetime) -> str:
    return f"{at.astimezone(UTC):%Y%m%dT%H%M%SZ}"


def _text(words: str) -> str:
    """The standard knows one end of a line, some programs know more; and no control may stand in a text."""
    words = re.sub("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u2028\u2029]", " ", words)
    escaped = words.replace("\\", "\\\\").replace(";", "\\;").replace(",", "\\,")
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
