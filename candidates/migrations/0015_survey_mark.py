import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("candidates", "0014_answers_on_the_page"),
    ]

    operations = [
        migrations.CreateModel(
            name="SurveyMark",
            fields=[
                (
                    "attempt",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.CASCADE,
                        primary_key=True,
                        related_name="+",
                        serialize=False,
                        to="candidates.attempt",
                    ),
                ),
            ],
            options={
                "verbose_name": "answered survey",
                "default_permissions": (),
            },
        ),
    ]
