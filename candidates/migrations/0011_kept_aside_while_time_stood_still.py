from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("candidates", "0010_handover_code"),
    ]

    operations = [
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
                    ("still", "Kept aside: the time stood still"),
                ],
                max_length=10,
            ),
        ),
    ]
