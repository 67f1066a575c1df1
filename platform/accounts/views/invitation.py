"""``/invitation/<account>/<token>``: choose a name and a first password, and come in."""

from __future__ import annotations

from allauth.account.internal.flows.login import perform_password_login
from allauth.account.models import Login
from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_http_methods

from accounts.doors import Visit
from accounts.events import note
from accounts.forms import NewAccountForm
from tenants.invitations import invited_account
from tenants.models import Account


@require_http_methods(["GET", "HEAD", "POST"])
def invitation(request: Visit, account_id: str, token: str) -> HttpResponse:
    assert request.tenant is not None
    account = invited_account(request.tenant, account_id, token)
    if account is None:
        return render(request, "accounts/invitation_used.html", status=410)
    form = NewAccountForm(account, request.POST or None, initial={"name": account.name})
    if request.method == "POST" and form.is_valid():
        return accept(request, account, form)
    context = {"form": form, "invited": account}
    return render(request, "accounts/invitation.html", context, status=422 if form.errors else 200)


def accept(request: Visit, account: Account, form: NewAccountForm, after: str | None = None) -> HttpResponse:
    """The account gets its name and password, and is signed in."""
    account.name = form.cleaned_data["name"]
    account.set_password(form.cleaned_data["password"])
    account.save()
    note(request, account, "account.opened", after={"email": account.email})
    login = Login(user=account, email=account.email, redirect_url=after)
    response: HttpResponse = perform_password_login(request, {"email": account.email}, login)
    return response
