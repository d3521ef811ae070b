"""Judging a response by its rubric, on a plain page: the response left, the rubric right."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from typing import Any

from django import forms

from assessments.domain import markup
from assessments.domain.faces import face_of
from assessments.models import Criterion, Level
from candidates.domain import results, reviews
from candidates.models import AttemptQuestion
from interview_project.numbers import plain


class ScoreForm(forms.Form):
    """A level for each criterion; points where there is no rubric."""

    basis = forms.CharField(required=False, widget=forms.HiddenInput)
    comment = forms.CharField(
        required=False, max_length=10_000, widget=forms.Textarea(attrs={"rows": 4}), label="Comment, for the team"
    )

    def __init__(self, *args: Any, question: AttemptQuestion, **options: Any) -> None:
        super().__init__(*args, **options)
        self.question, rubric = question, question.version.rubric
        self.criteria = list(rubric.criteria.prefetch_related("levels")) if rubric else []
        for criterion in self.criteria:
            self.fields[field_name(criterion)] = level_field(criterion)
        if rubric is None:
            self.fields["points"] = forms.DecimalField(
                min_value=0,
                max_value=question.points,
                decimal_places=2,
                help_text=f"0 to {plain(question.points)}",
            )

    def rows(self) -> list[dict[str, Any]]:
        """Each criterion with its levels, for the page."""
        return [
            {"criterion": criterion, "field": self[field_name(criterion)], "levels": self._levels(criterion)}
            for criterion in self.criteria
        ]

    def _levels(self, criterion: Criterion) -> list[dict[str, Any]]:
        levels = list(criterion.levels.all())
        choices = list(zip(self[field_name(criterion)], levels, keys_of(levels), strict=True))
        for radio, _, key in choices:
            radio.data["attrs"].update({"data-key": key, "aria-keyshortcuts": key} if key else {})
        return [{"radio": radio, "level": level, "key": key} for radio, level, key in choices]

    def judgement(self) -> dict[str, Any]:
        """What ``review_response`` takes."""
        data = self.cleaned_data
        levels = {str(criterion.position): Decimal(data[field_name(criterion)]) for criterion in self.criteria}
        return {"levels": levels, "comment": data["comment"], "points": data.get("points"), "basis": data["basis"]}

    def start_anew(self) -> None:
        """Of the text and the score as they are by now."""
        self.data = {**dict(self.data.items()), "basis": reviews.basis_of(self.question)}


def field_name(criterion: Criterion) -> str:
    return f"criterion-{criterion.position}"


def keys_of(levels: Sequence[Level]) -> list[str]:
    """The digit that chooses each: its points where these are digits, else its place from 1; none for what comes after 9."""
    points = [plain(level.points) for level in levels]
    if len(set(points)) == len(points) and all(len(one) == 1 for one in points):
        return points
    return [str(place) if place < 10 else "" for place in range(1, len(points) + 1)]


def level_field(criterion: Criterion) -> forms.ChoiceField:
    choices = [(str(level.points), f"{plain(level.points)} · {level.name}") for level in criterion.levels.all()]
    return forms.ChoiceField(
        choices=choices,
        widget=forms.RadioSelect,
        label=criterion.name,
        error_messages={"required": f"Choose a level for “{criterion}”."},
    )


def initial_of(question: AttemptQuestion) -> dict[str, Any]:
    """The last judgement, to be thought over again; none where it was of an earlier text."""
    basis, score = {"basis": reviews.basis_of(question)}, results.score_of(question)
    if score is None or score.review is None:
        return basis
    levels = {f"criterion-{position}": points for position, points in score.review.levels.items()}
    return {"comment": score.review.comment, "points": score.points, **basis, **levels}


def shown(question: AttemptQuestion) -> dict[str, Any]:
    """The response and what it is measured against. Whose it is does not matter here and is not said."""
    face, version = face_of(question.version_id), question.version
    return {
        "question": question,
        "stem_html": face.stem_html,
        "response_words": face.type.words(question.response.value, face.content),
        "key_words": face.type.key_words(version.content, version.key),
        "explanation_html": markup.render(version.explanation) if version.explanation else "",
        "word_count": len(face.type.words(question.response.value, face.content).split()),
    }
