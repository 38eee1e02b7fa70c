"""How the console looks, and what its sidebar offers to whom."""

from collections.abc import Callable
from typing import Any

from django.templatetags.static import static
from django.urls import reverse, reverse_lazy

type Rule = Callable[[Any], bool]


def may(right: str) -> Rule:
    return lambda request: bool(request.desk.allows(right))


def is_platform_admin(request: Any) -> bool:
    return bool(request.desk.is_platform_admin)


def may_try_leads(request: Any) -> bool:
    return bool(request.account and may("view_teams")(request) and may("view_all_leads")(request))


def on_rotations(request: Any) -> bool:
    """Trying a lead is below the rotations' address, and an entry of its own."""
    match = request.resolver_match
    return match is not None and str(match.url_name).startswith("teams_rotation_")


def account_name(request: Any) -> str:
    account = getattr(request, "account", None)
    return account.name if account else "Leads, in and routed"


def other_accounts(request: Any) -> list[dict[str, Any]]:
    """One entry makes the sidebar's head a menu; what it lists, the template site_dropdown.html says."""
    return [{"title": "Accounts", "link": reverse("admin:switch_account")}] if request.desk.user else []


def item(title: str, icon: str, page: str, permission: Rule) -> dict[str, Any]:
    link = reverse_lazy(f"admin:{page}_changelist")
    return {"title": title, "icon": icon, "link": link, "permission": permission}


UNFOLD: dict[str, Any] = {
    "SITE_TITLE": "LeadHub",
    "SITE_HEADER": "LeadHub",
    "SITE_SUBHEADER": account_name,
    "SITE_SYMBOL": "hub",
    "SITE_URL": None,
    "SITE_DROPDOWN": other_accounts,
    "SHOW_HISTORY": may("view_audit"),
    "SHOW_VIEW_ON_SITE": False,
    "SHOW_BACK_BUTTON": True,
    "STYLES": [
        lambda request: static("leadhub/console.css"),
        lambda request: static("leadhub/lists.css"),
        lambda request: static("leadhub/routing.css"),
    ],
    "SCRIPTS": [
        lambda request: static("leadhub/sidebar.js"),
        lambda request: static("leadhub/lists.js"),
        lambda request: static("leadhub/labels.js"),
        lambda request: static("leadhub/forms.js"),
    ],
    "SITE_FAVICONS": [
        {"rel": "icon", "type": "image/svg+xml", "href": lambda request: static("leadhub/favicon.svg")},
    ],
    "BORDER_RADIUS": "6px",
    "COLORS": {
        "primary": {
            "50": "oklch(97% .014 254.604)",
            "100": "oklch(93.2% .032 255.585)",
            "200": "oklch(88.2% .059 254.128)",
            "300": "oklch(80.9% .105 251.813)",
            "400": "oklch(70.7% .165 254.624)",
            "500": "oklch(62.3% .214 259.815)",
            "600": "oklch(54.6% .245 262.881)",
            "700": "oklch(48.8% .243 264.376)",
            "800": "oklch(42.4% .199 265.638)",
            "900": "oklch(37.9% .146 265.522)",
            "950": "oklch(28.2% .091 267.935)",
        },
    },
    "SIDEBAR": {
        "show_search": False,
        "show_all_applications": False,
        "navigation": [
            {
                "items": [
                    {
                        "title": "Overview",
                        "icon": "space_dashboard",
                        "link": reverse_lazy("admin:index"),
                    },
                    item("Leads", "contacts", "leads_lead", may("view_leads")),
                ],
            },
            {
                "title": "Routing",
                "separator": True,
                "items": [
                    item("Teams", "groups", "teams_team", may("view_teams")),
                    item("Sources", "input", "teams_leadsource", may("view_teams")),
                    item("Forms", "dynamic_form", "intake_form", may("view_teams")),
                    item("Rotations", "autorenew", "teams_rotation", may("view_teams")) | {"active": on_rotations},
                    item("Rules", "alt_route", "teams_routingrule", may("view_teams")),
                    item("Holidays", "event_busy", "accounts_holiday", may("view_teams")),
                    {
                        "title": "Try a lead",
                        "icon": "science",
                        "link": reverse_lazy("admin:leads_try"),
                        "permission": may_try_leads,
                    },
                ],
            },
            {
                "title": "Account",
                "separator": True,
                "items": [
                    item("Members", "badge", "accounts_membership", may("manage_account")),
                    item("Keys", "key", "accounts_apikey", may("manage_account")),
                    item("Users", "person", "accounts_user", is_platform_admin),
                    item("Accounts", "domain", "accounts_account", is_platform_admin),
                    item(
                        "Settings",
                        "tune",
                        "accounts_account",
                        lambda request: may("manage_account")(request) and not is_platform_admin(request),
                    ),
                ],
            },
            {
                "title": "Records",
                "separator": True,
                "items": [
                    item("Jobs", "pending_actions", "accounts_job", may("manage_teams")),
                    item("Audit", "history", "accounts_auditentry", may("view_audit")),
                    item("Quarantine", "gpp_maybe", "intake_quarantinedlead", may("view_all_leads")),
                ],
            },
        ],
    },
}
