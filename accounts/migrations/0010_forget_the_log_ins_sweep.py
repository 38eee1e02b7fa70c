from django.db import migrations


class Migration(migrations.Migration):
    """Failed log-ins are counted where requests are, and forgotten with them."""

    dependencies = [("accounts", "0009_count_what_comes_again")]

    operations = [
        migrations.RunSQL(
            "DELETE FROM accounts_sweeprun WHERE name = 'purge_login_attempts'", migrations.RunSQL.noop
        ),
    ]
