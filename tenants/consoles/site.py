"""ConsoleSite: Django's admin as a console. A page or table belongs to one site, asks for a permit, and is in the
sidebar if it names a section."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import TYPE_CHECKING, Any, TypeVar

from csp.decorators import csp_update
from django.conf import settings
from django.contrib.admin import ModelAdmin
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.templatetags.static import static
from django.urls import URLPattern, URLResolver, path, reverse
from django.utils.http import urlencode
from unfold.sites import UnfoldAdminSite

if TYPE_CHECKING:
    from tenants.consoles.pages import Page
    from tenants.consoles.tables import Table

SomePage = TypeVar("SomePage", bound="type[Page]")

# Unfold's pages run Alpine, which compiles what stands in attributes, and write widths into style attributes.
_with_policy = csp_update({"script-src": ["'unsafe-eval'"], "style-src-attr": ["'unsafe-inline'"]})

_STYLES = ("console", "pages", "frame", "narrow")
_UNUSED = ("index", "app_list", "autocomplete", "password_change", "password_change_done", "search", "view_on_site")
"""Accounts change their passwords on pages of their own."""


class ConsoleSite(UnfoldAdminSite):  # type: ignore[misc]
    """What the consoles share. ``sections`` is the order of the sidebar."""

    sections: tuple[str, ...] = ()

    def __init__(self, name: str) -> None:
        super().__init__(name)
        self.pages: list[type[Page]] = []

    def permits_of(self, request: HttpRequest) -> frozenset[str]:
        """What whoever asks may do here; nothing for a stranger."""
        raise NotImplementedError

    def has_permission(self, request: HttpRequest) -> bool:
        return bool(self.permits_of(request))

    def page(self, page: SomePage) -> SomePage:
        """Put a page into this site (a class decorator)."""
        page.site = self
        self.pages.append(page)
        return page

    def get_urls(self) -> list[URLPattern | URLResolver]:
        """Our pages and tables; of Django's and Unfold's own only what those ask for."""
        pages = [path(page.address, self.admin_view(page.as_view()), name=page.name) for page in self.pages]
        return pages + [url for url in super().get_urls() if getattr(url, "name", None) not in _UNUSED]

    def get_app_list(self, request: HttpRequest, app_label: str | None = None) -> list[Any]:
        """None: the sidebar is ours."""
        return []

    def admin_view(self, view: Callable[..., Any], cacheable: bool = False) -> Callable[..., Any]:
        inner = super().admin_view(view, cacheable)

        @wraps(inner)
        def answer(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
            request.current_app = self.name
            response: HttpResponse = inner(request, *args, **kwargs)
            return response

        return _with_policy(answer)

    def lacks_second_factor(self, request: HttpRequest) -> bool:
        """Whether a second factor is all that is missing."""
        return bool(getattr(request, "lacks_second_factor", False))

    def login(self, request: HttpRequest, extra_context: Any = None) -> HttpResponse:
        """Where Django's admin sends whoever may not look at a page."""
        if self.has_permission(request):
            return HttpResponseRedirect(self._home())
        address = settings.SECOND_FACTOR_URL if self.lacks_second_factor(request) else settings.LOGIN_URL
        return HttpResponseRedirect(f"{address}?{urlencode({'next': request.GET.get('next') or self._home()})}")

    def each_context(self, request: HttpRequest) -> dict[str, Any]:
        context: dict[str, Any] = super().each_context(request)
        context["styles"] = [*(static(f"consoles/{name}.css") for name in _STYLES), *context["styles"]]
        context["colors"] = None  # they would be an inline style; console.css has ours
        return context

    def get_sidebar_list(self, request: HttpRequest) -> list[dict[str, Any]]:
        permits = self.permits_of(request)
        entries = [entry for entry in self._entries() if entry.permit in permits]
        return [
            {"title": section, "items": [self._item(request, entry) for entry in entries if entry.section == section]}
            for section in self.sections
            if any(entry.section == section for entry in entries)
        ]

    def address_of(self, permit: str) -> str:
        """Of the first page or table in the sidebar that takes this permit; empty where there is none."""
        found = [entry for entry in self._entries() if entry.permit == permit]
        return reverse(f"{self.name}:{found[0].url_name()}", current_app=self.name) if found else ""

    def _entries(self) -> list[Any]:
        """Pages and tables that the sidebar may show."""
        tables: list[ModelAdmin[Any] | Table] = list(self._registry.values())
        return sorted(
            [entry for entry in [*self.pages, *tables] if getattr(entry, "section", "")],
            key=lambda entry: entry.place,
        )

    def _item(self, request: HttpRequest, entry: type[Page] | Table) -> dict[str, Any]:
        link = reverse(f"{self.name}:{entry.url_name()}", current_app=self.name)
        path_here = request.path
        active = path_here == link if link == self._home() else path_here.startswith(link)
        return {"title": entry.label, "icon": entry.icon, "link": link, "active": active, "has_permission": True}

    def _home(self) -> str:
        return reverse(f"{self.name}:index", current_app=self.name)
