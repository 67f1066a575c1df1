"""Table: a list of rows in a console, to search, to filter and to page through. What changes a row is a page's
action, which goes through a command, so that everybody hears of it."""

from __future__ import annotations

from typing import Any, ClassVar

from django.contrib.admin import ShowFacets
from django.contrib.admin.views.main import ChangeList
from django.db.models import Model
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import URLPattern, path, reverse
from unfold.admin import ModelAdmin
from unfold.paginator import InfinitePaginator

from tenants.consoles.site import ConsoleSite


class Table(ModelAdmin):  # type: ignore[misc]
    """Rows are not counted: of a hundred thousand that would take longer than to show the first page."""

    admin_site: ConsoleSite
    permit: ClassVar[str]
    section: ClassVar[str] = ""
    icon: ClassVar[str] = ""
    place: ClassVar[int] = 50
    label: ClassVar[str] = ""
    detail: ClassVar[str] = ""
    """The page that a row leads to, by its name in the site; its address takes the row's key."""

    list_per_page = 50
    show_full_result_count = False
    show_facets = ShowFacets.NEVER
    paginator = InfinitePaginator
    actions = None
    change_list_template = "consoles/table.html"

    def url_name(self) -> str:
        return f"{self.opts.app_label}_{self.opts.model_name}_changelist"

    def get_urls(self) -> list[URLPattern]:
        """The list alone: what there is to one row its page shows."""
        return [path("", self.admin_site.admin_view(self.changelist_view), name=self.url_name())]

    def get_changelist(self, request: HttpRequest, **kwargs: Any) -> type[ChangeList]:
        table, found = self, super().get_changelist(request, **kwargs)

        class Rows(found):  # type: ignore[misc,valid-type]
            def url_for_result(self, result: Model) -> str:
                return reverse(f"{table.admin_site.name}:{table.detail}", args=[result.pk])

        return Rows if self.detail else found

    def changelist_view(self, request: HttpRequest, extra_context: Any = None) -> HttpResponse:
        if "%00" in request.GET.urlencode():  # PostgreSQL has none to compare; this is Django's own answer
            return HttpResponseRedirect(f"{request.path}?e=1")
        context = {"title": self.label, **(extra_context or {})}
        answer: HttpResponse = super().changelist_view(request, context)
        return answer

    def has_module_permission(self, request: HttpRequest) -> bool:
        return self.has_view_permission(request)

    def has_view_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return self.permit in self.admin_site.permits_of(request)

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False
