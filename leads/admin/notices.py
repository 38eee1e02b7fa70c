"""The page behind the bell: what one was told about leads in this account, and how one wants to be told."""

from typing import Any

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet, Value
from django.http import HttpResponse, HttpResponseRedirect
from django.urls import URLPattern, path, reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString
from unfold.decorators import display

from accounts.models import User
from accounts.roles import Right
from leadhub.lib.admin import TenantAdmin, badge, link, moment
from leads.bell import notices_for
from leads.models import Notice, NoticeKind
from leads.models.notice import NoticeQuerySet

TONES = {NoticeKind.NEW_LEAD: "info", NoticeKind.REMINDER: "warning", NoticeKind.TAKEN: "plain"}


@admin.register(Notice)
class NoticeAdmin(TenantAdmin):
    """One's own notices, whatever one's role: nobody reads another's."""

    view_right = Right.VIEW_LEADS
    list_display = ["what", "about", "when"]
    list_display_links = None
    list_select_related = ["lead"]
    list_before_template = "console/notices_head.html"
    list_after_template = "console/notices_told.html"
    fields = readonly_fields = ["what", "about", "when"]
    sortable_by = ["when"]
    ordering = ["-pk"]
    empty_hint = "You are told here of each lead that comes to you, and of those that wait for a first contact."

    def rows(self, request: Any) -> NoticeQuerySet:
        return notices_for(request.desk)

    def get_queryset(self, request: Any) -> QuerySet[Notice]:
        # Whether the lead may be opened: it may have gone to a colleague since.
        return super().get_queryset(request).annotate(sees_all=Value(request.desk.allows(Right.VIEW_ALL_LEADS)))

    def get_urls(self) -> list[URLPattern]:
        own = [
            path("read/", self.admin_site.admin_view(self.read_view), name="leads_notice_read"),
            path("told/", self.admin_site.admin_view(self.told_view), name="leads_notice_told"),
        ]
        return own + super().get_urls()

    def changelist_view(self, request: Any, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        unread = {"has_unread": self.rows(request).unread().exists()}
        return super().changelist_view(request, unread | (extra_context or {}))

    def read_view(self, request: Any) -> HttpResponse:
        """Mark all that one was told here as read."""
        if request.method == "POST" and self.may_go_on(request):
            self.rows(request).mark_read()
        return HttpResponseRedirect(reverse("admin:leads_notice_changelist"))

    def told_view(self, request: Any) -> HttpResponse:
        """Keep how one wants to be told."""
        if request.method == "POST" and self.may_go_on(request):
            user = User.objects.get(pk=request.user.pk)
            user.choose_notices(bell="wants_bell" in request.POST, mail="wants_mail" in request.POST)
            messages.success(request, "Kept.")
        return HttpResponseRedirect(reverse("admin:leads_notice_changelist"))

    def may_go_on(self, request: Any) -> bool:
        if not self.has_view_permission(request):
            raise PermissionDenied
        return True

    @display(description="what")
    def what(self, notice: Notice) -> SafeString:
        told = badge(notice.get_kind_display(), TONES[NoticeKind(notice.kind)])
        return told if notice.read_at else format_html('{} <b class="lh-unread">new</b>', told)

    @display(description="lead")
    def about(self, notice: Any) -> SafeString | str:
        lead, may_open = notice.lead, notice.sees_all or notice.lead.owner_id == notice.user_id
        if lead.deleted_at:
            return "a lead that was deleted"
        named = f"{lead} · {lead.company}" if lead.company else str(lead)
        told = link(reverse("admin:leads_lead_change", args=[lead.pk]), named) if may_open else named
        return told if notice.read_at else format_html('<span class="lh-unread">{}</span>', told)

    @display(description="when", ordering="pk")
    def when(self, notice: Notice) -> str:
        return moment(notice.created_at)
