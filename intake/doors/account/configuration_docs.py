"""What `/api/docs` says of what is set up through the account door, by action."""

from collections.abc import Callable
from functools import wraps
from typing import Any

from drf_spectacular.extensions import OpenApiAuthenticationExtension
from drf_spectacular.utils import OpenApiExample, OpenApiParameter, extend_schema
from rest_framework.serializers import Serializer

from intake.documentation import IDEMPOTENCY_KEY, errors
from intake.doors.account import configuration_serializers as shapes
from intake.doors.account.serializers import AccountError
from teams.models import RotationStatus

type Said = dict[str, Any]
type Bodies = tuple[Any, Any, Any]

TAGS = ["account door"]
ACCOUNT = OpenApiParameter("x-account-id", str, "header", required=True, description="The account, for example 2311.")
ACTIVE = OpenApiParameter("active", str, enum=["true", "false", "all"])
STATUS = OpenApiParameter("status", str, enum=[*RotationStatus.values, "all"], description="Without it: active.")
EVERY = (400, 401, 403, 404, 405, 413, 415, 500, 503)
WRITING = (409, 422)


def operation(
    name: str, summary: str, *, answer: Any, status: int = 200, wrong: tuple[int, ...] = (),
    parameters: Any = (ACCOUNT,), **said: Any,
) -> Said:  # fmt: skip
    responses: dict[Any, Any] = {status: answer, **errors(AccountError, *sorted({*EVERY, *wrong}))}
    return {
        "operation_id": f"account_{name}",
        "tags": TAGS,
        "summary": summary,
        "parameters": [*parameters],
        "responses": responses,
        **said,
    }


def writing(name: str, summary: str, *, request: Any, answer: Any, status: int = 200, **said: Any) -> Said:
    parameters = [ACCOUNT, *said.pop("parameters", ()), IDEMPOTENCY_KEY]
    return operation(
        name, summary, answer=answer, status=status, wrong=WRITING, parameters=parameters, request=request, **said
    )


def documented[View: type](said: dict[str, Said]) -> Callable[[View], View]:
    """Says what each action of a view does, also of those it inherits and those that DRF does not know by name."""

    def decorate(view: View) -> View:
        for action, words in said.items():
            setattr(view, action, extend_schema(**words)(own(getattr(view, action))))
        return view

    return decorate


def own(method: Callable[..., Any]) -> Callable[..., Any]:
    """A method of its own, for what is said of it would be said of its base's."""

    @wraps(method)
    def called(*args: Any, **kwargs: Any) -> Any:
        return method(*args, **kwargs)

    return called


def numbered(kind: type = int) -> OpenApiParameter:
    return OpenApiParameter("id", kind, "path")


def example(value: Any) -> list[OpenApiExample]:
    return [OpenApiExample("One", value=value, request_only=True)]


def configured(
    one: str, many: str, *, shape: type[Serializer[Any]], bodies: Bodies, asked: OpenApiParameter, sample: Any,
    **said: str,
) -> dict[str, Said]:  # fmt: skip
    """The actions of ConfigurationViewSet; `bodies` are to make, to change, and to change by an id in the body."""
    new, change, named = bodies
    word = one.replace("_", " ")
    found = {
        "list": operation(
            f"list_{many}", f"The {many.replace('_', ' ')} of the account", answer=shape(many=True),
            parameters=[ACCOUNT, asked], description=said.get("listed", ""),
        ),
        "retrieve": operation(f"get_{one}", f"One {word}", answer=shape, parameters=[ACCOUNT, numbered()]),
        "create": writing(
            f"create_{one}", f"Make a {word}", request=new, answer=shape, status=201, examples=example(sample),
            description=said.get("made", ""),
        ),
        "partial_update": writing(
            f"change_{one}", f"Change a {word}", request=change, answer=shape, parameters=[numbered()],
            examples=example(sample), description="What is left out, or null, stays as it is.",
        ),
    }  # fmt: skip
    if named:
        found["change_named"] = writing(
            f"change_{one}_by_body", f"Change the {word} that the body's `id` names", request=named, answer=shape,
            examples=example({"id": 7, **sample}),
        )  # fmt: skip
    return found


