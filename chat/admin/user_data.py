"""All that is known of one person: handed out, or erased."""

from __future__ import annotations

from typing import Any

from asgiref.sync import async_to_sync
from django.http import Http404, HttpResponseBase, HttpResponseRedirect, StreamingHttpResponse
from django.template.response import TemplateResponse
from django.urls import reverse
from procrastinate.contrib.django import app

from chat.admin.person_archive import archive_of
from chat.admin.user import user_or_404
from chat.commands import erasing
from chat.files.names import clean_name
from chat.models import Erasure, Message, User
from kit.errors import INVALID, NOT_ALLOWED, ParleyError
from tenants.audit import record
from tenants.consoles.pages import Page
from tenants.consoles.permits import Permit
from tenants.consoles.tenant_console import tenant_console
from tenants.consoles.tenant_page import TenantPage
from tenants.models import Membership, Tenant
from tenants.retention import read_retention


@tenant_console.page
class UserData(TenantPage):
    address = "user/<str:user_id>/data"
    name = "user_data"
    label = "Personal data"
    template = "chat/admin/user_data.html"
    permit = Permit.USERS_ERASE
    actions = {"export": Permit.USERS_ERASE, "erase": Permit.USERS_ERASE}
    asks = {"erase": "confirmation"}
    fresh = frozenset({"export", "erase"})

    def title(self) -> str:
        return f"Personal data of {self.kwargs['user_id']}"

    def context(self, **where: Any) -> dict[str, Any]:
        return {"subject": user_or_404(str(where["user_id"]))}

    def do_export(self, user_id: str) -> HttpResponseBase:
        user_or_404(user_id)
        record(self.tenant, "user.exported", f"user:{user_id}")
        answer = StreamingHttpResponse(archive_of(self.tenant, user_id), content_type="application/zip")
        answer["Content-Disposition"] = f'attachment; filename="{_ascii(user_id)}.zip"'
        return answer

    def do_erase(self, user_id: str) -> HttpResponseBase:
        user = user_or_404(user_id)
        removes = self.posted("messages") == "remove"
        self._check_may_erase(user)
        digest = async_to_sync(erasing.begin)(user_id, removes_messages=removes)
        record(self.tenant, "user.erased", f"user:{user_id}", after={"messages": "removed" if removes else "kept"})
        app.configure_task("chat.tasks.erase_person").defer(tenant_id=self.tenant.id, digest=digest)
        return HttpResponseRedirect(reverse("tenant:erasure", args=[digest]))

    def _check_may_erase(self, user: User) -> None:
        if self.posted("confirmation") != user.pk:
            raise ParleyError(INVALID, "Nothing was erased: the id that you typed is another.")
        member = user.account_id and Membership.objects.filter(account_id=user.account_id, tenant_id=self.tenant.id)
        if member and member.exists():
            raise ParleyError(NOT_ALLOWED, "This is somebody of your team: remove the member first.")
        hold = read_retention(Tenant.objects.values_list("retention", flat=True).get(pk=self.tenant.id)).hold
        held = Message.objects.filter(user_id=user.pk, room_id__in=hold.rooms)
        if hold.everything or user.pk in hold.users or held.exists():
            raise ParleyError(NOT_ALLOWED, "A legal hold is on what this person said: lift it first.")


def _ascii(user_id: str) -> str:
    return clean_name(user_id).encode("ascii", "replace").decode().replace("?", "_").replace(";", "_")


@tenant_console.page
class ErasurePage(Page):
    address = "erasures/<str:digest>"
    name = "erasure"
    label = "Erasure"
    template = "chat/admin/erasure.html"
    permit = Permit.USERS_ERASE

    def get(self, request: Any, **where: Any) -> HttpResponseBase:
        if request.headers.get("HX-Request"):
            return TemplateResponse(request, "chat/admin/erasure_progress.html", self.context(**where))
        return super().get(request, **where)

    def context(self, **where: Any) -> dict[str, Any]:
        digest = str(where["digest"])
        erasure = Erasure.objects.filter(pk=digest).first() if "\x00" not in digest else None
        if erasure is None:
            raise Http404("There is no such erasure.")
        return {"erasure": erasure, "percent": 100 if erasure.ended_at else _percent(erasure.done, erasure.total)}


def _percent(done: int, total: int) -> int:
    return min(99, done * 100 // total) if total else 0
