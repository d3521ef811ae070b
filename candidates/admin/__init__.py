"""What the hiring team works with. One file per noun."""

from django.contrib import admin

from candidates.admin import (  # noqa: F401 - importing registers them
    account,
    assessment,
    attempt,
    audit_entry,
    candidate,
    dashboard,
    exchange,
    invitation,
    mail,
    outage,
    outcome,
    records,
    suggestion,
    task_result,
)

admin.site.index = dashboard.index  # type: ignore[method-assign] # guarded and named by the site like any page of it
admin.site.password_change = account.password_change  # type: ignore[method-assign, assignment] # any response will do
