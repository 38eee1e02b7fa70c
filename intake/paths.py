"""Paths that answer with and without a trailing slash: a redirected POST is repeated as a GET, and its lead is lost."""

from collections.abc import Sequence
from typing import Any

from django.urls import URLPattern, URLResolver, include, path, re_path
from django.urls.resolvers import RoutePattern

from intake.refusals import Door, NothingHere


def both(route: str, view: Any, name: str) -> list[URLPattern]:
    return [path(route, view, name=name), path(f"{route}/", view)]


def end(door: Door) -> list[URLPattern]:
    """The catch-all that ends a door's paths: 404 in its own words."""
    view = NothingHere.as_view(door=door)
    return [re_path(rf"^{prefix.lstrip('/')}(?:/.*)?$", view) for prefix in door.prefixes]


def door_paths(door: Door, urls: str) -> URLResolver:
    """A door's paths, of the module `urls`; not even looked at for a path below none of its prefixes."""
    module, _, _ = include(urls)
    return URLResolver(Below(door.prefixes), module)


class Below(RoutePattern):
    def __init__(self, prefixes: Sequence[str]) -> None:
        super().__init__("")
        self.prefixes = tuple(prefix.lstrip("/") for prefix in prefixes)

    def match(self, path: str) -> Any:
        return super().match(path) if path.startswith(self.prefixes) else None
