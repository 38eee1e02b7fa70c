"""What a known source sent and we refused is kept, so that nothing is lost."""

from intake.models import QuarantinedLead
from intake.problems import Problem
from leadhub.lib.requests import RequestInfo, storable
from teams.models import LeadSource


def quarantine(
    source: LeadSource, *, body: bytes, content_type: str, problem: Problem, request: RequestInfo
) -> QuarantinedLead:
    """Keep a refused payload with its reason, in a transaction of its own."""
    return QuarantinedLead.objects.create(
        account_id=source.account_id,
        lead_source=source,
        door="source",
        code=problem.code,
        reason=problem.message,
        content_type=storable(content_type)[:255],
        payload=body,
        request_id=request.id,
        remote_addr=request.address,
    )
