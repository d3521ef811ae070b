"""What the team saw so far stays what it sees, and the numbers about an assessment get keys that tell no order."""

from itertools import groupby, product

from django.db import migrations

QUESTIONS, ANSWERS, SMALLEST_NUMBER = ("fair", "able"), range(1, 6), 5


def write_anew(apps, schema_editor):
    """A row used to be made when its answer was first given: the lowest key was that of whoever answered first."""
    model = apps.get_model("candidates", "SurveyCount")
    rows = list(model.objects.select_for_update().order_by("assessment", "pk"))
    model.objects.filter(pk__in=[row.pk for row in rows]).delete()
    for assessment, own in groupby(rows, key=lambda row: row.assessment):
        counts = {(row.question, row.answer): row.count for row in own}
        totals = {one: sum(counts.get((one, answer), 0) for answer in ANSWERS) for one in QUESTIONS}
        model.objects.bulk_create(
            model(
                assessment=assessment,
                question=question,
                answer=answer,
                count=counts.get((question, answer), 0),
                published=counts.get((question, answer), 0) if totals[question] >= SMALLEST_NUMBER else 0,
            )
            for question, answer in product(QUESTIONS, ANSWERS)
        )


class Migration(migrations.Migration):
    dependencies = [
        ("candidates", "0016_published_counts"),
    ]

    operations = [
        migrations.RunPython(write_anew, migrations.RunPython.noop),
    ]
