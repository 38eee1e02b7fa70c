from django.db import migrations

from leadhub.lib.tenancy import same_account_key


class Migration(migrations.Migration):
    dependencies = [("intake", "0001_quarantine_and_idempotency"), ("leads", "0003_same_account_keys")]
    operations = [
        same_account_key(
            "quarantine_source_of_account",
            table="intake_quarantinedlead",
            column="lead_source_id",
            to="teams_leadsource",
        ),
        same_account_key("quarantine_lead_of_account", table="intake_quarantinedlead", column="lead_id", to="leads_lead"),
    ]
