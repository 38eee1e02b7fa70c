"""The doors, and the hub's own API. Another door is a folder in intake/doors and a line here; longer prefixes first."""

from django.urls import include, path

from intake.api.views import DOOR as API
from intake.doors.account.views import DOOR as ACCOUNT
from intake.doors.platform.views import DOOR as PLATFORM
from intake.doors.source.views import DOOR as SOURCE
from intake.doors.workspace.views import DOOR as WORKSPACE
from intake.paths import door_paths
from intake.publicform.views import DOOR as FORM

VENDORS = [SOURCE, ACCOUNT, PLATFORM, WORKSPACE]
DOORS = [*VENDORS, FORM, API]
urlpatterns = [
    path("", include("intake.publicform.urls")),
    *[door_paths(door, f"intake.doors.{door.name}.urls") for door in VENDORS],
    door_paths(API, "intake.api.urls"),
]
