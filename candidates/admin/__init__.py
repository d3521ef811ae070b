"""What the hiring team works with. One file per noun."""

from candidates.admin import (  # noqa: F401 - importing registers them
    assessment,
    attempt,
    audit_entry,
    candidate,
    exchange,
    invitation,
    mail,
    outage,
    outcome,
    records,
    suggestion,
    task_result,
)
