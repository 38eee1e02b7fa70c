"""Who may do what: one table, asked by the doors, the API and the console alike."""

from enum import StrEnum


class Role(StrEnum):
    OWNER = "owner"
    ADMIN = "admin"
    MANAGER = "manager"
    AGENT = "agent"
    VIEWER = "viewer"


class Right(StrEnum):
    VIEW_LEADS = "view_leads"
    VIEW_ALL_LEADS = "view_all_leads"
    CREATE_LEADS = "create_leads"
    CHANGE_LEADS = "change_leads"
    DELETE_LEADS = "delete_leads"
    ASSIGN_LEADS = "assign_leads"
    VIEW_TEAMS = "view_teams"
    MANAGE_TEAMS = "manage_teams"
    VIEW_AUDIT = "view_audit"
    MANAGE_ACCOUNT = "manage_account"
    # No role has it: platform administrators stand above accounts.
    MANAGE_PLATFORM = "manage_platform"


VIEWER = frozenset({Right.VIEW_LEADS, Right.VIEW_ALL_LEADS, Right.VIEW_TEAMS})
AGENT = frozenset({Right.VIEW_LEADS, Right.CREATE_LEADS, Right.CHANGE_LEADS, Right.VIEW_TEAMS})
MANAGER = AGENT | VIEWER | {Right.MANAGE_TEAMS, Right.VIEW_AUDIT, Right.DELETE_LEADS, Right.ASSIGN_LEADS}
ADMIN = MANAGER | {Right.MANAGE_ACCOUNT}

RIGHTS: dict[Role, frozenset[Right]] = {
    Role.OWNER: ADMIN,
    Role.ADMIN: ADMIN,
    Role.MANAGER: MANAGER,
    Role.AGENT: AGENT,
    Role.VIEWER: VIEWER,
}


def allows(role: str | None, right: Right) -> bool:
    return role is not None and right in RIGHTS[Role(role)]
