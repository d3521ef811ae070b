"""A rehearsal: the pages of a real attempt over four questions of our own, of which this server keeps nothing.

What was typed goes back to the browser with every answer, sealed, in a cookie of the rehearsal's pages; with it goes
everything. There is no row, no key in the cache and no line of a log that says what was typed.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from functools import cached_property, lru_cache
from typing import Any, ClassVar
from uuid import UUID, uuid5

from django.core import signing
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import get_language, gettext

from assessments import question_types
from assessments.domain import markup
from assessments.domain.beginnings import beginning_of
from assessments.domain.faces import Face
from candidates.domain.receipts import Receipt, value_hash
from candidates.domain.seat import Seat
from candidates.domain.snapshots import Snapshot, SnapshotQuestion, SnapshotSection
from candidates.enums import AttemptStatus

NOBODY = UUID(int=0)
LENGTH = timedelta(minutes=10)
LIFETIME = timedelta(hours=2)
LARGEST_COOKIE = 3_800
LONGEST_TEXT = 800
_SALT = "parley.rehearsal"


class TooLong(Exception):
    """More was typed than a cookie holds. What was there before is unchanged."""


@dataclass(frozen=True)
class Rehearsal:
    """Values, numbers of saves and moments of the last, by question; as the browser carries them."""

    began_at: datetime
    values: dict[int, Any] = field(default_factory=dict)
    revisions: dict[int, int] = field(default_factory=dict)
    saved_at: dict[int, datetime] = field(default_factory=dict)
    flagged: frozenset[int] = frozenset()

    @property
    def bell(self) -> datetime:
        return self.began_at + LENGTH

    def saved(self, number: int, value: Any, *, at: datetime, toggles_flag: bool = False) -> Rehearsal:
        return replace(
            self,
            values={**self.values, number: value},
            revisions={**self.revisions, number: self.revisions.get(number, 0) + 1},
            saved_at={**self.saved_at, number: at},
            flagged=self.flagged ^ {number} if toggles_flag else self.flagged,
        )

    def receipt(self, number: int) -> Receipt:
        at = self.saved_at[number]
        return Receipt(number, self.revisions[number], at, value_hash(self.values[number]))


def begin() -> Rehearsal:
    return Rehearsal(began_at=timezone.now().replace(microsecond=0))


def seal(one: Rehearsal) -> str:
    """Raises :class:`TooLong`."""
    rows = [
        [number, one.revisions[number], int(one.saved_at[number].timestamp()), number in one.flagged, value]
        for number, value in one.values.items()
    ]
    sealed = signing.dumps([int(one.began_at.timestamp()), rows], salt=_SALT, compress=True)
    if len(sealed) > LARGEST_COOKIE:
        raise TooLong
    return sealed


def unseal(sealed: str) -> Rehearsal | None:
    """``None`` for anything this server did not seal, or sealed too long ago."""
    try:
        began, rows = signing.loads(sealed, salt=_SALT, max_age=LIFETIME)
    except signing.BadSignature:
        return None
    return Rehearsal(
        began_at=datetime.fromtimestamp(began, UTC),
        values={number: value for number, _, _, _, value in rows},
        revisions={number: revision for number, revision, _, _, _ in rows},
        saved_at={number: datetime.fromtimestamp(at, UTC) for number, _, at, _, _ in rows},
        flagged=frozenset(number for number, _, _, is_flagged, _ in rows if is_flagged),
    )


# ---- What is asked ----


@lru_cache(maxsize=32)
def faces(_language: str) -> list[Face]:
    """The four questions in the language that is active; nothing of them is stored."""
    return [
        _face("single_choice", gettext("Which of these would you like to try first?"), {"options": _options()}),
        _face("numeric", gettext("How many minutes is a quarter of an hour?"), {}),
        _face("short_text", gettext("Write one word, and watch “Saved” appear in the bar above."), {"max_length": 100}),
        _face(
            "long_text",
            gettext("Write two or three sentences about your day. Then reload this page: they are still there."),
            {"suggested_words": 40, "max_length": LONGEST_TEXT},
        ),
    ]


def _options() -> list[dict[str, str]]:
    texts = gettext("The keys on my keyboard"), gettext("The larger text, under ⋯"), gettext("Going back and forth")
    return [{"id": name, "text": text} for name, text in zip("abc", texts, strict=True)]


def _face(type_name: str, stem: str, content: dict[str, Any]) -> Face:
    type_ = question_types.get(type_name)
    return Face(
        version_id=uuid5(NOBODY, stem),  # what is rendered once is known by it
        type=type_,
        content=content,
        stem=stem,
        stem_html=markup.render(stem),
        stem_words=beginning_of(stem),
        widget=type_.face(content, markup.render_inline),
    )


# ---- As its pages show it ----


@dataclass(frozen=True)
class RehearsalSeat(Seat):
    is_rehearsal: ClassVar[bool] = True

    @cached_property
    def root(self) -> str:
        return reverse("rehearsal")

    def face(self, question: SnapshotQuestion) -> Face:
        return faces(get_language() or "en")[question.number - 1]


def seat_of(one: Rehearsal, *, current: int = 0) -> RehearsalSeat:
    return RehearsalSeat(_snapshot(one), at=timezone.now(), current=current)


def _snapshot(one: Rehearsal) -> Snapshot:
    title = gettext("Rehearsal")
    section = SnapshotSection(1, title, "", False, None, True, 0, None, None)
    return Snapshot(
        attempt_id=NOBODY,
        revision=sum(one.revisions.values()),
        status=AttemptStatus.IN_PROGRESS,
        title=title,
        organisation="",
        language=get_language() or "en",
        position=1,
        deadline_at=one.bell,
        grace_until=one.bell,
        paused_at=None,
        pause_until=None,
        breaks_left=0,
        break_seconds=0,
        outage_seconds=0,
        sections=[section],
        questions=[_question(one, number) for number in range(1, len(faces(get_language() or "en")) + 1)],
    )


def _question(one: Rehearsal, number: int) -> SnapshotQuestion:
    face = faces(get_language() or "en")[number - 1]
    return SnapshotQuestion(
        id=0,
        number=number,
        section=1,
        version_id=NOBODY,
        option_order=[option["id"] for option in face.content.get("options", ())],
        points="1",
        value=one.values.get(number),
        revision=one.revisions.get(number, 0),
        saved_at=one.saved_at.get(number),
        is_flagged=number in one.flagged,
    )
