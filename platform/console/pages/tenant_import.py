"""A tenant out of a file: one that is handed in, or the export of another that is here."""

from __future__ import annotations

from typing import Any

from django.core.files.base import File
from django.http import HttpRequest, HttpResponse, HttpResponseBase, JsonResponse

from console.copies import asking
from console.copies.files import MOST_GIGABYTES, PIECE_BYTES
from console.forms import HandedInForm, HeldForm
from console.pages.tenant_copies import listed, to_copy
from console.permits import OperatorPermit
from console.site import operators
from kit.errors import INVALID, ParleyError
from tenants.consoles.pages import Page
from tenants.models import TenantCopy


@operators.page
class TenantImport(Page):
    """Who it is is asked before the file is handed in: nobody does that twice."""

    address = "tenants/tenant/import"
    name = "tenant_import"
    label = "Import a tenant"
    template = "console/tenant_import.html"
    permit = OperatorPermit.TENANTS_CREATE
    actions = {"upload": OperatorPermit.TENANTS_CREATE, "bring": OperatorPermit.TENANTS_CREATE}
    fresh = frozenset(actions)

    def get(self, request: HttpRequest, **where: Any) -> HttpResponseBase:
        return self.to_confirmation() if self.asks_who_it_is("upload") else super().get(request, **where)

    def asks_who_it_is(self, action: str) -> bool:
        """A file that was begun may take its time."""
        return super().asks_who_it_is(action) and not self.request.POST.get("upload")

    def context(self, **where: Any) -> dict[str, Any]:
        held = asking.held_exports()
        return {
            "form": HandedInForm(),
            "held": HeldForm(held) if held else None,
            "copies": listed(TenantCopy.objects.filter(kind=TenantCopy.Kind.IMPORT)),
            "piece_bytes": PIECE_BYTES,
            "most_gigabytes": MOST_GIGABYTES,
        }

    def do_upload(self, **where: Any) -> HttpResponse:
        """To whoever hands in a file piece by piece, JSON says how it goes on."""
        form, refused = HandedInForm(self.request.POST), None
        if form.is_valid():
            try:
                copy = self._handed_in(form.cleaned_data)
            except ParleyError as refusal:
                if refusal.code.name in form.fields_of:
                    form.refuse(refusal)
                else:
                    refused = self._refused("file", refusal)
            else:
                arriving = copy.state == TenantCopy.State.ARRIVING
                return JsonResponse({"upload": copy.pk}) if arriving else to_copy(copy)
        return self.render(422, **{**self.context(), "form": form, "refused": refused})

    def _handed_in(self, given: dict[str, Any]) -> TenantCopy:
        file = self.request.FILES.get("file")
        if not isinstance(file, File):
            raise ParleyError(INVALID, "Choose a file first.")
        return asking.hand_in(file, slug=given["slug"], upload=given["upload"], at=given["at"] or 0, size=given["size"])

    def do_bring(self, **where: Any) -> HttpResponse:
        held = asking.held_exports()
        form = HeldForm(held, self.request.POST)
        if form.is_valid():
            [source] = [copy for copy in held if copy.pk == form.cleaned_data["export"]]
            try:
                return to_copy(asking.begin_import(source, form.cleaned_data["slug"]))
            except ParleyError as refusal:
                form.refuse(refusal)
        return self.render(422, **{**self.context(), "held": form})
