"""Sweeps over many accounts: what fails for one of them does not keep the others from theirs."""

import logging
from collections.abc import Callable, Iterable

logger = logging.getLogger(__name__)


def each_apart(pieces: Iterable[Callable[[], int]]) -> int:
    """Do every piece, and answer their sum; what failed is raised when all are done, so that the sweep shows it."""
    done, failed = 0, None
    for piece in pieces:
        try:
            done += piece()
        except Exception as error:
            logger.exception("A piece of a sweep failed; the others go on.")
            failed = error
    if failed is not None:
        raise failed
    return done
