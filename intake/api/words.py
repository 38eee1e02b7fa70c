"""How the hub's own API says that something is wrong: RFC 9457, every problem with the status it has. Pure."""

from typing import Any

from intake.problems import Problem, problem_details

# What is right as it was sent, and contradicts what is there.
KNOWN = "duplicate_lead"


def error(problem: Problem, *, path: str, request_id: str) -> tuple[int, dict[str, Any]]:
    """A known person's lead is a conflict, and names the lead that is known."""
    status = 409 if problem.code == KNOWN else problem.status
    lead = {"lead": problem.lead.pk} if problem.lead else {}
    return status, problem_details(problem, status=status, path=path, request_id=request_id) | lead
