"""The account page: who one is, how one signs in, and where one is signed in."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from allauth.core.internal.httpkit import authenticated_user
from allauth.mfa.models import Authenticator
from allauth.usersessions.models import UserSession
from django.contrib.auth.decorators import login_required
from django.contrib.messages import success
from django.http import Http404, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_POST

from accounts.agents import agent_name
from accounts.doors import Visit
from accounts.events import note
from accounts.forms import ProfileForm
from tenants.hosts import public_url
from tenants.models import Account, Tenant


@dataclass(frozen=True, slots=True)
class SessionRow:
    """``id`` is None for the one that asks: it ends by signing out."""

    id: int | None
    browser: str
    address: str
    place: str
    began_at: datetime


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def account(request: Visit) -> HttpResponse:
    account: Account = authenticated_user(request)
    form = ProfileForm(request.POST or None, initial={"name": account.name})
    if request.method == "POST" and form.is_valid():
        _rename(request, account, form.cleaned_data["name"])
        return HttpResponseRedirect(reverse("account"))
    factors = list(Authenticator.objects.filter(user=account).order_by("created_at"))
    context = {
        "form": form,
        "account": account,
        "app": next((each for each in factors if each.type == Authenticator.Type.TOTP), None),
        "passkeys": [each.wrap() for each in factors if each.type == Authenticator.Type.WEBAUTHN],
        "codes": next((each.wrap() for each in factors if each.type == Authenticator.Type.RECOVERY_CODES), None),
        "sessions": _sessions(request, account),
    }
    return render(request, "accounts/account.html", context, status=422 if form.errors else 200)


def _rename(request: Visit, account: Account, name: str) -> None:
    before, account.name = account.name, name
    account.save(update_fields=["name"])
    note(request, account, "account.renamed", before={"name": before}, after={"name": name})
    success(request, "Your name is changed.")


def _sessions(request: Visit, account: Account) -> list[SessionRow]:
    """The newest first."""
    found: list[UserSession] = UserSession.objects.purge_and_list(account)
    places = {tenant.pk: tenant.url for tenant in Tenant.objects.filter(pk__in=[_tenant(each) for each in found])}
    here = request.session.session_key
    return [
        SessionRow(
            id=None if each.session_key == here else each.pk,
            browser=agent_name(each.user_agent),
            address=each.ip,
            place=places.get(_tenant(each), public_url()).partition("//")[2],
            began_at=each.created_at,
        )
        for each in sorted(found, key=lambda each: each.created_at, reverse=True)
    ]


def _tenant(session: UserSession) -> Any:
    return session.data.get("tenant")


@login_required
@require_POST
def end_session(request: Visit, session_id: int) -> HttpResponse:
    account: Account = authenticated_user(request)
    session = UserSession.objects.filter(user=account, pk=session_id).first()
    if session is None:
        raise Http404
    _end(request, account, [session])
    success(request, "That session is ended.")
    return HttpResponseRedirect(reverse("account"))


@login_required
@require_POST
def end_other_sessions(request: Visit) -> HttpResponse:
    account: Account = authenticated_user(request)
    others = UserSession.objects.filter(user=account).exclude(session_key=request.session.session_key)
    _end(request, account, list(others))
    success(request, "Everywhere else you are signed out.")
    return HttpResponseRedirect(reverse("account"))


def _end(request: Visit, account: Account, sessions: list[UserSession]) -> None:
    for session in sessions:
        session.end()
        told = {"browser": agent_name(session.user_agent), "address": session.ip}
        note(request, account, "session.revoked", before=told)
