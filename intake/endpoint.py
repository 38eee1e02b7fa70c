"""The order that no endpoint can forget: body, authenticate, limit, right, parse, idempotency, work, answer."""

from collections.abc import Callable, Mapping
from typing import Any, ClassVar, cast

import orjson
from django.db import DatabaseError, InterfaceError
from django.http import HttpResponse
from rest_framework.negotiation import BaseContentNegotiation
from rest_framework.parsers import JSONParser
from rest_framework.permissions import BasePermission
from rest_framework.renderers import JSONRenderer
from rest_framework.request import Request
from rest_framework.serializers import Serializer
from rest_framework.viewsets import ViewSet

from accounts.actors import Actor, acting
from accounts.callers import Caller, note_use
from accounts.models import Account, User
from accounts.roles import Right
from intake import idempotency, limits
from intake.authentication import HasRight, Open
from intake.body import LIMIT, parse_json, read_body, require_json
from intake.fields import present
from intake.idempotency import Answer, answer_once
from intake.problems import Problem, method_not_allowed, problem_of
from intake.queries import Query
from intake.refusals import Door, info_of, notes_of, problem_from, refuse
from leadhub.lib.errors import DomainError, Unavailable
from leadhub.lib.transactions import run
from leads.drafts import LeadDraft
from leads.outcomes import MET, Context, DuplicateLead, Outcome, Verdict
from leads.receive import receive


class AnyAccept(BaseContentNegotiation):
    """Doors answer JSON, whatever the client says it would rather have."""

    def select_parser(self, request: Request, parsers: Any) -> Any:
        return None

    def select_renderer(self, request: Request, renderers: Any, format_suffix: str | None = None) -> Any:
        return renderers[0], renderers[0].media_type


