import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("candidates", "0009_fair_time"),
    ]

    operations = [
        migrations.CreateModel(
            name="HandoverCode",
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
                (
                    "code_hash",
                    models.CharField(
                        help_text="Keyed: a copy of the database opens nothing.", max_length=64, unique=True
                    ),
                ),
                ("expires_at", models.DateTimeField()),
            ],
        ),
    ]
