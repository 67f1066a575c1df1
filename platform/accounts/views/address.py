"""Changing the address of an account: the new one is confirmed by a link, the old one is told."""

from __future__ import annotations

from dataclasses import dataclass

from allauth.account.decorators import reauthentication_required
from allauth.core.internal.httpkit import authenticated_user
from django.contrib.auth.decorators import login_required
from django.contrib.messages import success
from django.core import signing
from django.db import IntegrityError, transaction
from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_http_methods

from accounts import emails
from accounts.doors import Visit, mailed_url, password_mark
from accounts.events import note
from accounts.forms import AddressForm
from accounts.paces import paced
from tenants.models import Account
from tenants.routers import SHARED

_SALT = "parley.address"
_A_DAY = 86_400


@dataclass(frozen=True, slots=True)
class _Change:
    account: Account
    email: str


@login_required
@reauthentication_required  # type: ignore[untyped-decorator]
@require_http_methods(["GET", "HEAD", "POST"])
def change_address(request: Visit) -> HttpResponse:
    """Whether somebody else has the new address only its mailbox learns."""
    account: Account = authenticated_user(request)
    form = AddressForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        paced(request, "manage_email", user=account)
        _ask(request, account, form.cleaned_data["email"])
        return render(request, "accounts/address_sent.html", {"email": form.cleaned_data["email"]})
    context = {"form": form, "account": account}
    return render(request, "accounts/address.html", context, status=422 if form.errors else 200)


def _ask(request: Visit, account: Account, email: str) -> None:
    if Account.objects.filter(email=email).exists():
        emails.send(request, "accounts/address_known", email, {})
        return
    asked = {"account": account.pk, "from": account.email, "to": email, "mark": password_mark(account)}
    url = mailed_url(request, reverse("confirm_address", args=[signing.dumps(asked, salt=_SALT)]))
    emails.send(request, "accounts/address", email, {"url": url})


@require_http_methods(["GET", "HEAD", "POST"])
def confirm_address(request: Visit, token: str) -> HttpResponse:
    """From whatever browser the mail was read in. Looking at it changes nothing: mail servers follow links."""
    change = _change(token)
    if change is None:
        return render(request, "accounts/address_used.html", status=410)
    if request.method != "POST":
        return render(request, "accounts/address_confirm.html", {"email": change.email})
    before = change.account.email
    try:
        with transaction.atomic(SHARED):
            change.account.email = change.email
            change.account.save(update_fields=["email"])
            note(
                request,
                change.account,
                "account.address_changed",
                before={"email": before},
                after={"email": change.email},
            )
    except IntegrityError:  # somebody else has it by now
        return render(request, "accounts/address_used.html", status=410)
    emails.notify(request, "accounts/address_changed", before, new=change.email)
    success(request, "Your address is changed.")
    return HttpResponseRedirect(reverse("account"))


def _change(token: str) -> _Change | None:
    try:
        asked = signing.loads(token, salt=_SALT, max_age=_A_DAY)
    except signing.BadSignature:
        return None
    account = Account.objects.filter(pk=asked["account"], email=asked["from"], is_active=True).first()
    holds = account is not None and password_mark(account) == asked["mark"]
    return _Change(account, asked["to"]) if account is not None and holds else None
