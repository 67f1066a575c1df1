"""``/invitation/<account>/<token>``: choose a name and a first password, and come in."""

from __future__ import annotations

from allauth.account.internal.flows.login import perform_password_login
from allauth.account.models import Login
from django.db import transaction
from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_http_methods

from accounts.doors import Visit
from accounts.events import note
from accounts.forms import NewAccountForm
from tenants.invitations import invited_account
from tenants.models import Account
from tenants.routers import SHARED


@require_http_methods(["GET", "HEAD", "POST"])
def invitation(request: Visit, account_id: str, token: str) -> HttpResponse:
    assert request.tenant is not None
    with transaction.atomic(SHARED):
        account = invited_account(request.tenant, account_id, token)
        if account is None:
            return render(request, "accounts/invitation_used.html", status=410)
        form = NewAccountForm(account, request.POST or None, initial={"name": account.name})
        if request.method != "POST" or not form.is_valid():
            context = {"form": form, "invited": account}
            return render(request, "accounts/invitation.html", context, status=422 if form.errors else 200)
        open_account(request, account, form)
    return come_in(request, account)


def open_account(request: Visit, account: Account, form: NewAccountForm) -> None:
    """The account gets its name and password."""
    account.name = form.cleaned_data["name"]
    account.set_password(form.cleaned_data["password"])
    account.save()
    note(request, account, "account.opened", after={"email": account.email})


def come_in(request: Visit, account: Account, after: str | None = None) -> HttpResponse:
    """Who has just chosen a password is signed in with it."""
    login = Login(user=account, email=account.email, redirect_url=after)
    response: HttpResponse = perform_password_login(request, {"email": account.email}, login)
    return response
