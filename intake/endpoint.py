"""The order that no door can forget: body, authenticate, limit, parse, idempotency, receive, answer."""

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

from accounts.actors import Actor
from accounts.callers import Caller, note_use
from accounts.models import Account, User
from intake import idempotency
from intake.authentication import MayCreateLeads
from intake.body import parse_json, read_body, require_json
from intake.fields import present
from intake.idempotency import Answer, answer_once
from intake.problems import Problem, problem_of
from intake.refusals import Door, info_of, problem_from, refuse
from leadhub.lib.transactions import run
from leads.drafts import LeadDraft
from leads.outcomes import Context, Outcome
from leads.receive import receive


class AnyAccept(BaseContentNegotiation):
    """Doors answer JSON, whatever the client says it would rather have."""

    def select_parser(self, request: Request, parsers: Any) -> Any:
        return None

    def select_renderer(self, request: Request, renderers: Any, format_suffix: str | None = None) -> Any:
        return renderers[0], renderers[0].media_type


class DoorViewSet(ViewSet):
    """A door's endpoint for creating leads. A door says what is its own; the order of the steps is here."""

    door: ClassVar[Door]
    # One instance for all requests: validating does not change it, and making one costs more than validating.
    serializer: ClassVar[Serializer[Any]]
    permission_classes: tuple[type[BasePermission], ...] = (MayCreateLeads,)
    content_negotiation_class = AnyAccept
    renderer_classes = (JSONRenderer,)
    # Never asked: bodies are read and parsed here. Without it the documentation would show none.
    parser_classes = (JSONParser,)

    body: bytes = b""
    # Who calls, once that is known; None before.
    caller: Caller | None = None

    # --- what a door says ---

    def draft(self, fields: dict[str, Any], body: dict[str, Any], request: Request) -> LeadDraft:
        raise NotImplementedError

    def answer(self, outcome: Outcome, request: Request) -> tuple[int, dict[str, Any]]:
        raise NotImplementedError

    def context(self, request: Request) -> Context:
        return Context(door=self.door.name, actor=self.actor(request))

    def refused(self, problem: Problem, request: Request) -> None:
        """Called with every refusal, after it is final."""

    # --- the order ---

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        """Wrong method, the body, then the credential: what is too large is not even authenticated."""
        if self.action == "metadata":
            return
        if self.action is None:
            raise Problem(405, "method_not_allowed", "This method is not served here.", allow=self.allowed_methods)
        self.body = read_body(request._request)
        super().initial(request, *args, **kwargs)

    def perform_authentication(self, request: Request) -> None:
        self.caller = cast(Caller, request.auth)

    def create(self, request: Request) -> HttpResponse:
        body = self.parsed(request)
        draft = self.draft(self.validated(body), body, request)
        if self.caller and self.caller.key:
            # Before the lead: after it, a database gone away would answer 503 to a lead that is in, and it comes again.
            note_use(self.caller.key)
        answer = self.receive_once(draft, request)
        if answer.problem:
            self.refused(answer.problem, request)
        return self.respond(answer)

    def options(self, request: Any, *args: Any, **kwargs: Any) -> HttpResponse:  # type: ignore[override]
        return HttpResponse(status=204, headers={"Allow": ", ".join(self.allowed_methods)})

    def parsed(self, request: Request) -> dict[str, Any]:
        require_json(request.META.get("CONTENT_TYPE", ""))
        return parse_json(self.body)

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
        if outcome.error is None:
            status, body = self.answer(outcome, request)
            return Answer(status, orjson.dumps(body, option=orjson.OPT_UTC_Z))
        problem = problem_of(outcome.error, names=self.door.names)
        problem.lead = outcome.lead
        status, body = self.door.words(problem, request._request)
        return Answer(status, orjson.dumps(body), problem=problem)

    def respond(self, answer: Answer) -> HttpResponse:
        media_type = self.door.error_media_type if answer.status >= 400 else self.door.media_type
        response = HttpResponse(answer.body, status=answer.status, content_type=media_type)
        if answer.replayed:
            response.headers["Idempotency-Replayed"] = "true"
        return response

    def handle_exception(self, exc: Exception) -> HttpResponse:  # type: ignore[override]
        """Every error of a door leaves here; what is nobody's mistake but ours rises to the 500 handler."""
        problem = problem_from(exc)
        if problem is None:
            raise exc
        try:
            self.refused(problem, self.request)
        except (DatabaseError, InterfaceError) as error:
            problem = problem_from(error)
            if problem is None:
                raise
        return refuse(self.door, problem, self.request._request)

    # --- who and where ---

    @property
    def account(self) -> Account:
        assert self.caller and self.caller.account, "a door's authenticator names the account"
        return self.caller.account

    @property
    def user(self) -> User:
        assert self.caller, "a door's authenticator names the user"
        return self.caller.user

    def actor(self, request: Request) -> Actor:
        assert self.caller
        return self.caller.actor(door=self.door.name, request=info_of(request._request))

    def claim(self, request: Request) -> idempotency.Claim | None:
        return idempotency.claim(self.account, request._request, self.body)
