"""A rubric as one form: for each criterion its name, a description, and its levels, one a line."""

from __future__ import annotations

from decimal import Decimal, InvalidOperation
from typing import Any

from django import forms
from django.forms.models import BaseInlineFormSet

from assessments.admin.rows import PlacedForm
from assessments.formats.base import ParsedCriterion, ParsedLevel
from assessments.models import Criterion
from interview_project.numbers import plain

EXAMPLE = "2 | Complete | Names both costs and when each matters"
MAX_POINTS = Decimal("99999.99")


class LevelsField(forms.CharField):
    """``points | name | description``, one level a line; the description may be missing."""

    def __init__(self, **options: Any) -> None:
        widget = forms.Textarea(attrs={"rows": 4, "class": "vLargeTextField levels", "placeholder": EXAMPLE})
        help_text = f"One level a line: points | name | description. “{EXAMPLE}”"
        super().__init__(**{"widget": widget, "help_text": help_text, **options})

    def clean(self, value: Any) -> Any:
        lines = [(number, line) for number, line in enumerate(super().clean(value).splitlines(), 1) if line.strip()]
        levels, problems = [], []
        for number, line in lines:
            try:
                levels.append(level_of(line))
            except ValueError as problem:
                problems.append(f"Line {number}: {problem}")
        points = [level.points for level in levels]
        if twice := {one for one in points if points.count(one) > 1}:
            problems.append(f"Two levels have {plain(min(twice))} points; reviewers choose a level by its points.")
        if len(lines) == 1:
            problems.append("A criterion needs at least two levels to choose from.")
        if problems:
            raise forms.ValidationError(problems)
        return tuple(sorted(levels, key=lambda level: level.points))


def level_of(line: str) -> ParsedLevel:
    """Raises ValueError with what is wrong, in words."""
    points, _, rest = line.partition("|")
    name, _, description = (part.strip() for part in rest.partition("|"))
    try:
        number = Decimal(points.strip().replace(",", "."))
    except InvalidOperation:
        raise ValueError(f"it must begin with its points, as in “{EXAMPLE}”.") from None
    if not number.is_finite() or not 0 <= number <= MAX_POINTS or number != number.quantize(Decimal("0.01")):
        raise ValueError("points are a number from 0 on with at most two decimals.")
    if not name:
        raise ValueError(f"the level has no name, as in “{EXAMPLE}”.")
    if len(name) > 200:
        raise ValueError("the level’s name is longer than 200 characters.")
    return ParsedLevel(name, number, description)


def levels_text(criterion: Criterion) -> str:
    return "\n".join(
        " | ".join(part for part in (f"{plain(level.points)}", level.name, " ".join(level.description.split())) if part)
        for level in criterion.levels.all()
    )


class CriterionForm(PlacedForm):
    levels_text = LevelsField(label="Levels")

    class Meta:
        widgets = {"description": forms.Textarea(attrs={"rows": 2, "class": "vLargeTextField"})}

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        if self.instance.pk:
            self.fields["levels_text"].initial = levels_text(self.instance)

    def parsed(self) -> ParsedCriterion:
        data = self.cleaned_data
        return ParsedCriterion(data["name"], data["levels_text"], data.get("description", ""))


class CriteriaFormSet(BaseInlineFormSet):
    """Gives the criteria to the domain, which writes them all; nothing is saved here."""

    def clean(self) -> None:
        super().clean()
        if not any(self.errors) and not self.kept:
            raise forms.ValidationError("A rubric needs at least one criterion.")

    @property
    def kept(self) -> list[CriterionForm]:
        rows = [form for form in self.forms if form not in self.deleted_forms]
        return [form for form in rows if form.has_changed() or form.instance.pk]

    def parsed(self) -> tuple[ParsedCriterion, ...]:
        def place(form: CriterionForm) -> tuple[bool, int]:
            number = form.cleaned_data.get("place")
            return number is None, number or 0

        return tuple(form.parsed() for form in sorted(self.kept, key=place))

    def save(self, commit: bool = True) -> list[Any]:
        self.new_objects, self.changed_objects, self.deleted_objects = [], [], []
        return []
