from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("candidates", "0007_notices_signals_mails"),
    ]

    operations = [
        migrations.AddField(
            model_name="attempt",
            name="device",
            field=models.CharField(
                blank=True,
                default="",
                help_text="Which browser may save; empty: whoever holds a pass for it.",
                max_length=16,
            ),
            preserve_default=False,
        ),
        migrations.AlterField(
            model_name="responseevent",
            name="kind",
            field=models.CharField(
                choices=[
                    ("saved", "Saved"),
                    ("conflict", "Kept aside: another tab or device had saved first"),
                    ("late", "Kept aside: after the bell"),
                    ("locked", "Kept aside: the question was already closed"),
                    ("elsewhere", "Kept aside: the attempt was open on another device"),
                ],
                max_length=10,
            ),
        ),
    ]
