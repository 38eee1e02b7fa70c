"""What staff see of background work in the console."""

import pytest
from django.utils import timezone

from accounts.actors import Actor
from accounts.jobs import run_sweep
from accounts.models import Job, JobState
from accounts.roles import Role
from leadhub.lib.jobs import Sweep
from tests.consoles import change_url, console, list_url, member, text_of
from tests.people import Company, platform_admin
from tests.working import start

pytestmark = pytest.mark.django_db


def test_the_list_tells_state_and_progress(acme: Company) -> None:
    start(acme)
    Job.objects.update(state=JobState.RUNNING, total=400, done=117, refused=3)

    page = text_of(console(acme.owner).get(list_url(Job)))

    for expected in ("Count", "Running", "120 of 400, 3 refused", acme.owner.email):
        assert expected in page


def test_a_running_job_s_page_looks_again_by_itself(acme: Company) -> None:
    job = start(acme)
    Job.objects.update(state=JobState.RUNNING, total=400, done=120)
    client = console(acme.owner)

    page = text_of(client.get(change_url(job)))
    progress = client.get(f"/admin/accounts/job/{job.pk}/progress/")

    assert "leadhub/job.js" in page
    assert f'data-url="/admin/accounts/job/{job.pk}/progress/"' in page
    assert progress.json() == {"state": "running", "done": 120, "total": 400, "progress": "120 of 400"}


def test_a_job_that_is_over_tells_what_came_of_it(acme: Company) -> None:
    job = start(acme)
    Job.objects.update(state=JobState.DONE, result={"given_to": 7}, finished_at=timezone.now())

    page = text_of(console(acme.owner).get(change_url(job)))

    assert "Given to" in page
    assert "leadhub/job.js" not in page
    assert "Try again" not in page


@pytest.mark.parametrize(
    ("role", "status"), [(Role.MANAGER, 302), (Role.OWNER, 302), (Role.AGENT, 403), (Role.VIEWER, 403)]
)
def test_who_manages_teams_may_try_a_failed_job_again(acme: Company, role: Role, status: int) -> None:
    job = start(acme)
    Job.objects.update(state=JobState.FAILED, error="ValueError")
    client = console(member(acme, role))

    page = text_of(client.get(change_url(job)))
    response = client.post(f"/admin/accounts/job/{job.pk}/retry/")

    job.refresh_from_db()
    assert response.status_code == status
    assert ("Try again" in page, job.state) == ((True, "queued") if status == 302 else (False, "failed"))


def test_looking_at_the_address_of_a_retry_does_nothing(acme: Company) -> None:
    job = start(acme)
    Job.objects.update(state=JobState.FAILED)

    assert console(acme.owner).get(f"/admin/accounts/job/{job.pk}/retry/").status_code == 302
    assert Job.objects.get().state == JobState.FAILED


def test_a_running_job_asked_to_be_tried_again_says_no(acme: Company) -> None:
    job = start(acme)

    response = console(acme.owner).post(f"/admin/accounts/job/{job.pk}/retry/", follow=True)

    assert "Only a job that failed can be tried again." in text_of(response)


def test_sweeps_and_the_platform_s_jobs_are_for_platform_administrators(acme: Company) -> None:
    admin = platform_admin()
    run_sweep(Sweep("tidy", 60, lambda: 7))
    assert ">Tidy<" in text_of(console(admin).get(list_url(Job)))

    Job.objects.start("test", account=None, actor=Actor(), title="Of the platform", arguments={})

    for user, shown in ((acme.owner, False), (admin, True)):
        page = text_of(console(user).get(list_url(Job)))
        assert ("Of the platform" in page, ">Tidy<" in page) == (shown, shown)
