from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

from candidates.admin.records import OF_ATTEMPT, OfQuestionAdmin
from candidates.domain import suggestions
from candidates.models import Suggestion


@admin.register(Suggestion)
class SuggestionAdmin(OfQuestionAdmin):
    """Sealed: whoever has not scored the response themselves does not find it here, whatever else they may do."""

    list_display = ("created_at", "of_attempt", "number", "suggested", "flags_said", "model", "prompt_version")
    list_filter = ("model", "prompt_version", "created_at")
    list_select_related = (*OF_ATTEMPT, "attempt_question__response", "rubric")
    fields = readonly_fields = (
        "of_attempt",
        "number",
        "suggested",
        "criteria",
        "flags_said",
        "response",
        "model",
        "prompt_version",
        "prompt_hash",
        "created_at",
    )

    def get_queryset(self, request: HttpRequest) -> QuerySet[Suggestion]:
        return Suggestion.objects.unsealed_for(request.user)

    @admin.display(description="suggested points")
    def suggested(self, one: Suggestion) -> str:
        partial = " of the criteria that hold" if one.unsupported else ""
        return f"{one.points:.10g} of {one.rubric.max_points:.10g}{partial}"

    @admin.display(description="flags")
    def flags_said(self, one: Suggestion) -> str:
        return " ".join(suggestions.flag_words(one)) or "None"

    @admin.display(description="criteria")
    def criteria(self, one: Suggestion) -> SafeString:
        rows = [(criterion.name, self._words(one, str(criterion.position))) for criterion in one.rubric.criteria.all()]
        return format_html('<dl class="rubric">{}</dl>', format_html_join("", "<dt>{}</dt><dd>{}</dd>", rows))

    def _words(self, one: Suggestion, position: str) -> Any:
        if position not in one.levels:
            return "No suggestion: its evidence or level did not hold."
        quote = one.evidence.get(position, "")
        return format_html("{} points. {}", one.levels[position], f"“{quote}”" if quote else "No passage quoted.")

    @admin.display(description="response")
    def response(self, one: Suggestion) -> SafeString:
        return format_html("<pre>{}</pre>", one.attempt_question.response.value or "")
