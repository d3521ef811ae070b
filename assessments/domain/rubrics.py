"""Rubrics as files bring them: equal ones are shared, a changed one is a new version of its name."""

from __future__ import annotations

from collections.abc import Iterable

from django.db import IntegrityError, transaction
from django.db.models import Max

from assessments.domain.question_checks import hash_rubric
from assessments.formats.base import ParsedCriterion, ParsedLevel, ParsedRubric
from assessments.models import Criterion, Level, Rubric

ATTEMPTS = 5
"""At storing a name's next version while others store theirs."""


def store_rubrics(rubrics: Iterable[ParsedRubric]) -> dict[str, Rubric]:
    """By content hash. In the order of their names, so that two imports at once cannot wait for each other."""
    wanted = {hash_rubric(rubric): rubric for rubric in rubrics}
    stored = {rubric.content_hash: rubric for rubric in Rubric.objects.filter(content_hash__in=wanted)}
    for content_hash, rubric in sorted(wanted.items(), key=lambda pair: (pair[1].name, pair[0])):
        if content_hash not in stored:
            stored[content_hash] = _store(rubric, content_hash)
    return stored


def rubric_hash(rubric: Rubric | None) -> str:
    """Rubrics written in admin have no hash of their own yet."""
    if rubric is None:
        return ""
    return rubric.content_hash or hash_rubric(parsed_rubric(rubric))


def parsed_rubric(rubric: Rubric) -> ParsedRubric:
    return ParsedRubric(
        rubric.name,
        tuple(
            ParsedCriterion(
                criterion.name,
                tuple(ParsedLevel(level.name, level.points, level.description) for level in criterion.levels.all()),
                criterion.description,
            )
            for criterion in rubric.criteria.all()
        ),
    )


def _store(parsed: ParsedRubric, content_hash: str) -> Rubric:
    for attempt in range(1, ATTEMPTS + 1):
        if found := Rubric.objects.filter(content_hash=content_hash).first():
            return found
        last = Rubric.objects.filter(name=parsed.name).aggregate(last=Max("version"))["last"] or 0
        try:
            with transaction.atomic():
                rubric = Rubric.objects.create(name=parsed.name, version=last + 1, content_hash=content_hash)
            break
        except IntegrityError:  # another import has just taken this version
            if attempt == ATTEMPTS:
                raise
    for position, criterion in enumerate(parsed.criteria, start=1):
        row = Criterion.objects.create(
            rubric=rubric, position=position, name=criterion.name, description=criterion.description
        )
        Level.objects.bulk_create(
            Level(criterion=row, points=level.points, name=level.name, description=level.description)
            for level in criterion.levels
        )
    return rubric
