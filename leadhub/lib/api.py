from typing import Any

from rest_framework.permissions import BasePermission


class Refused(BasePermission):
    """The default permission: a view that names none of its own is closed."""

    def has_permission(self, request: Any, view: Any) -> bool:
        return False
