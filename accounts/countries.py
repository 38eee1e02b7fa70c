"""The countries that an account or a source can be of: those whose phone numbers are known."""

import phonenumbers

from leadhub.lib.errors import Invalid


def checked_country(code: str) -> str:
    """This ISO 3166 code in capitals. Raises Invalid."""
    country = code.strip().upper()
    if country not in phonenumbers.SUPPORTED_REGIONS:
        raise Invalid("There is no such country; use two letters, such as US.", field="default_country")
    return country
