"""Every receipt of an attempt in one signed file, and what can be said of such a file when it comes back.

The files name no text and nothing a text could be guessed from: a save's hash also covers its random key, which is not
in them. So they can be shown to anybody, and checked by anybody on a public page.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from django.db.models import Q
from django.utils.crypto import constant_time_compare
from django.utils.translation import gettext as _

from candidates.domain import clock
from candidates.domain.receipts import canonical, is_genuine, is_signed, signature
from candidates.domain.verification import problems_of
from candidates.enums import EventKind
from candidates.models import Attempt

VERSION = 1
SIGNATURE = "parley-signature: "
PURPOSE = "parley.receipts"
REOPENED = Q(events__kind=EventKind.REOPENED)
CODE = re.compile(r"[0-9A-Fa-f]{4}(?:[\s-]*[0-9A-Fa-f]{4}){2}")
HASH = re.compile(r"\b[0-9a-f]{64}\b")
UUID_WORDS = re.compile(r"\b[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}\b")
MAX_LENGTH = 4_000_000


@dataclass(frozen=True)
class Checked:
    """``is_genuine``: this server signed it, and nothing in it was changed since."""

    is_genuine: bool
    attempt_id: UUID | None = None
    issued_at: datetime | None = None
    closed_at: datetime | None = None
    saves: int = 0
    is_erased: bool = False
    disagreements: list[str] = field(default_factory=list)
    """Where the record no longer says what the receipt says."""
    reopened_at: datetime | None = None
    """It was the last word until then."""
    is_undecided: bool = False
    """It is the receipt the record has, and none of the keys there are now made it."""


# ---- Made ----


def document_of(attempt: Attempt) -> dict[str, Any]:
    events = attempt.response_events.select_related("attempt_question").order_by("sequence")
    return {
        "parley_receipts": VERSION,
        "attempt": str(attempt.pk),
        "assessment": attempt.assessment.title,
        "issued_at": _moment(clock.now()),
        "status": attempt.status,
        "closed_at": _moment(attempt.closed_at),
        "submit_receipt": attempt.submit_receipt,
        "saves": [
            {
                "question": event.attempt_question.number,
                "revision": event.revision,
                "kind": event.kind,
                "received_at": _moment(event.received_at),
                "receipt": event.chain_hash,
            }
            for event in events
        ],
    }


def _moment(at: datetime | None) -> str:
    return at.astimezone(UTC).isoformat(timespec="microseconds").replace("+00:00", "Z") if at else ""


def as_json(document: dict[str, Any]) -> str:
    signed = {**document, "signature": signature(PURPOSE, canonical(document))}
    return json.dumps(signed, indent=1, ensure_ascii=False) + "\n"


def as_text(document: dict[str, Any]) -> str:
    """To be read by people; the signature is over these very lines."""
    lines = [
        _("Receipts of Parley"),
        "",
        f"{_('Assessment')}: {' '.join(document['assessment'].split())}",
        f"{_('Attempt')}: {document['attempt']}",
        f"{_('Issued')}: {document['issued_at']}",
    ]
    if document["closed_at"]:
        lines += [f"{_('Closed')}: {document['closed_at']}", f"{_('Receipt')}: {document['submit_receipt']}"]
    lines += ["", _("Every save, in order: question, revision, time, kind, receipt"), ""]
    lines += [
        f"{save['question']:>3} {save['revision']:>4}  {save['received_at']}  {save['kind']:<9}  {save['receipt']}"
        for save in document["saves"]
    ]
    body = "\n".join(lines)
    return f"{body}\n\n{SIGNATURE}{signature(PURPOSE, _plain(body))}\n"


def _plain(text: str) -> str:
    """As pasting, mailing and editors leave it: ends of lines and blanks there say nothing."""
    return "\n".join(line.rstrip() for line in text.strip().splitlines())


# ---- Checked ----


def check(text: str) -> Checked:
    """What can be said of a file, a submit receipt or its code, whoever shows it. Reveals nothing that is not in it."""
    text = text.strip().removeprefix("\ufeff")
    if CODE.fullmatch(text) or HASH.fullmatch(text.lower()):
        return _check_submit_receipt(re.sub(r"[\s-]", "", text.lower()))
    facts = _from_json(text) if text.startswith("{") else _from_text(text)
    if facts is None:
        return Checked(is_genuine=False)
    attempt_id, issued_at, closed_at, hashes, submit_receipt = facts
    attempt = Attempt.objects.filter(pk=attempt_id).first()
    said = Checked(True, attempt_id, issued_at, closed_at, saves=len(hashes), is_erased=attempt is None)
    return _compared(said, attempt, hashes, submit_receipt) if attempt else said


Facts = tuple[UUID, datetime | None, datetime | None, list[str], str]


def _from_json(text: str) -> Facts | None:
    """``None`` unless this server signed exactly this."""
    try:
        document = json.loads(text)
        found = str(document.pop("signature", ""))
        if not is_signed(found, PURPOSE, canonical(document)):
            return None
        hashes = [save["receipt"] for save in document["saves"]]
        moments = (_read(document[name]) for name in ("issued_at", "closed_at"))
        return UUID(document["attempt"]), *moments, hashes, document["submit_receipt"]
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
        return None


def _from_text(text: str) -> Facts | None:
    body, found, signed = _plain(text).rpartition(SIGNATURE)
    if not found or not is_signed(signed.strip(), PURPOSE, _plain(body)):
        return None
    head, _blank, rest = _plain(body).partition("\n\n")[2].partition("\n\n")
    issued, *closed = re.findall(r"\d{4}-\d\d-\d\dT[\d:.]+Z", head)
    submit_receipt = HASH.findall(head)
    attempt_id = UUID(UUID_WORDS.findall(head)[-1])  # a title may look like one; it comes first
    return (
        attempt_id,
        _read(issued),
        _read(closed[0]) if closed else None,
        HASH.findall(rest),
        "".join(submit_receipt[-1:]),
    )


def _read(moment: str) -> datetime | None:
    return datetime.fromisoformat(moment) if moment else None


def _check_submit_receipt(begins: str) -> Checked:
    """In full, or the twelve digits of its code: the receipt an attempt has now, or had before it was reopened."""
    found = list(Attempt.objects.filter(submit_receipt__startswith=begins)[:2])
    if not found:
        found = list(Attempt.objects.filter(REOPENED, events__detail__receipt__startswith=begins).distinct()[:2])
    if len(found) != 1:
        return Checked(is_genuine=False)
    attempt = found[0]
    kept = [attempt.submit_receipt, *_earlier_receipts(attempt)]
    receipt = next(one for one in kept if one.startswith(begins))
    closed_at = attempt.closed_at if constant_time_compare(receipt, attempt.submit_receipt) else None
    return _compared(Checked(True, attempt.pk, closed_at=closed_at), attempt, [], receipt)


def _earlier_receipts(attempt: Attempt) -> dict[str, datetime]:
    """With the moment each ceased to be the last word, since staff let the candidate go on."""
    events = attempt.events.filter(kind=EventKind.REOPENED).order_by("at", "pk")
    return {event.detail["receipt"]: event.at for event in events if event.detail.get("receipt")}


def _reopened_at(attempt: Attempt, submit_receipt: str, closed_at: datetime | None) -> datetime | None:
    """When what this receipt was made from was opened again, unless it came to the same once more."""
    if not submit_receipt or constant_time_compare(attempt.submit_receipt, submit_receipt):
        return None
    if moment := _earlier_receipts(attempt).get(submit_receipt):
        return moment
    # Reopenings of old kept no receipt. The file is signed, so its word on when it was closed is enough.
    later = attempt.events.filter(kind=EventKind.REOPENED, detail__receipt__isnull=True).order_by("at")
    return later.filter(at__gte=closed_at).values_list("at", flat=True).first() if closed_at else None


def _compared(said: Checked, attempt: Attempt, hashes: list[str], submit_receipt: str) -> Checked:
    """Does the record still say it?"""
    reopened_at = _reopened_at(attempt, submit_receipt, said.closed_at)
    held = set(attempt.response_events.values_list("chain_hash", flat=True))
    missing = sum(one not in held for one in hashes)
    found = [_("%(count)s of the saves it lists are no longer in the record.") % {"count": missing}] if missing else []
    is_changed = any(problems_of(attempt, with_receipt=False))
    is_undecided = False
    if submit_receipt and not reopened_at:
        is_same = constant_time_compare(attempt.submit_receipt, submit_receipt)
        rows = attempt.questions.values_list("number", "response__revision", "response__value")
        fits = is_same and is_genuine(submit_receipt, attempt.pk, rows)
        # Every chain is in order, and still the signature does not fit: then it is more likely the key that is another.
        is_undecided = is_same and not fits and not is_changed
        if not fits and not is_undecided:
            found.append(_("The final answers in the record are not those it was made from."))
    if not found and is_changed:
        found.append(_("Something in the record was changed or removed outside of Parley."))
    return replace(said, disagreements=found, reopened_at=reopened_at, is_undecided=is_undecided and not found)
