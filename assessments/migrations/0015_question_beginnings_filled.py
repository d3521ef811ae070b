from django.db import migrations

BATCH = 500


def fill(apps, schema_editor):
    """A few hundred at a time, each its own transaction: whoever is writing or drawing questions waits for no more than that."""
    from assessments.domain.beginnings import beginning_of  # here: to read the migrations needs no domain, whatever it becomes

    questions = apps.get_model("assessments", "Question").objects
    asked = questions.filter(beginning="", current_version__isnull=False).order_by("pk")
    ids = list(asked.values_list("pk", flat=True))
    for start in range(0, len(ids), BATCH):
        rows = list(questions.filter(pk__in=ids[start : start + BATCH]).select_related("current_version"))
        for row in rows:
            row.beginning = beginning_of(row.current_version.stem)
        questions.bulk_update(rows, ["beginning"])


class Migration(migrations.Migration):

    atomic = False

    dependencies = [
        ('assessments', '0014_question_beginning'),
    ]

    operations = [migrations.RunPython(fill, migrations.RunPython.noop)]
