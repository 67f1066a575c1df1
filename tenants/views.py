"""Signing in and out on a tenant's host, and accepting an invitation."""

from __future__ import annotations

from typing import Any

from asgiref.sync import sync_to_async
from django import forms
from django.contrib.auth import aauthenticate, alogin, alogout
from django.contrib.auth.password_validation import validate_password
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST

from kit.errors import CSRF_FAILED
from tenants.invitations import invited_account
from tenants.models import Account, Membership
from tenants.problems import problem
from tenants.records import TenantRecord
from tenants.sessions import SESSION_TENANT


class TenantRequest(HttpRequest):
    tenant: TenantRecord


class SignInForm(forms.Form):
    email = forms.EmailField(max_length=254)
    password = forms.CharField(widget=forms.PasswordInput, max_length=1_000, strip=False)


class NewPasswordForm(forms.Form):
    name = forms.CharField(max_length=120)
    password = forms.CharField(widget=forms.PasswordInput, max_length=1_000, strip=False)

    def __init__(self, account: Account, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.account = account

    def clean_password(self) -> str:
        password = str(self.cleaned_data["password"])
        validate_password(password, self.account)
        return password


@never_cache
async def sign_in(request: TenantRequest) -> HttpResponse:
    """A wrong password, an unknown address and an account without a place here look the same."""
    form = SignInForm(request.POST if request.method == "POST" else None)
    after = _safe_next(request)
    if request.method == "POST" and form.is_valid():
        account = await _member(request, form)
        if account is not None:
            await _let_in(request, account)
            return HttpResponseRedirect(after)
        form.add_error(None, "E-mail or password is not right for this organisation.")
    return await _render(
        request, "tenants/sign_in.html", {"form": form, "next": after}, status=401 if form.errors else 200
    )


async def _member(request: TenantRequest, form: SignInForm) -> Account | None:
    account = await aauthenticate(
        request, username=form.cleaned_data["email"].lower(), password=form.cleaned_data["password"]
    )
    if not isinstance(account, Account):
        return None
    is_member = await Membership.objects.filter(account=account, tenant_id=request.tenant.id).aexists()
    return account if is_member else None


async def _let_in(request: TenantRequest, account: Account) -> None:
    await request.session.aflush()  # a guest who signs in is one no longer
    await alogin(request, account, backend="django.contrib.auth.backends.ModelBackend")
    await request.session.aset(SESSION_TENANT, request.tenant.id)


@require_POST
async def sign_out(request: HttpRequest) -> HttpResponse:
    await alogout(request)
    return HttpResponseRedirect("/sign-in")


@never_cache
async def invitation(request: TenantRequest, account_id: str, token: str) -> HttpResponse:
    """Set a name and a first password, and come in."""
    account = await sync_to_async(invited_account)(request.tenant, account_id, token)
    if account is None:
        return await _render(request, "tenants/invitation_used.html", {}, status=410)
    form = NewPasswordForm(account, request.POST or None, initial={"name": account.name})
    if request.method == "POST" and await sync_to_async(form.is_valid)():
        await _set_password(account, form)
        await _let_in(request, account)
        return HttpResponseRedirect("/")
    context = {"form": form, "invited": account}
    return await _render(request, "tenants/invitation.html", context, status=422 if form.errors else 200)


async def _set_password(account: Account, form: NewPasswordForm) -> None:
    account.name = form.cleaned_data["name"]
    await sync_to_async(account.set_password)(form.cleaned_data["password"])
    await account.asave()


def _safe_next(request: HttpRequest) -> str:
    after = request.POST.get("next") or request.GET.get("next") or "/"
    host = request.get_host()
    return after if url_has_allowed_host_and_scheme(after, {host}, require_https=request.is_secure()) else "/"


async def _render(request: TenantRequest, template: str, context: dict[str, Any], status: int) -> HttpResponse:
    return await sync_to_async(render)(request, template, {"tenant": request.tenant, **context}, status=status)


def csrf_failed(request: HttpRequest, reason: str = "") -> HttpResponse:
    """Django's answer to a form without its token, as a problem."""
    return problem(CSRF_FAILED)
