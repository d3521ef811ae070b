from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("candidates", "0011_kept_aside_while_time_stood_still"),
    ]

    operations = [
        migrations.AddField(
            model_name="attempt",
            name="settled_at",
            field=models.DateTimeField(
                blank=True,
                help_text="When nothing of it waited for a reviewer any more. Empty, or before it was closed: something may.",
                null=True,
            ),
        ),
    ]
