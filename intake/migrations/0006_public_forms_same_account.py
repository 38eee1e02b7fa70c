from django.db import migrations

from leadhub.lib.tenancy import same_account_key


class Migration(migrations.Migration):
    dependencies = [("intake", "0005_public_forms")]
    operations = [
        same_account_key("form_team_of_account", table="intake_form", column="team_id", to="teams_team"),
        same_account_key("form_source_of_account", table="intake_form", column="lead_source_id", to="teams_leadsource"),
        same_account_key("quarantine_form_of_account", table="intake_quarantinedlead", column="form_id", to="intake_form"),
    ]