class Endpoint(ViewSet):
    """Any view of a door, or of the hub's own API: it says who may, the order of the steps is here.

    Its actions return `ok(...)`, or `once(...)` where a repeat must not be carried out again. They raise DomainErrors,
    Problems and serializers' ValidationErrors; all leave in the door's words.
    """

    door: ClassVar[Door]
    # By action; what is not named here is closed. A door's view adds to its base's: `Base.rights | {...}`.
    rights: ClassVar[Mapping[str, Right | Open]] = {}
    # Bytes by action, where they are not a megabyte.
    body_limits: ClassVar[Mapping[str, int]] = {}
    # The actions whose body may be left out: it is then an empty object.
    optional_body: ClassVar[frozenset[str]] = frozenset()
    # Whether it is about what is the caller's own, and no colleague's.
    is_personal: ClassVar[bool] = False
    permission_classes: tuple[type[BasePermission], ...] = (HasRight,)
    content_negotiation_class = AnyAccept
    renderer_classes = (JSONRenderer,)
    # Never asked: bodies are read and parsed here. Without it the documentation would show none.
    parser_classes = (JSONParser,)

    body: bytes = b""
    # Who calls, once that is known; None before, and where no credential is asked for.
    caller: Caller | None = None

    def refused(self, problem: Problem, request: Request) -> None:
        """Called with every refusal, after it is final."""

    # --- the order ---

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        """Wrong method, the body, the credential, the limit, the right: what is too large is not even authenticated."""
        if self.action == "metadata":
            return
        if self.action is None:
            raise method_not_allowed(self.allowed_methods)
        self.before_body(request)
        self.body = read_body(request._request, self.body_limits.get(self.action, LIMIT))
        super().initial(request, *args, **kwargs)

    def before_body(self, request: Request) -> None:
        """Who comes without a credential is counted by his address; who guesses at keys first shows a right one."""
        if not self.authentication_classes:
            limits.by_address(request._request)
        elif limits.is_suspect(request._request):
            self.identified(request)

    def identified(self, request: Request) -> Caller | None:
        """Who calls, counted where he is refused: by his address who shows no good key, by that who shows one."""
        try:
            return cast(Caller | None, request.auth)
        except (Problem, DomainError):
            known: Caller | None = getattr(request._request, "shown", None)
            if known is None:
                limits.by_guess(request._request)
            else:
                self.counted(known, request)
            raise

    def counted(self, caller: Caller, request: Request) -> None:
        """Before the work, and outside its transaction: what is refused here has stored nothing. Raises Problem 429."""
        self.note_caller(caller, request)
        limits.by_caller(request._request, caller, door=self.door)

    def perform_authentication(self, request: Request) -> None:
        self.caller = self.identified(request)
        if self.caller is None:
            return
        self.counted(self.caller, request)
        if self.caller.key:
            # Before the work: after it, a database gone away would answer 503 to what is in, and it comes again.
            note_use(self.caller.key)

    def note_caller(self, caller: Caller, request: Request) -> None:
        notes = notes_of(request._request)
        notes.user_id = caller.user.pk
        notes.account_id = caller.account.pk if caller.account else None
        notes.key = caller.key.public_id if caller.key else ""

    def finalize_response(self, request: Request, response: Any, *args: Any, **kwargs: Any) -> Any:
        """Every answer says how the caller's budget stands, as the door does that."""
        notes_of(request._request).door = self.door.name
        for name, value in self.door.headers(request._request).items():
            response.headers[name] = value
        return super().finalize_response(request, response, *args, **kwargs)

    def handle_exception(self, exc: Exception) -> HttpResponse:  # type: ignore[override]
        """Every error of a door leaves here; what is nobody's mistake but ours rises to the 500 handler."""
        problem = problem_from(exc, names=self.door.names)
        if problem is None:
            raise exc
        try:
            self.refused(problem, self.request)
        except (DatabaseError, InterfaceError) as error:
            problem = problem_from(error)
            if problem is None:
                raise
        return refuse(self.door, problem, self.request._request)

    def options(self, request: Any, *args: Any, **kwargs: Any) -> HttpResponse:  # type: ignore[override]
        return without_type(HttpResponse(status=204, headers={"Allow": ", ".join(self.allowed_methods)}))

    def http_method_not_allowed(self, request: Any, *args: Any, **kwargs: Any) -> HttpResponse:  # type: ignore[override]
        raise method_not_allowed(self.allowed_methods)

    # --- what came ---

    def json(self, request: Request) -> dict[str, Any]:
        """The body's JSON object. Raises Problem 415 and 400; see `optional_body`."""
        if not self.body and self.action in self.optional_body:
            return {}
        require_json(request.META.get("CONTENT_TYPE", ""))
        return parse_json(self.body)

    def query(self, request: Request, *known: str) -> Query:
        """The query parameters, of which there may be none but the known. Raises Problem 400."""
        return Query(request.META.get("QUERY_STRING", ""), known)

    # --- the work and its answer ---

    def once(self, request: Request, work: Callable[[], Answer], *, stored: bool = True) -> HttpResponse:
        """The answer of `work`, done in one transaction; with an Idempotency-Key a repeat is given the first answer.

        What is recorded by itself of changed settings is recorded as the caller's doing.
        `stored=False` is for an answer with a secret, which must not lie in the database: the key is checked and
        nothing is kept, so a repeat is carried out again and makes another secret.
        """
        claim = self.claim(request)
        if claim and self.answers_one:
            claim = claim.by(self.user)
        with acting(self.actor(request)):
            return self.respond(self.done_once(claim, work) if claim and stored else run(work))

    @property
    def answers_one(self) -> bool:
        """Whether a colleague who asks the same would be answered otherwise, and so is not given this one's answer."""
        return self.caller is not None and (self.is_personal or not self.caller.may(Right.VIEW_ALL_LEADS))

    def done_once(self, claim: idempotency.Claim, work: Callable[[], Answer]) -> Answer:
        try:
            return run(lambda: answer_once(claim, work))
        except Unavailable:
            raise
        except DomainError:
            # A twin may have committed between our look and our lock: its answer is ours, not the conflict it made.
            first = run(lambda: idempotency.earlier(claim))
            if first is None:
                raise
            return first

    def ok(self, status: int, body: Any = None) -> HttpResponse:
        """The body as JSON in the door's media type; none with 204."""
        return self.respond(answer_with(status, body))

    def respond(self, answer: Answer) -> HttpResponse:
        media_type = self.door.error_media_type if answer.status >= 400 else self.door.media_type
        response = HttpResponse(answer.body, status=answer.status, content_type=media_type)
        if answer.status == 204:
            without_type(response)
        notes = notes_of(self.request._request)
        if answer.problem:
            notes.outcome = answer.problem.code
        if answer.replayed:
            notes.outcome, response.headers["Idempotency-Replayed"] = "replayed", "true"
        return response

    # --- who and where ---

    @property
    def who(self) -> Caller:
        """Who calls, in a view that asks for a credential."""
        assert self.caller, "the authenticator names the caller"
        return self.caller

    @property
    def account(self) -> Account:
        assert self.who.account, "a door's authenticator names the account"
        return self.who.account

    @property
    def user(self) -> User:
        return self.who.user

    def actor(self, request: Request) -> Actor:
        door, info = self.door.name, info_of(request._request)
        return self.caller.actor(door=door, request=info) if self.caller else Actor(door=door, request=info)

    def claim(self, request: Request) -> idempotency.Claim | None:
        return idempotency.claim(self.account, request._request, self.body)


