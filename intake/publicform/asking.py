"""What a public form can ask for. Pure."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from leadhub.lib.errors import Invalid

LABEL = 80
# Of what is agreed to, which is a sentence, the longest.
WORDS = 500
# A lead without one of these could not be answered.
REACHED_BY = ("email", "phone")


@dataclass(frozen=True, slots=True)
class Kind:
    """A field as browsers know it, with its usual label; `called` is what the builder calls it, if not that."""

    label: str
    type: str
    autocomplete: str
    longest: int = LABEL
    called: str = ""


KINDS = {
    "email": Kind("E-mail", "email", "email"),
    "phone": Kind("Phone", "tel", "tel"),
    "first_name": Kind("First name", "text", "given-name"),
    "last_name": Kind("Last name", "text", "family-name"),
    "company": Kind("Company", "text", "organization"),
    "message": Kind("Message", "textarea", "off"),
    "consent": Kind("I agree to be contacted about my request.", "checkbox", "off", WORDS, "Consent"),
}


class BadFields(Invalid):
    """The fields make no form."""

    def __init__(self, message: str) -> None:
        super().__init__(message, field="fields")


def checked_fields(given: Any) -> list[dict[str, Any]]:
    """The fields in their order, each {name, label, required}; one without a label has its kind's. Raises BadFields."""
    if not isinstance(given, list) or not all(isinstance(each, Mapping) for each in given):
        raise BadFields("The fields are a list of objects.")
    fields = [checked_field(each) for each in given]
    names = [each["name"] for each in fields]
    if len(set(names)) < len(names):
        raise BadFields("A field can be asked for once.")
    if not set(names) & set(REACHED_BY):
        raise BadFields("Ask for the e-mail or the phone: without them nobody could be answered.")
    return fields


def checked_field(given: Mapping[str, Any]) -> dict[str, Any]:
    name, label, required = given.get("name"), given.get("label") or "", given.get("required", False)
    if not isinstance(name, str) or name not in KINDS:
        raise BadFields(f"A field is one of: {', '.join(KINDS)}.")
    if given.keys() - {"name", "label", "required"}:
        raise BadFields("A field has a name, a label, and whether it is required.")
    longest = KINDS[name].longest
    if not isinstance(label, str) or len(label) > longest or not label.isprintable():
        raise BadFields(f"A label is one line of at most {longest} characters.")
    if not isinstance(required, bool):
        raise BadFields("Whether a field is required is true or false.")
    return {"name": name, "label": label.strip() or KINDS[name].label, "required": required}


def shown(fields: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """The fields with what a page needs to show them."""
    return [
        {**field, "type": KINDS[field["name"]].type, "autocomplete": KINDS[field["name"]].autocomplete}
        for field in fields
    ]
