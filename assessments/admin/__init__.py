"""What authors work with. One file per noun."""

from django.contrib import admin

from assessments.admin import (  # noqa: F401 - importing registers them
    api_token,
    assessment,
    generation,
    generation_request,
    ledger,
    question,
    question_bank,
    question_import,
    rubric,
    section,
    tag,
)

admin.site.site_header = admin.site.site_title = "Parley"
admin.site.index_title = "What waits for you"