def without_type(response: HttpResponse) -> HttpResponse:
    """What has no content is of no type."""
    del response.headers["Content-Type"]
    return response


def answer_with(status: int, body: Any = None) -> Answer:
    """What the work of `once` returns: the body as JSON, UTC written as Z; None is no body."""
    return Answer(status, b"" if body is None else orjson.dumps(body, option=orjson.OPT_UTC_Z))


class DoorViewSet(Endpoint):
    """A door's endpoint for creating leads. A door says what is its own; what becomes of a lead is here."""

    rights: ClassVar[Mapping[str, Right | Open]] = {"create": Right.CREATE_LEADS}
    # One instance for all requests: validating does not change it, and making one costs more than validating.
    serializer: ClassVar[Serializer[Any]]

    # --- what a door says ---

    def draft(self, body: dict[str, Any], request: Request) -> LeadDraft:
        """What is said of the lead, validated. Raises ValidationError and Problem 400."""
        raise NotImplementedError

    def answer(self, outcome: Outcome, request: Request) -> tuple[int, dict[str, Any]]:
        raise NotImplementedError

    def context(self, request: Request) -> Context:
        return Context(door=self.door.name, actor=self.actor(request))

    # --- the order ---

    def create(self, request: Request) -> HttpResponse:
        draft = self.draft(self.json(request), request)
        answer = self.receive_once(draft, request)
        if answer.problem:
            self.refused(answer.problem, request)
        return self.respond(answer)

    def validated(self, body: dict[str, Any]) -> dict[str, Any]:
        fields: dict[str, Any] = self.serializer.run_validation(present(body))
        return fields

    def receive_once(self, draft: LeadDraft, request: Request) -> Answer:
        """The lead, and with an Idempotency-Key its answer, in one transaction.

        A refusal is an answer, not an exception, which would undo what is recorded about it.
        """
        context, claim = self.context(request), self.claim(request)

        def work() -> Outcome:
            [outcome] = receive(self.account, [draft], context=context)
            return outcome

        if claim is None:
            return self.finished(run(work), request)
        return run(lambda: answer_once(claim, lambda: self.finished(work(), request)))

    def finished(self, outcome: Outcome, request: Request) -> Answer:
        outcome = self.allowed(outcome)
        if outcome.error is None:
            return answer_with(*self.answer(outcome, request))
        problem = problem_of(outcome.error, names=self.door.names)
        problem.lead = outcome.lead
        status, body = self.door.words(problem, request._request)
        return Answer(status, orjson.dumps(body), problem=problem)

    def allowed(self, outcome: Outcome) -> Outcome:
        """The outcome as far as the caller may know of it: of a colleague's lead an agent learns that it is there."""
        met = outcome.lead if outcome.error or outcome.verdict in MET else None
        if met is None or self.caller is None or met.is_visible_to(self.caller.user, may=self.caller.may):
            return outcome
        return Outcome(Verdict.REFUSED, error=outcome.error or DuplicateLead())
