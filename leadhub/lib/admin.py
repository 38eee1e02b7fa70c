"""The base of every console page: the rows of the account one works in, for those whose role allows it.

The console's middleware puts `account`, `desk` and `actor` on the request. Rights are the words of accounts.roles,
which this module cannot import; a page that names none is closed.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, ClassVar, cast

from django import forms
from django.contrib import messages
from django.contrib.admin import ShowFacets
from django.contrib.admin.helpers import ACTION_CHECKBOX_NAME
from django.contrib.admin.options import IncorrectLookupParameters
from django.contrib.admin.templatetags.admin_urls import add_preserved_filters
from django.contrib.admin.views.autocomplete import AutocompleteJsonView
from django.contrib.admin.widgets import AutocompleteSelect, RelatedFieldWidgetWrapper
from django.contrib.contenttypes.models import ContentType
from django.db import DatabaseError, DataError
from django.db.models import Q, QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.text import capfirst
from unfold.admin import ModelAdmin, TabularInline

from leadhub.lib import onceonly
from leadhub.lib.errors import DomainError
from leadhub.lib.lists import SEARCHED, FarPaginator, Listed
from leadhub.lib.rowids import row_id
from leadhub.lib.transactions import is_unavailability, lost_a_race

ROWS_BELOW = 500
OVERTAKEN = (
    "This was changed at {at}, after you opened it, and yours is not saved. Below is what you entered: save again to "
    "put it in place of the other, or load the page anew to see that first."
)
ELSEWHERE = (
    "You changed to {account} after you opened this, and nothing is saved. Below is what you entered: save again to "
    "save it in {account}, or change back first."
)
NO_ID = "These are no rows of this list."
MISSING = "There is no such {} here: it was deleted, is another account's, or is not for you to see."
MISREAD = "That address asks for something this list does not know, so everything is shown."
LOST_RACE = "Somebody else changed the same thing at this moment; nothing was saved. Please look again, and repeat it."


def allowed(request: Any, right: str | None) -> bool:
    return right is not None and request.desk.allows(right)


class SeenForm(forms.ModelForm):
    """A form that is saved unasked neither over what somebody else saved after it was opened, nor in another account.

    When and where that was is in console/seen.html.
    """

    account: ClassVar[Any] = None

    def clean(self) -> dict[str, Any] | None:
        cleaned = super().clean()
        opened_in = self.data.get("_account")
        if opened_in and self.account and opened_in != str(self.account.pk):
            raise forms.ValidationError(ELSEWHERE.format(account=self.account.name), code="elsewhere")
        seen, stored = self.data.get("_seen"), getattr(self.instance, "updated_at", None)
        if seen and stored and not self.instance._state.adding and seen != stored.isoformat():
            raise forms.ValidationError(OVERTAKEN.format(at=moment(stored)), code="overtaken")
        return cleaned


class TenantForm(SeenForm):
    """A form whose new rows are the account's, and which offers what is stored though it is no longer in use."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if self.instance._state.adding and hasattr(self.instance, "account_id"):
            self.instance.account = self.account
        for name, field in self.fields.items():
            if isinstance(field, forms.ModelChoiceField) and field.queryset is not None:
                stored = getattr(self.instance, f"{name}_id", None)
                field.queryset = with_stored(field.queryset, stored) if stored else field.queryset

    def _get_validation_exclusions(self) -> set[str]:
        # The account is in no form, and Django would leave out every constraint that it is part of.
        return cast("set[str]", super()._get_validation_exclusions()) - {"account"}  # type: ignore[misc]


def with_stored(rows: QuerySet[Any], pk: int) -> QuerySet[Any]:
    return rows.model._default_manager.filter(Q(pk__in=rows.order_by().values("pk")) | Q(pk=pk))


class OneChoice(AutocompleteSelect):
    """A choice by autocomplete, which shows what is no id as none chosen: Django looks for a row even with that."""

    def optgroups(self, name: str, value: Any, attr: Any = None) -> Any:
        return super().optgroups(name, [each for each in value if row_id(each) is not None], attr)


