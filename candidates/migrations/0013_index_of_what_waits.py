from django.db import migrations, models

from interview_project.concurrently import AddIndexBesideWriters


class Migration(migrations.Migration):
    atomic = False

    dependencies = [
        ("candidates", "0012_settled_attempts"),
    ]

    operations = [
        AddIndexBesideWriters(
            model_name="attempt",
            index=models.Index(
                fields=["closed_at", "id"],
                condition=models.Q(
                    models.Q(
                        ("settled_at__isnull", True), ("settled_at__lt", models.F("closed_at")), _connector="OR"
                    ),
                    ("purpose", "invited"),
                    ("status__in", ("submitted", "expired")),
                ),
                name="attempt_unsettled",
            ),
        ),
    ]
