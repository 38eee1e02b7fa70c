"""Paths that answer with and without a trailing slash: a redirected POST is repeated as a GET, and its lead is lost."""

from typing import Any

from django.urls import URLPattern, path, re_path

from intake.refusals import Door, NothingHere


def both(route: str, view: Any, name: str) -> list[URLPattern]:
    return [path(route, view, name=name), path(f"{route}/", view)]


def end(door: Door) -> list[URLPattern]:
    """The catch-all that ends a door's paths: 404 in its own words."""
    view = NothingHere.as_view(door=door)
    return [re_path(rf"^{prefix.lstrip('/')}(?:/.*)?$", view) for prefix in door.prefixes]
