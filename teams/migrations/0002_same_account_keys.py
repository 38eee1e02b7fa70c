from django.db import migrations

from leadhub.lib.tenancy import same_account_key

MEMBER = {"column": "user_id", "to": "accounts_membership", "to_column": "user_id"}


class Migration(migrations.Migration):
    dependencies = [("teams", "0001_teams_sources_rotations"), ("accounts", "0001_accounts_users_keys_audit")]
    operations = [
        same_account_key("teammember_team_of_account", table="teams_teammember", column="team_id", to="teams_team"),
        same_account_key("teammember_is_member", table="teams_teammember", **MEMBER),
        same_account_key("sourceteam_source_of_account", table="teams_leadsourceteam", column="source_id", to="teams_leadsource"),
        same_account_key("sourceteam_team_of_account", table="teams_leadsourceteam", column="team_id", to="teams_team"),
        same_account_key("sourcekey_source_of_account", table="teams_sourcekey", column="source_id", to="teams_leadsource"),
        same_account_key("sourcekey_key_of_account", table="teams_sourcekey", column="key_id", to="accounts_apikey"),
        same_account_key("rotation_team_of_account", table="teams_rotation", column="team_id", to="teams_team"),
        same_account_key("rotationmember_rotation_of_account", table="teams_rotationmember", column="rotation_id", to="teams_rotation"),
        same_account_key("rotationmember_is_member", table="teams_rotationmember", **MEMBER),
    ]
