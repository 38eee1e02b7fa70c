"""What distinguishes the few rows of the console that are really deleted from all others."""

from typing import Any

from django.http import HttpRequest

from leadhub.lib.admin import allowed


class Deletable:
    """A page whose rows may be deleted by who may change them; that is recorded in the one trail, as all else."""

    change_right: str | None
    delete_confirmation_template = "console/delete.html"
    # What follows from it, in a sentence.
    deletes = ""

    def delete_view(self, request: HttpRequest, object_id: str, extra_context: Any = None) -> Any:
        told = {"deletes": self.deletes} | (extra_context or {})
        return super().delete_view(request, object_id, told)  # type: ignore[misc]

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return allowed(request, self.change_right)

    def log_deletions(self, request: HttpRequest, queryset: Any) -> None: ...
