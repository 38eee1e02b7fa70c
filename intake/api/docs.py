"""What `/api/docs` says of the hub's own API, beyond what each view says of itself."""

from collections.abc import Mapping, Sequence
from typing import Any

from drf_spectacular.extensions import OpenApiAuthenticationExtension
from drf_spectacular.utils import OpenApiExample, OpenApiParameter, extend_schema

from intake.api.serializers.base import ApiProblem
from intake.documentation import IDEMPOTENCY_KEY, errors

ACCOUNT = OpenApiParameter(
    "x-account-id",
    str,
    "header",
    description="The account, for example 2311. It may be left out with an account's key, and by a person who asks of "
    "accounts or users.",
)
LOCATION = OpenApiParameter("Location", str, "header", response=[201, 202], description="Where it is found.")
PAGE = (
    OpenApiParameter("limit", int, description="Rows on a page, 1 to 200; 50 unless told."),
    OpenApiParameter("cursor", str, description="The `next_cursor` of the page before."),
)


def problems(*statuses: int) -> dict[Any, Any]:
    """The refusals of an operation: those given, and the ones that any may answer."""
    every = sorted({400, 401, 403, 404, 405, 413, 415, 429, 500, 503, *statuses})
    return errors(ApiProblem, *every, media_type="application/problem+json")


def sent(example: Mapping[str, Any] | None) -> list[OpenApiExample]:
    return [] if example is None else [OpenApiExample("An example", value=example, request_only=True)]


def reads(
    name: str,
    tag: str,
    summary: str,
    *,
    answer: Any,
    parameters: Sequence[OpenApiParameter] = (),
    description: str = "",
    **said: Any,
) -> Any:
    """Documents an operation that changes nothing; `said` has the request and examples of one that is posted."""
    return extend_schema(
        operation_id=f"api_{name}",
        tags=[tag],
        summary=summary,
        description=description,
        parameters=[ACCOUNT, *parameters],
        responses={200: answer, **problems()},
        **said,
    )


def writes(
    name: str,
    tag: str,
    summary: str,
    *,
    answers: Mapping[int, Any],
    request: Any = None,
    example: Mapping[str, Any] | None = None,
    description: str = "",
) -> Any:
    """Documents an operation that is carried out once for an Idempotency-Key."""
    return extend_schema(
        operation_id=f"api_{name}",
        tags=[tag],
        summary=summary,
        description=description,
        request=request,
        parameters=[ACCOUNT, IDEMPOTENCY_KEY, *([LOCATION] if answers.keys() & {201, 202} else [])],
        responses={**answers, **problems(409, 422)},
        examples=sent(example),
    )


class ApiKeyScheme(OpenApiAuthenticationExtension):
    target_class = "intake.api.views.ApiAuthentication"
    name = ["apiKey", "apiBearer"]

    def get_security_definition(self, auto_schema: Any) -> list[dict[str, str]]:
        what = "An account's key; or a user's key or a session token, with `x-account-id`."
        return [
            {"type": "apiKey", "in": "header", "name": "X-Api-Key", "description": what},
            {"type": "http", "scheme": "bearer", "description": "The same as a bearer token."},
        ]

    def get_security_requirement(self, auto_schema: Any) -> list[dict[str, list[str]]]:
        return [{"apiKey": []}, {"apiBearer": []}]


class PersonScheme(OpenApiAuthenticationExtension):
    """The same but for an account's key: the schemes are there already."""

    target_class = "intake.api.views.PersonAuthentication"
    name: list[str] = []

    def get_security_definition(self, auto_schema: Any) -> list[dict[str, str]]:
        return []

    def get_security_requirement(self, auto_schema: Any) -> list[dict[str, list[str]]]:
        return [{"apiKey": []}, {"apiBearer": []}]


class AnywhereScheme(PersonScheme):
    """The same where no account needs to be named."""

    target_class = "intake.api.views.AnywhereAuthentication"
