from django.db import migrations


class Migration(migrations.Migration):
    """A busy rotation's row is rewritten with every lead; with room in its page the old versions are cleared on the way."""

    dependencies = [("teams", "0002_same_account_keys")]
    operations = [
        migrations.RunSQL(
            "ALTER TABLE teams_rotation SET (fillfactor = 10)", "ALTER TABLE teams_rotation RESET (fillfactor)"
        )
    ]
