"""What a visitor sends, read: JSON or a form; now, or out of the quarantine."""

from typing import Any

from rest_framework.exceptions import ValidationError

from intake.body import JSON, media_type, parse_json
from intake.fields import present
from intake.formbody import FORM, parse_form
from intake.models import Form, QuarantinedLead
from intake.problems import Problem, invalid
from intake.publicform import wire
from intake.publicform.asking import REACHED_BY
from intake.publicform.origins import leads_to, origin_at
from intake.publicform.serializers import FormLeadRequest
from intake.quarantine import Reread, reads

LIMIT = 64 * 1024
FIELDS = 50
REQUIRED = "This field is required."
UNREACHABLE = "An e-mail or a phone number is needed."
ELSEWHERE = "The form does not lead there."

# One instance for all requests: validating does not change it, and making one costs more than validating.
SHAPE = FormLeadRequest()


def body_of(payload: bytes, content_type: str) -> dict[str, Any]:
    """What was sent, by name. Raises Problem 415 and 400."""
    kind = media_type(content_type)
    if kind.startswith("multipart/"):
        raise invalid(f"Files are not taken; send {JSON} or {FORM}.", "invalid_request")
    if kind not in (JSON, FORM):
        raise Problem(415, "unsupported_media_type", f"The body must be {JSON} or {FORM}, in UTF-8.")
    body = parse_json(payload) if kind == JSON else parse_form(payload)
    if len(body) > FIELDS:
        raise invalid(f"At most {FIELDS} fields are taken.", "invalid_request")
    return body


def fields_of(body: dict[str, Any], form: Form) -> dict[str, Any]:
    """The fields of a lead that this form takes. Raises ValidationError, with all that is wrong at once."""
    fields, wrong = validated(present(body))
    for field in form.fields:
        # Consent that is not given is there, too.
        if field["required"] and not fields.get(field["name"]):
            wrong.setdefault(field["name"], [REQUIRED])
    if not any(name in fields or name in wrong for name in REACHED_BY):
        asked = next((field["name"] for field in form.fields if field["name"] in REACHED_BY), REACHED_BY[0])
        wrong[asked] = [UNREACHABLE]
    if "redirect" in fields and not leads_to(str(fields["redirect"]), hosts_of(form)):
        wrong["redirect"] = [ELSEWHERE]
    if wrong:
        raise ValidationError(wrong)
    return fields


def validated(given: dict[str, Any]) -> tuple[dict[str, Any], dict[str, Any]]:
    """The fields that say something, and what is wrong with others."""
    wrong: dict[str, Any] = {}
    try:
        fields = SHAPE.run_validation(given)
    except ValidationError as error:
        wrong = dict(error.detail) if isinstance(error.detail, dict) else {"": error.detail}
        fields = {name: value for name, value in given.items() if name not in wrong}
    return {name: value for name, value in fields.items() if not is_blank(value)}, wrong


def is_blank(value: Any) -> bool:
    return isinstance(value, str) and not value.strip()


def hosts_of(form: Form) -> set[str]:
    """Where a visitor may be sent: the hosts that the form names, and that of its own thanks page."""
    own = origin_at(form.redirect_url) if form.redirect_url else None
    return {*form.allowed_redirect_hosts, *([own.partition("://")[2]] if own else [])}


@reads("form", names=wire.WORDS)
def reread(kept: QuarantinedLead) -> Reread:
    """The kept payload read anew. Whoever runs it again has looked at it: no token, and no open form, is asked for,
    and nobody is sent anywhere.

    Raises Problem and ValidationError.
    """
    form = kept.form
    assert form, "what came by this door came by a form"
    body = body_of(bytes(kept.payload), kept.content_type)
    body.pop("redirect", None)
    fields = fields_of(body, form)
    return Reread(wire.draft(fields, body, form=form, address=kept.remote_addr, user_agent=kept.user_agent))
