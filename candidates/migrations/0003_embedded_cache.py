"""The table of the embedded cache: also beside Redis, where it counts guesses while Redis is away."""

from django.core.management import call_command
from django.db import migrations


def make_table(apps, schema_editor):
    call_command("createcachetable", database=schema_editor.connection.alias, verbosity=0)


class Migration(migrations.Migration):
    dependencies = [("candidates", "0002_ai")]

    operations = [migrations.RunPython(make_table, migrations.RunPython.noop)]
