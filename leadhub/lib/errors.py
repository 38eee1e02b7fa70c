"""What can go wrong in the domain, in words a person can read. Knows no framework and no wire."""


class DomainError(Exception):
    """An anticipated failure: a stable `code`, a sentence for a person, and the field it concerns, if one."""

    code = "error"

    def __init__(self, message: str, *, code: str | None = None, field: str | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.code = code or self.code
        self.field = field


class Invalid(DomainError):
    """What was given cannot be used."""

    code = "invalid_input"


class Forbidden(DomainError):
    """The caller is known and may not do this."""

    code = "forbidden"


class NotFound(DomainError):
    """There is no such thing, or it is another tenant's: the two look alike."""

    code = "not_found"


class Conflict(DomainError):
    """What was asked contradicts what is there."""

    code = "conflict"


class Unavailable(DomainError):
    """The database cannot serve this now; the same request may succeed in a moment."""

    code = "unavailable"

    def __init__(self, message: str = "The service is busy. Please try again.", *, retry_after: int = 1) -> None:
        super().__init__(message)
        self.retry_after = retry_after
