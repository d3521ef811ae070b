"""Questions anyone may read: approved, in a bank that was opened to everybody, asked by no assessment by invitation.

Lists of them are kept in the cache under a generation that every change of a question ends. Whatever reads them never
loads a key.
"""

from __future__ import annotations

import hashlib
import json
import uuid
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
from functools import partial
from typing import Any

from django.core.cache import cache
from django.db import transaction
from django.db.models import Q, QuerySet

from assessments.enums import Access, AssessmentStatus, DrawKind
from assessments.models import Draw, Question, QuestionBank
from interview_project.caches import Fuse

GENERATION = "open-questions:generation"
GENERATION_SECONDS = 30 * 24 * 3600
LIST_SECONDS = 60  # what is edited past the domain functions (a tag in admin, say) is seen after this long
fuse = Fuse()


@dataclass(frozen=True)
class Filters:
    """Each one left empty does not restrict."""

    source: str = ""
    topic: str = ""
    difficulty: str = ""
    question_type: str = ""
    words: tuple[str, ...] = ()
    limit: int = 20
    offset: int = 0


@dataclass(frozen=True)
class Page:
    count: int
    """Of all that fit, whatever the page holds."""
    questions: list[Question]


def page(filters: Filters) -> Page:
    """The ids first: sorting whole questions, stems and all, took twice as long on a bank of 10,000."""
    found = matching(filters)
    end = filters.offset + filters.limit
    ids = list(found.order_by("identity", "pk").values_list("pk", flat=True)[filters.offset : end])
    shown = Question.objects.filter(pk__in=ids).without_keys().select_related("bank").prefetch_related("tags")
    return Page(found.count(), list(shown.order_by("identity", "pk")))


def matching(filters: Filters) -> Any:
    """Words are looked for in the stem and the title, and nowhere near the key."""
    wanted = {
        "source": filters.source,
        "tags__name__iexact": filters.topic,
        "difficulty": filters.difficulty,
        "current_version__type": filters.question_type,
    }
    found = readable().filter(**{name: value for name, value in wanted.items() if value})
    for word in filters.words:
        found = found.filter(Q(current_version__stem__icontains=word) | Q(title__icontains=word))
    return found


def readable() -> Any:
    return Question.objects.approved().filter(bank__is_open=True).exclude(asked_by_invitation())


def asked_by_invitation() -> Q:
    """What an assessment by invitation names, or may draw from a pool, unless it is closed: nobody reads that before."""
    asked = Q(pk__in=_draws(DrawKind.FIXED).filter(question__isnull=False).values("question"))
    for bank, tag, difficulty, source in _pools():
        pool = Question.objects.in_pool(bank_id=bank, tag_id=tag, difficulty=difficulty, source=source)
        asked |= Q(pk__in=pool.values("pk"))
    return asked


def _pools() -> Iterator[tuple[Any, ...]]:
    yield from _draws(DrawKind.POOL).values_list("bank", "tag", "difficulty", "source").distinct()


def _draws(kind: DrawKind) -> QuerySet[Draw]:
    by_invitation = Draw.objects.filter(section__assessment__access=Access.INVITATION, kind=kind)
    return by_invitation.exclude(section__assessment__status=AssessmentStatus.CLOSED).order_by()


@transaction.atomic
def set_open(bank: QuestionBank, *, is_open: bool) -> None:
    QuestionBank.objects.filter(pk=bank.pk).update(is_open=is_open)
    bank.is_open = is_open
    changed()


# ---- The cache: a bookmark. Away, every list is read anew. ----


def changed() -> None:
    """After the commit of what goes on: no list made before it is given out again."""
    transaction.on_commit(partial(fuse.run, _begin_generation, otherwise=""))


def remembered(filters: Filters, make: Callable[[], str]) -> tuple[str, bool]:
    """The list as text, and whether it came from the cache. ``make`` is called if it did not."""
    generation = fuse.run(_generation, otherwise="")
    if not generation:
        return make(), False
    key = f"open-questions:{generation}:{_name(filters)}"
    if held := fuse.run(lambda: cache.get(key), otherwise=None):
        return str(held), True
    made = make()
    fuse.run(lambda: cache.set(key, made, LIST_SECONDS), otherwise=None)
    return made, False


def _generation() -> str:
    """Read before the database is: a list made while a change commits is filed under a generation that has ended."""
    return str(cache.get(GENERATION) or _begin_generation())


def _begin_generation() -> str:
    """A name never used before, so that an evicted one brings no old list back."""
    generation = uuid.uuid4().hex
    cache.set(GENERATION, generation, GENERATION_SECONDS)
    return generation


def _name(filters: Filters) -> str:
    return hashlib.sha256(json.dumps(asdict(filters), sort_keys=True).encode()).hexdigest()
