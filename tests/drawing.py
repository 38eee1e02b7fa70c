"""Cases that Hypothesis draws: the same in every run, whatever ran before and however slow the machine is."""

from importlib import import_module
from pkgutil import walk_packages

from hypothesis import HealthCheck, settings

ROOMS = ["accounts", "intake", "leadhub", "leads", "teams"]

settings.register_profile(
    "leadhub", derandomize=True, database=None, deadline=None, suppress_health_check=[HealthCheck.too_slow]
)
settings.load_profile("leadhub")


def load_all_modules() -> None:
    """Now, as drawing goes by the constants of whatever is loaded, and other tests load what they need."""
    for room in ROOMS:
        for module in walk_packages(import_module(room).__path__, f"{room}."):
            import_module(module.name)