TEAMS = configured(
    "team", "teams", shape=shapes.AccountTeam,
    bodies=(shapes.TeamRequest, shapes.TeamChange, shapes.TeamChangeById), asked=ACTIVE,
    sample={"name": "Sales West", "members": ["rep1@acme.com", "rep2@acme.com"]},
    listed="Active ones, unless `active` says otherwise.",
    made="A team that is not active is refused where a lead names it; the leads it has stay.",
)  # fmt: skip
SOURCES = configured(
    "lead_source", "lead_sources", shape=shapes.AccountLeadSource,
    bodies=(shapes.SourceRequest, shapes.SourceChange, shapes.SourceChangeById), asked=ACTIVE,
    sample={"name": "Trade fair", "teamIds": []},
    listed="All of them, unless `active` says otherwise.",
    made="Usable by the teams in `teamIds`; by all where there are none.",
)  # fmt: skip
ROTATIONS = configured(
    "lead_rotation", "lead_rotations", shape=shapes.AccountRotation,
    bodies=(shapes.RotationChange, shapes.RotationChange, None), asked=STATUS,
    sample={"userRotationArray": ["rep1@acme.com", "rep2@acme.com"]},
    made="A team has one active rotation, and so have the leads of no team: where there is one already, the new one is "
    "queued, and takes over when that one is archived. To ask for a second active one is a conflict.",
) | {
    "set_status": writing(
        "set_lead_rotation_status", "Activate, queue or archive a lead rotation",
        request=shapes.RotationStatusRequest, answer=shapes.AccountRotation, parameters=[numbered()],
        examples=example({"status": "archived"}),
    )
}  # fmt: skip
KEYS: dict[str, Said] = {
    "list": operation(
        "list_keys", "Your own keys", answer=shapes.AccountKey(many=True),
        description="For who manages the account also its own keys and those of its sources.",
    ),
    "create": writing(
        "create_key", "Make a key of your own", request=shapes.KeyRequest, answer=shapes.AccountNewKey, status=201,
        examples=example({"name": "CRM sync"}),
        description="`apiSecret` is shown here and never again; so a repeat with the same Idempotency-Key makes "
        "another key. A key made by a key that expires expires no later.",
    ),
    "partial_update": writing(
        "change_key", "Rename a key, or set when it expires", request=shapes.KeyChange, answer=shapes.AccountKey,
        parameters=[numbered(str)], examples=example({"name": "CRM sync"}),
    ),
    "change_named": writing(
        "change_key_by_body", "Change the key that the body's `id` names", request=shapes.KeyChangeById,
        answer=shapes.AccountKey, examples=example({"id": "sk_user_3fK9xQ2a", "name": "CRM sync"}),
    ),
    "destroy": writing(
        "revoke_key", "Revoke a key", request=None, answer=shapes.AccountKey, parameters=[numbered(str)],
        description="At once, and with it the sessions it opened.",
    ),
    "destroy_named": writing(
        "revoke_key_by_body", "Revoke the key that the body's `id` names", request=shapes.KeyNamed,
        answer=shapes.AccountKey,
    ),
}  # fmt: skip
LOGIN = operation(
    "login", "Log in", answer=shapes.AccountLogin, wrong=(429,), parameters=(), request=shapes.LoginRequest, auth=[],
    examples=example({"email": "ann@acme.com", "password": "correct horse battery staple"}),
    description="By e-mail and password, or by a user key's public id and the whole key. At most 10 failures a minute "
    "for one name, and 50, from one address.",
)  # fmt: skip
SESSION = operation(
    "session", "Who is logged in, and where he is a member", answer=shapes.AccountSession, parameters=()
)
LOGOUT = operation("logout", "End this session", answer=shapes.AccountDone, request=None, parameters=())


class PersonScheme(OpenApiAuthenticationExtension):
    """The same token as everywhere at this door, without an account: the scheme is there already."""

    target_class = "intake.doors.account.auth.PersonAuthentication"
    name: list[str] = []

    def get_security_definition(self, auto_schema: Any) -> list[dict[str, str]]:
        return []

    def get_security_requirement(self, auto_schema: Any) -> list[dict[str, list[str]]]:
        return [{"accountToken": []}]
