"""Rows that have an order: their place is typed as any number, may be left empty, and is made 1, 2, 3 … on saving."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import admin
from django.db.models import F, Model
from django.forms.models import BaseInlineFormSet

OUT_OF_THE_WAY = 10_000


class PlacedForm(forms.ModelForm):
    """``place`` is no field of the model, so that two rows may change places in one go without the database refusing."""

    place = forms.IntegerField(
        required=False, min_value=0, max_value=9999, label="Place", widget=forms.NumberInput(attrs={"class": "place"})
    )

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        if self.instance.pk and not self.instance._state.adding:
            self.fields["place"].initial = self.instance.position
        for field in self.fields.values():  # in a table the heading is all the label there is, and it names nothing
            field.widget.attrs.setdefault("aria-label", field.label or "")


class PlacedFormSet(BaseInlineFormSet):
    """Saves what was changed and puts all rows in order; rows without a place come last."""

    def save(self, commit: bool = True) -> list[Model]:
        """``commit=False`` is not for rows whose places depend on each other."""
        self.new_objects, self.changed_objects, self.deleted_objects = [], [], []
        for form in self.deleted_forms:
            if form.instance.pk and not form.instance._state.adding:
                self.deleted_objects.append(form.instance)
                form.instance.delete()
        kept = [form for form in self.forms if form not in self.deleted_forms and self._is_row(form)]
        self._write(
            sorted(kept, key=lambda form: (form.cleaned_data.get("place") is None, form.cleaned_data.get("place")))
        )
        return [*self.new_objects, *(one for one, _ in self.changed_objects)]

    def _is_row(self, form: forms.ModelForm) -> bool:
        return form.has_changed() or not form.instance._state.adding

    def _write(self, ordered: list[forms.ModelForm]) -> None:
        self.get_queryset().model._default_manager.filter(**{self.fk.name: self.instance}).update(
            position=F("position") + OUT_OF_THE_WAY
        )
        for position, form in enumerate(ordered, start=1):
            row, is_new = form.instance, form.instance._state.adding
            setattr(row, self.fk.name, self.instance)
            row.position = position
            row.save()
            if is_new:
                self.new_objects.append(row)
            elif form.has_changed():
                self.changed_objects.append((row, form.changed_data))


class PlacedInline(admin.TabularInline):
    form = PlacedForm
    formset = PlacedFormSet
    extra = 0
    ordering = ("position",)  # a model's own order is lost where rows are counted up

    @admin.display(description="place")
    def place(self, row: Any) -> int:
        """Where it is only read."""
        return int(row.position)
