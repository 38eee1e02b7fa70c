"""What a source may send: rules of its own, each refused with a stable code. Pure: no query, no clock."""

from collections.abc import Sequence
from typing import Any, Protocol

from leadhub.lib.errors import Forbidden

# Vendors send either; a rule that names one means both.
STATES = {
    "alabama": "al", "alaska": "ak", "arizona": "az", "arkansas": "ar", "california": "ca", "colorado": "co",
    "connecticut": "ct", "delaware": "de", "district of columbia": "dc", "florida": "fl", "georgia": "ga",
    "hawaii": "hi", "idaho": "id", "illinois": "il", "indiana": "in", "iowa": "ia", "kansas": "ks", "kentucky": "ky",
    "louisiana": "la", "maine": "me", "maryland": "md", "massachusetts": "ma", "michigan": "mi", "minnesota": "mn",
    "mississippi": "ms", "missouri": "mo", "montana": "mt", "nebraska": "ne", "nevada": "nv", "new hampshire": "nh",
    "new jersey": "nj", "new mexico": "nm", "new york": "ny", "north carolina": "nc", "north dakota": "nd",
    "ohio": "oh", "oklahoma": "ok", "oregon": "or", "pennsylvania": "pa", "rhode island": "ri",
    "south carolina": "sc", "south dakota": "sd", "tennessee": "tn", "texas": "tx", "utah": "ut", "vermont": "vt",
    "virginia": "va", "washington": "wa", "west virginia": "wv", "wisconsin": "wi", "wyoming": "wy",
    "american samoa": "as", "guam": "gu", "northern mariana islands": "mp", "puerto rico": "pr",
    "us virgin islands": "vi", "virgin islands": "vi", "washington dc": "dc",
}  # fmt: skip


class StateNotAllowed(Forbidden):
    code = "state_not_allowed"


class ProductNotAllowed(Forbidden):
    code = "product_not_allowed"


class CertificateRequired(Forbidden):
    code = "certificate_required"


class DailyLimitReached(Forbidden):
    code = "daily_limit_reached"

    def __init__(self, limit: int) -> None:
        super().__init__(f"The source's limit of {limit} leads a day (UTC) is reached.")


class Rules(Protocol):
    """A source, as far as its rules go; what is empty allows everything."""

    allowed_states: Sequence[str]
    allowed_products: Sequence[str]
    requires_certificate: bool


def refusal(source: Rules, lead: Any) -> Forbidden | None:
    """Why this source may not send a lead with this state, product and certificate; None when it may."""
    if source.allowed_states and state(lead.state) not in {state(each) for each in source.allowed_states}:
        return StateNotAllowed(not_allowed("state", "of", lead.state), field="state")
    if source.allowed_products and folded(lead.product) not in {folded(each) for each in source.allowed_products}:
        return ProductNotAllowed(not_allowed("product", "for", lead.product), field="product")
    if source.requires_certificate and not lead.trusted_form_url:
        return CertificateRequired("The source must send a TrustedForm certificate.", field="trusted_form_url")
    return None


def state(text: str) -> str:
    """A state in its short form where that is known, so that `California` is `CA`."""
    name = folded(text.replace(".", "").replace(",", " "))
    return STATES.get(name, name)


def folded(text: str) -> str:
    return " ".join(text.split()).casefold()


def not_allowed(what: str, of: str, text: str) -> str:
    if not text:
        return f"The lead names no {what}, and the source may send leads {of} some {what}s only."
    return f"The source may not send leads {of} {text[:100]}."
