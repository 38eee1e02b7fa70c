from django.apps import AppConfig


class TeamsConfig(AppConfig):
    name = "teams"

    def ready(self) -> None:
        from accounts.audit import register

        register("teams.Team", "teams.TeamMember", "teams.LeadSource", "teams.LeadSourceTeam", "teams.SourceKey")
        register("teams.Rotation", "teams.RotationMember", "teams.RoutingRule", exclude=["state"])
