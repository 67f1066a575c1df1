"""The link by which somebody becomes an operator, on the public host."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.views.decorators.cache import never_cache

from accounts.doors import begin_session
from accounts.forms import NewAccountForm
from console.operators import accept_invitation, invitation_behind
from kit.errors import ParleyError
from tenants.models import Account, OperatorInvitation

_AFTER = "/operators/"


@never_cache
def invitation(request: HttpRequest, token: str) -> HttpResponse:
    """Who has a password signs in with it and accepts; who has none chooses one."""
    found = invitation_behind(token)
    if found is None:
        return _show(request, "console/invitation_over.html", 410)
    account = Account.objects.filter(email=found.email).first() or Account(email=found.email)
    if not account.has_usable_password() or not account.password:
        return _newcomer(request, found, account)
    if request.user != account:
        return _show(request, "console/invitation.html", 200, invitation=found, has_password=True)
    if request.method == "POST":
        return _accept(request, found, account)
    return _show(request, "console/invitation.html", 200, invitation=found, signed_in=True)


def _newcomer(request: HttpRequest, found: OperatorInvitation, account: Account) -> HttpResponse:
    form = NewAccountForm(account, request.POST if request.method == "POST" else None)
    if not form.is_valid():
        status = 422 if form.is_bound else 200
        return _show(request, "console/invitation.html", status, invitation=found, form=form)
    account.name = form.cleaned_data["name"]
    account.set_password(form.cleaned_data["password"])
    return _accept(request, found, account)


def _accept(request: HttpRequest, found: OperatorInvitation, account: Account) -> HttpResponse:
    try:
        accept_invitation(found, account)
    except ParleyError:
        return _show(request, "console/invitation_over.html", 410)
    if request.user != account:
        begin_session(request, account)
    return HttpResponseRedirect(_AFTER)


def _show(request: HttpRequest, template: str, status: int, **context: object) -> HttpResponse:
    platform = {"name": "Parley"}  # in the place of a tenant
    return render(request, template, {"tenant": platform, "next": request.path, **context}, status=status)
