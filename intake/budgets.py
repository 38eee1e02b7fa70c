"""How often somebody may come in a minute, how he stands, and how headers say so. Pure."""

import math
from dataclasses import dataclass

WINDOW = 60


@dataclass(frozen=True, slots=True)
class Budget:
    """So many requests a minute of one subject; `name` is what headers call it."""

    name: str
    subject: str
    limit: int


@dataclass(frozen=True, slots=True)
class Standing:
    """A budget after the request that was the `used`th of its minute, `at` this time in seconds since 1970."""

    name: str
    limit: int
    used: int
    at: float

    @property
    def is_spent(self) -> bool:
        return self.used > self.limit

    @property
    def remaining(self) -> int:
        return max(0, self.limit - self.used)

    @property
    def resets_at(self) -> int:
        return (int(self.at) // WINDOW + 1) * WINDOW

    @property
    def resets_in(self) -> int:
        """Whole seconds, of which there is always one."""
        return max(1, math.ceil(self.resets_at - self.at))


def rate_headers(standing: Standing) -> dict[str, str]:
    """The standing in the words of the IETF's draft."""
    return {
        "RateLimit-Policy": f'"{standing.name}";q={standing.limit};w={WINDOW}',
        "RateLimit": f'"{standing.name}";r={standing.remaining};t={standing.resets_in}',
    }
