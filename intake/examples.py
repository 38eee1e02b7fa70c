"""An example of every answer in the documentation: of a refusal its door's own words, of the rest one of its schema."""

import re
from collections.abc import Mapping
from typing import Any

from django.conf import settings

from intake import problems
from intake.budgets import Standing
from intake.handlers import door_of
from intake.problems import Problem
from intake.publicform.views import DOOR as FORM
from intake.refusals import Door
from intake.samples import DAY, INSTANT, PERSON, SAMPLES
from leadhub.lib.errors import Unavailable

EMAIL = ["Enter a valid email address."]
PARAMETER = ["There is no such parameter."]
TRACE = SAMPLES["request_id"]
FORMATS = {"date-time": INSTANT, "date": DAY, "email": PERSON, "uuid": SAMPLES["uuid"]}
KINDS: dict[str, Any] = {"integer": 7, "number": 12.5, "boolean": False, "string": "text", "object": {}}
TYPES = {"string": str, "integer": int, "boolean": bool, "array": list, "object": dict}


def with_examples(result: Any, generator: Any, request: Any, public: bool) -> Any:
    """The schema, each answer in JSON with an example; what has one keeps it."""
    for path, operations in result["paths"].items():
        for operation in operations.values():
            for status, answer in operation["responses"].items():
                for media_type, content in answer.get("content", {}).items():
                    if "json" in media_type and not content.get("examples"):
                        content["example"] = example_of(content["schema"], int(status), path, operation, result)
    return result


def example_of(schema: Any, status: int, path: str, operation: Any, result: Any) -> Any:
    if status >= 400:
        # A form's page is no door's; what programs read there is the form's.
        return refusal(door_of(path) or FORM, status, path, has_body="requestBody" in operation)
    return made(schema, "", result["components"]["schemas"])


# --- refusals ---


def refusal(door: Door, status: int, path: str, *, has_body: bool) -> Any:
    return door.error(problem_of(door, status, has_body=has_body), path=path, request_id=TRACE)[1]


def problem_of(door: Door, status: int, *, has_body: bool) -> Problem:
    if status == 429:
        limit = getattr(settings, door.rate)
        return problems.rate_limited(Standing("default", limit, used=limit + 1, at=0))
    return invalid(has_body) if status == 400 else PROBLEMS[status]


def invalid(has_body: bool) -> Problem:
    name, said = ("email", EMAIL) if has_body else ("colour", PARAMETER)
    return problems.invalid(f"{name}: {said[0]}", fields={name: said})


PROBLEMS = {
    401: problems.unauthorized(),
    403: problems.forbidden("You do not have permission to do this."),
    404: problems.not_found(),
    405: problems.method_not_allowed(()),
    409: Problem(409, "idempotency_in_progress", "The first request with this Idempotency-Key is still running."),
    413: Problem(413, "payload_too_large", "The body is larger than 1048576 bytes."),
    415: Problem(415, "unsupported_media_type", "The body must be application/json in UTF-8."),
    422: Problem(422, "idempotency_key_reused", "This Idempotency-Key was used for another request."),
    500: problems.fault(),
    503: problems.problem_of(Unavailable()),
}


# --- answers ---


def made(schema: Mapping[str, Any], name: str, schemas: Mapping[str, Any], *, of: str = "") -> Any:
    """A value of this schema: the sample of its name in `of`, or of its name; null where it may be."""
    component = referred(schema)
    if component:
        return made(schemas[component], name, schemas, of=component)
    if "properties" in schema:
        return {key: sampled(each, key, schemas, of) for key, each in schema["properties"].items()}
    if "enum" in schema:
        return schema["enum"][0]
    if schema.get("type") == "array":
        return [made(schema["items"], name, schemas)]
    return FORMATS.get(schema.get("format", "")) or KINDS.get(schema.get("type", ""))


def sampled(schema: Mapping[str, Any], name: str, schemas: Mapping[str, Any], of: str) -> Any:
    sample = SAMPLES.get(f"{of}.{name}", SAMPLES.get(snake(name)))
    component = referred(schema)
    if sample is not None and fits(sample, schemas[component] if component else schema):
        return sample
    return None if schema.get("nullable") else made(schema, name, schemas)


def referred(schema: Mapping[str, Any]) -> str:
    """The component that it is, if it is one."""
    for each in (schema, *schema.get("allOf", []), *schema.get("oneOf", [])):
        if "$ref" in each:
            return str(each["$ref"].rpartition("/")[2])
    return ""


def fits(sample: Any, schema: Mapping[str, Any]) -> bool:
    """A name that several schemas have may be of several types."""
    if "properties" in schema or ("enum" in schema and sample not in schema["enum"]):
        return False
    return isinstance(sample, TYPES.get(schema.get("type", ""), object))


def snake(name: str) -> str:
    return re.sub(r"(?<=[a-z0-9])([A-Z])", r"_\1", name).lower()