class TenantFields:
    """What pages and their inlines share: forms of the account, and only its rows to choose from."""

    form: type[forms.ModelForm] = TenantForm

    def formfield_for_foreignkey(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        kwargs["queryset"] = page_of(self.admin_site, db_field).choices(request)  # type: ignore[attr-defined]
        if db_field.name in self.get_autocomplete_fields(request):  # type: ignore[attr-defined]
            kwargs["widget"] = OneChoice(db_field, self.admin_site, using=kwargs.get("using"))  # type: ignore[attr-defined]
        return super().formfield_for_foreignkey(db_field, request, **kwargs)  # type: ignore[misc]

    def formfield_for_dbfield(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        field = super().formfield_for_dbfield(db_field, request, **kwargs)  # type: ignore[misc]
        if field and isinstance(field.widget, RelatedFieldWidgetWrapper):
            field.widget = field.widget.widget
        return field


class MisreadError(Exception):
    """The list's address holds values that its filters cannot be asked for."""


class TenantAdmin(TenantFields, ModelAdmin):
    """A page over one tenant table. Nothing is ever deleted here: parents are deactivated."""

    view_right: str | None = None
    change_right: str | None = None
    actions = None
    show_full_result_count = False
    show_facets = ShowFacets.NEVER
    list_per_page = 50
    paginator = FarPaginator
    list_max_show_all = 0
    list_filter_submit = True
    show_add_link = True
    empty_hint = ""
    change_form_before_template = "console/seen.html"
    # Whether what was added is answered by a page of its own, that cannot be left for another form.
    answers_once = False
    # Whether its rows grow without end, so that they are to be read in the account's own index.
    is_long = False
    # One and many of its rows, and the page itself, as the sidebar says it; where they are empty, the model's words.
    called: tuple[str, str] | None = None
    titled = ""

    def __init__(self, *args: Any) -> None:
        super().__init__(*args)
        if self.called:
            self.opts.verbose_name, self.opts.verbose_name_plural = self.called

    def place(self, request: Any) -> str:
        """What this page is called: above it, in the browser's tab, and on the way back to it."""
        return self.titled or capfirst(str(self.opts.verbose_name_plural))

    def rows(self, request: Any) -> QuerySet[Any]:
        """All rows this person may know of; every query of the page begins here."""
        manager = self.model._default_manager
        if not request.account:
            return manager.none()
        return manager.listed_for(request.account) if self.is_long else manager.for_account(request.account)

    def in_its_account(self, request: Any, ordering: list[Any]) -> list[Any]:
        """The order of a long list as its account's index has it (TenantQuerySet.listed_for)."""
        first = ordering[0]
        return [first.replace("pk", "account_id"), first] if self.is_long and first in ("pk", "-pk") else ordering

    def choices(self, request: Any) -> QuerySet[Any]:
        """Those that may be chosen in a form: what is in use."""
        rows = self.rows(request)
        return rows.active() if hasattr(rows, "active") else rows

    def known(self, request: Any) -> QuerySet[Any]:
        """Those that may be filtered by: also what is no longer in use."""
        return self.rows(request)

    def may_choose(self, request: Any) -> bool:
        return self.has_view_permission(request)

    def hint(self, request: Any) -> str:
        """What an empty list tells who looks at it."""
        if not request.desk.only_begins:
            return self.empty_hint
        return f"{self.empty_hint} This is {request.desk.account}: choose another account at the top left."

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        return self.rows(request).order_by(*self.in_its_account(request, [*(self.get_ordering(request) or ["-pk"])]))

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return allowed(request, self.view_right) or self.has_change_permission(request, obj)

    def has_add_permission(self, request: Any) -> bool:
        return request.account is not None and allowed(request, self.change_right)

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return allowed(request, self.change_right)

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_module_permission(self, request: HttpRequest) -> bool:
        return self.has_view_permission(request)

    def get_form(self, request: Any, obj: Any = None, change: bool = False, **kwargs: Any) -> Any:
        form = super().get_form(request, obj, change=change, **kwargs)
        form.account, form.desk = request.account, request.desk
        return form

    def save_model(self, request: Any, obj: Any, form: Any, change: bool) -> None:
        self.stamp(request, obj, change=change)
        obj.save(update_fields=self.changed_fields(form) if change else None)

    def stamp(self, request: Any, obj: Any, *, change: bool) -> None:
        for name in ("updated_by",) if change else ("created_by", "updated_by"):
            if hasattr(obj, f"{name}_id"):
                setattr(obj, name, request.user)

    def changed_fields(self, form: Any) -> list[str]:
        """What the form changed, and nothing else: the rest of its row may be older than the stored one."""
        stored = {field.name for field in self.model._meta.concrete_fields}
        changed = {name for name in form.changed_data if name in stored}
        return sorted(changed | ({"updated_by", "updated_at"} & stored if changed else set()))

    def changeform_view(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        try:
            return super().changeform_view(request, *args, **kwargs)
        except DomainError as error:
            message = error.message
        except DatabaseError as error:
            if not (lost_a_race(error) or is_unavailability(error)):
                raise
            message = LOST_RACE
        messages.error(request, message)
        return HttpResponseRedirect(request.get_full_path())

    def render_change_form(self, request: Any, context: dict[str, Any], *args: Any, **kwargs: Any) -> HttpResponse:
        context["place"] = self.place(request)
        if context.get("original") is not None:
            context["title"] = context["place"]
        context["show_save_and_add_another"] = False
        context["show_save_and_continue"] = not (self.answers_once and context.get("original") is None)
        return super().render_change_form(request, context, *args, **kwargs)

    def changelist_view(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        place = self.place(request)
        try:
            return super().changelist_view(request, {"title": place, "place": place} | (extra_context or {}))
        except MisreadError:
            messages.warning(request, MISREAD)
            return HttpResponseRedirect(request.path)

    def response_action(self, request: Any, queryset: QuerySet[Any], *args: Any, **kwargs: Any) -> Any:
        if any(row_id(each) is None for each in request.POST.getlist(ACTION_CHECKBOX_NAME)):
            messages.error(request, NO_ID)
            return HttpResponseRedirect(request.get_full_path())
        return super().response_action(request, queryset, *args, **kwargs)

    def get_changelist_instance(self, request: HttpRequest) -> Any:
        try:
            return super().get_changelist_instance(request)
        except (IncorrectLookupParameters, DataError, ValueError, OverflowError) as error:
            # Without anything in the address it is a fault of ours.
            if not request.GET:
                raise
            raise MisreadError from error

    def get_changelist(self, request: HttpRequest, **kwargs: Any) -> type[Listed]:
        return Listed

    def filtered(self, request: HttpRequest, url: str) -> str:
        """The address with the filters of the list one came from: the way back leads there."""
        return add_preserved_filters({"preserved_filters": self.get_preserved_filters(request), "opts": self.opts}, url)

    def _get_obj_does_not_exist_redirect(self, request: HttpRequest, opts: Any, object_id: str) -> HttpResponse:
        """Back to the list: whoever came by an old link goes on from there."""
        messages.warning(request, MISSING.format(opts.verbose_name))
        return HttpResponseRedirect(list_page(self))

    def history_view(self, request: Any, object_id: str, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        """The audit entries about one row, in the page of all of them."""
        obj = self.get_object(request, object_id)
        if obj is None:
            return self._get_obj_does_not_exist_redirect(request, self.opts, object_id)
        kind = ContentType.objects.get_for_model(self.model).pk
        page = reverse("admin:accounts_auditentry_changelist")
        return HttpResponseRedirect(f"{page}?content_type__id__exact={kind}&object_id__exact={obj.pk}")

    # The one trail is accounts.AuditEntry; Django's own log of the console would be a second.
    def log_addition(self, request: HttpRequest, obj: Any, message: Any) -> None: ...

    def log_change(self, request: HttpRequest, obj: Any, message: Any) -> None: ...


class TenantInline(TenantFields, TabularInline):
    """Rows of the same account below their parent; these may be taken out."""

    view_right: str | None = None
    change_right: str | None = None
    extra = 0
    max_num = ROWS_BELOW
    show_change_link = False
    show_title = False

    def get_queryset(self, request: Any) -> QuerySet[Any]:
        manager = self.model._default_manager
        rows = manager.for_account(request.account) if request.account else manager.none()
        return rows.order_by(*self.get_ordering(request) or self.model._meta.ordering)

    def get_formset(self, request: Any, obj: Any = None, **kwargs: Any) -> Any:
        # Of rows that are sent, as many are read and shown again; Django's own bound is two thousand.
        formset = super().get_formset(request, obj, **({"absolute_max": ROWS_BELOW} | kwargs))
        formset.form.account = request.account
        return formset

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return allowed(request, self.view_right) or allowed(request, self.change_right)

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return allowed(request, self.change_right)

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return allowed(request, self.change_right)

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return allowed(request, self.change_right)


class ClosedAdmin(TenantAdmin):
    """Stands in for a table without a page of its own: nothing of it can be chosen."""

    def rows(self, request: Any) -> QuerySet[Any]:
        return self.model._default_manager.none()


def list_page(page: TenantAdmin) -> str:
    return reverse(f"admin:{page.opts.app_label}_{page.opts.model_name}_changelist")


def page_of(site: Any, field: Any) -> TenantAdmin:
    """The page whose rows a foreign key may name."""
    model = field.remote_field.model
    page = site._registry.get(model)
    return page if isinstance(page, TenantAdmin) else ClosedAdmin(model, site)


class ChoicesView(AutocompleteJsonView):
    """Autocompletes, of the account's rows only: a filter finds what is known, a form what is in use."""

    def has_perm(self, request: HttpRequest, obj: Any = None) -> bool:
        return isinstance(self.model_admin, TenantAdmin) and self.model_admin.may_choose(request)

    def get_queryset(self) -> QuerySet[Any]:
        page, source = cast("TenantAdmin", self.model_admin), self.admin_site._registry.get(self.source_field.model)  # type: ignore[union-attr]
        filtering = isinstance(source, TenantAdmin) and source.change_right is None
        rows = page.known(self.request) if filtering else page.choices(self.request)
        return page.get_search_results(self.request, rows, self.term.replace("\0", "")[:SEARCHED])[0]


def badge(text: object, tone: str = "plain", *, href: str = "", title: str = "") -> SafeString:
    if href:
        return format_html('<a class="lh-badge lh-{}" href="{}" title="{}">{}</a>', tone, href, title, text)
    return format_html('<span class="lh-badge lh-{}">{}</span>', tone, text)


def link(href: str, text: object) -> SafeString:
    return format_html('<a class="lh-link" href="{}">{}</a>', href, text)


def moment(value: datetime | None) -> str:
    """An instant as people read it, in the account's time zone; at the ends of time, which have none, as it is."""
    if value is None:
        return ""
    try:
        return date_format(timezone.localtime(value), "j M Y, H:i")
    except OverflowError:
        return date_format(value, "j M Y, H:i")


def page_with(request: Any, page: TenantAdmin, template: str, **context: Any) -> TemplateResponse:
    """A page of the console that is no list and no form of Django's admin."""
    request.current_app = page.admin_site.name
    about = {"opts": page.opts, "place": page.place(request)}
    whole: Mapping[str, Any] = page.admin_site.each_context(request) | about | context
    return TemplateResponse(request, template, dict(whole))


def shown_once(request: Any, page: TenantAdmin, *, title: str, secret: str, notes: Sequence[str]) -> HttpResponse:
    """The way to the only page that ever shows this secret; a reload of it neither makes nor shows another."""
    return onceonly.on_its_page(request, onceonly.Shown(title, secret, notes, list_page(page)))
