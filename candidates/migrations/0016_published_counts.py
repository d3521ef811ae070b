from django.db import migrations, models
from django.db.models import F, Q


class Migration(migrations.Migration):
    dependencies = [
        ("candidates", "0015_survey_mark"),
    ]

    operations = [
        migrations.AddField(
            model_name="surveycount",
            name="published",
            # By the database: code that does not know the column goes on counting while this version comes in.
            field=models.PositiveIntegerField(
                db_default=0, help_text="What the team sees: the count of some time ago."
            ),
        ),
        migrations.AddConstraint(
            model_name="surveycount",
            constraint=models.CheckConstraint(
                condition=Q(published__lte=F("count")), name="survey_published_was_counted"
            ),
        ),
    ]
