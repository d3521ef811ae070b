from django.db import migrations


def delete_withdrawals(apps, schema_editor):
    """What an earlier version does not know of. In a migration of its own: PostgreSQL alters no table whose rows were
    touched in the same transaction and have checks left for its end."""
    apps.get_model("candidates", "InvitationMail").objects.filter(kind="withdrawal").delete()


class Migration(migrations.Migration):

    dependencies = [
        ('candidates', '0019_mail_of_a_withdrawal'),
    ]

    operations = [migrations.RunPython(migrations.RunPython.noop, delete_withdrawals)]
