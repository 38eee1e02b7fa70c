"""The pages of background work: what people started, with its progress, and for the platform the sweeps."""

from typing import Any

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db.models import Q, QuerySet
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect, JsonResponse
from django.urls import URLPattern, path, reverse
from django.utils.safestring import SafeString
from unfold.contrib.filters.admin import ChoicesDropdownFilter
from unfold.decorators import display

from accounts.models import Job, JobState, SweepRun
from accounts.roles import Right
from leadhub.lib.admin import TenantAdmin, badge, moment
from leadhub.lib.errors import Conflict

TONES = {
    JobState.QUEUED: "plain",
    JobState.RUNNING: "info",
    JobState.DONE: "success",
    JobState.FAILED: "danger",
}


@admin.register(Job)
class JobAdmin(TenantAdmin):
    """Jobs are looked at here; the one that failed can be tried again."""

    view_right = retry_right = Right.MANAGE_TEAMS
    list_display = ["name", "state_badge", "how_far", "started_by", "created"]
    list_display_links = ["name"]
    list_filter = [("state", ChoicesDropdownFilter)]
    list_select_related = ["created_by"]
    list_after_template = "console/sweeps.html"
    sortable_by = ["created"]
    ordering = ["-pk"]
    change_form_template = "console/job.html"
    empty_hint = "Nothing was started yet. Work that takes a while, such as handing over many leads, is shown here."

    def rows(self, request: Any) -> QuerySet[Job]:
        """The account's jobs; for a platform administrator also those of no account."""
        wanted = Q(account=request.account) if request.account else Q(pk=None)
        if request.desk.is_platform_admin:
            wanted |= Q(account=None)
        return Job.objects.filter(wanted)

    def get_urls(self) -> list[URLPattern]:
        named = [("progress", self.progress_view), ("retry", self.retry_view)]
        own = [
            path(f"<path:object_id>/{name}/", self.admin_site.admin_view(view), name=f"accounts_job_{name}")
            for name, view in named
        ]
        return own + super().get_urls()

    def changelist_view(self, request: Any, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        sweeps = SweepRun.objects.all() if request.desk.is_platform_admin else SweepRun.objects.none()
        return super().changelist_view(request, {"sweeps": list(sweeps)} | (extra_context or {}))

    def get_fieldsets(self, request: HttpRequest, obj: Any = None) -> list[Any]:
        # Nothing is edited here: the template tells the job.
        return []

    def render_change_form(self, request: Any, context: dict[str, Any], *args: Any, **kwargs: Any) -> HttpResponse:
        job = kwargs.get("obj") or context["original"]
        may_retry = job.state == JobState.FAILED and request.desk.allows(self.retry_right)
        context |= {"job": job, "state": self.state_badge(job), "told": told(job), "may_retry": may_retry}
        return super().render_change_form(request, context, *args, **kwargs)

    def job_or_404(self, request: Any, object_id: str) -> Job:
        if not self.has_view_permission(request):
            raise PermissionDenied
        job = self.get_object(request, object_id)
        if job is None:
            raise Http404
        return job

    def progress_view(self, request: Any, object_id: str) -> HttpResponse:
        """How far the job is, for the script of its page."""
        job = self.job_or_404(request, object_id)
        return JsonResponse({"state": job.state, "done": job.dealt_with, "total": job.total, "progress": job.progress})

    def retry_view(self, request: Any, object_id: str) -> HttpResponse:
        job = self.job_or_404(request, object_id)
        if not request.desk.allows(self.retry_right):
            raise PermissionDenied
        if request.method == "POST":
            self.retry(request, job)
        return HttpResponseRedirect(reverse("admin:accounts_job_change", args=[job.pk]))

    def retry(self, request: Any, job: Job) -> None:
        try:
            job.retry(request.actor)
        except Conflict as error:
            messages.error(request, error.message)
        else:
            messages.success(request, "The job goes on from where it stood.")

    @display(description="job")
    def name(self, job: Job) -> str:
        return job.title

    @display(description="state")
    def state_badge(self, job: Job) -> SafeString:
        return badge(job.get_state_display(), TONES[JobState(job.state)])

    @display(description="progress")
    def how_far(self, job: Job) -> str:
        return job.progress

    @display(description="started by")
    def started_by(self, job: Job) -> str:
        return job.created_by.email if job.created_by else ""

    @display(description="when", ordering="pk")
    def created(self, job: Job) -> str:
        return moment(job.created_at)


def told(job: Job) -> list[tuple[str, str]]:
    """What the job's page says of it, without the empty ones."""
    lines = [
        ("Error", job.error),
        *((key.replace("_", " ").capitalize(), str(value)) for key, value in job.result.items()),
        ("Started by", job.created_by.email if job.created_by else ""),
        ("Asked for", moment(job.created_at)),
        ("Begun", moment(job.started_at)),
        ("Ended", moment(job.finished_at)),
    ]
    return [(label, value) for label, value in lines if value]
