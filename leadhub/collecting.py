"""The console's static files, collected for production: missing or old ones would make its pages fail."""

import json
from collections.abc import Iterator
from pathlib import Path

from django.conf import settings
from django.contrib.staticfiles.finders import get_finders
from django.core.management import call_command


class NotCollected(Exception):
    """They are not there, and cannot be written."""


def collect() -> None:
    """Collect them where one is missing or was changed since. Raises NotCollected, in one line for a person."""
    if is_collected(Path(str(settings.STATIC_ROOT))):
        return
    try:
        call_command("collectstatic", interactive=False, verbosity=0)
    except OSError as error:
        raise NotCollected(
            f"The static files cannot be collected into {settings.STATIC_ROOT} ({error.strerror}); "
            "run manage.py collectstatic as a user who may write there."
        ) from error


def is_collected(root: Path) -> bool:
    manifest = root / "staticfiles.json"
    try:
        names, at = json.loads(manifest.read_text())["paths"], manifest.stat().st_mtime
    except (OSError, ValueError, KeyError):
        return False
    return all(name in names and changed_at <= at for name, changed_at in originals())


def originals() -> Iterator[tuple[str, float]]:
    """The name of every static file, and when it was changed."""
    for finder in get_finders():
        for name, storage in finder.list([]):
            yield name, Path(storage.path(name)).stat().st_mtime
