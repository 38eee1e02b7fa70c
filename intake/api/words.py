"""How the hub's own API says that something is wrong: RFC 9457, every problem with the status it has. Pure."""

from typing import Any

from intake.problems import Problem, problem_details


def error(problem: Problem, *, path: str, request_id: str) -> tuple[int, dict[str, Any]]:
    return problem.status, problem_details(problem, status=problem.status, path=path, request_id=request_id)
