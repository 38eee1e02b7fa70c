from django.db import migrations

from leadhub.lib.tenancy import same_account_key


class Migration(migrations.Migration):
    dependencies = [("leads", "0002_leads"), ("teams", "0002_same_account_keys")]
    operations = [
        same_account_key(
            "lead_owner_is_member",
            table="leads_lead",
            column="owner_id",
            to="accounts_membership",
            to_column="user_id",
        ),
        same_account_key("lead_team_of_account", table="leads_lead", column="team_id", to="teams_team"),
        same_account_key("lead_source_of_account", table="leads_lead", column="lead_source_id", to="teams_leadsource"),
        same_account_key("lead_primary_of_account", table="leads_lead", column="duplicate_of_id", to="leads_lead"),
    ]
