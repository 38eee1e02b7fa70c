"""Texts and addresses of the doors, at the characters that nobody sends by mistake."""

import pytest
from rest_framework.exceptions import ValidationError

from intake.fields import Prose, Text, is_web_url


@pytest.mark.parametrize("field", [Text(), Prose()])
@pytest.mark.parametrize("text", ["\ud800", "a\udfffb", "ü" * 1000 + "\udc00"])
def test_half_of_a_surrogate_pair_is_refused_by_its_number(field: Text, text: str) -> None:
    with pytest.raises(ValidationError) as refused:
        field.run_validation(text)

    [half] = [character for character in text if "\ud800" <= character <= "\udfff"]
    assert refused.value.detail == [f"Surrogate characters are not allowed: U+{ord(half):X}."]


@pytest.mark.parametrize("text", ["plain", "ü", "\U0001f600", "日本語"])
def test_any_other_text_is_taken(text: str) -> None:
    assert Text().run_validation(text) == text


@pytest.mark.parametrize(
    "space", [" ", "\t", "\n", "\r", "\x0b", "\x1f", "\x85", "\xa0", "\u2003", "\u2028", "\u3000", "\\"]
)
def test_a_space_or_backslash_anywhere_makes_no_address(space: str) -> None:
    assert is_web_url("https://acme.com/x?y=z#w")
    for address in (f"{space}https://acme.com/", f"https://acme.com/a{space}b", f"https://acme.com/{space}"):
        assert not is_web_url(address)
