"""The doors. A fifth one is a folder in intake/doors and a line here; the longer prefix comes first."""

from django.urls import include, path

from intake.doors.account.views import DOOR as ACCOUNT
from intake.doors.platform.views import DOOR as PLATFORM
from intake.doors.source.views import DOOR as SOURCE
from intake.doors.workspace.views import DOOR as WORKSPACE

DOORS = [SOURCE, ACCOUNT, PLATFORM, WORKSPACE]
urlpatterns = [path("", include(f"intake.doors.{door.name}.urls")) for door in DOORS]
