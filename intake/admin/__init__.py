"""The console's pages of what came in and was refused, and of the sources with what came of what they sent."""

from intake.admin.forms import FormAdmin
from intake.admin.quarantine import QuarantineAdmin
from intake.admin.sources import SourcePage

__all__ = ["FormAdmin", "QuarantineAdmin", "SourcePage"]
