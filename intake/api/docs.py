"""What `/api/docs` says of the hub's own API."""

from typing import Any

from drf_spectacular.extensions import OpenApiAuthenticationExtension
from drf_spectacular.utils import OpenApiParameter

from intake.api.serializers import ApiProblem, Me
from intake.documentation import errors

ACCOUNT = OpenApiParameter(
    "x-account-id", str, "header", description="The account, for example 2311; required but with an account's key."
)


def problems(*statuses: int) -> dict[Any, Any]:
    """The refusals of an operation: those given, and the ones that any may answer."""
    every = sorted({400, 401, 403, 404, 405, 413, 415, 500, 503, *statuses})
    return errors(ApiProblem, *every, media_type="application/problem+json")


ME: dict[str, Any] = {
    "operation_id": "api_me",
    "tags": ["account"],
    "summary": "Who calls, and in which account",
    "parameters": [ACCOUNT],
    "responses": {200: Me, **problems()},
}


class ApiKeyScheme(OpenApiAuthenticationExtension):
    """The same headers carry the same keys as at two doors: the schemes are theirs, and authorising once serves all."""

    target_class = "intake.api.views.ApiAuthentication"
    name: list[str] = []

    def get_security_definition(self, auto_schema: Any) -> list[dict[str, str]]:
        return []

    def get_security_requirement(self, auto_schema: Any) -> list[dict[str, list[str]]]:
        return [{"workspaceKey": []}, {"workspaceBearer": []}, {"accountToken": []}]
