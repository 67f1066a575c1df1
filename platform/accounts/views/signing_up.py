"""Self-service on the public host: an address is confirmed first; then account, organisation and first room are made in
one form. Until then nothing is stored and no name is taken."""

from __future__ import annotations

from urllib.parse import quote

from django.conf import settings
from django.contrib.auth.decorators import login_required
from django.contrib.messages import success
from django.core import signing
from django.core.exceptions import PermissionDenied
from django.db import IntegrityError, transaction
from django.http import Http404, HttpResponse, HttpResponseRedirect, JsonResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_GET, require_http_methods

from accounts import emails
from accounts.doors import Visit, organisations_of
from accounts.events import acting_as
from accounts.forms import NewOrganisationForm, OrganisationForm, SignUpForm
from accounts.paces import paced
from accounts.passages import passage_url
from accounts.views.invitation import come_in, open_account
from accounts.wishes import wish_of
from kit.errors import ParleyError
from tenants.hosts import public_url
from tenants.models import Account
from tenants.provisioning import check_new_slug, create_tenant, suggest_slug
from tenants.routers import SHARED
from tenants.terms import limits_of_plan

_SALT = "parley.sign-up"
_A_DAY = 86_400


@require_http_methods(["GET", "HEAD", "POST"])
def sign_up(request: Visit) -> HttpResponse:
    """Asks for an address and mails a link there. Whether the address has an account only its mailbox learns."""
    if settings.SIGN_UP != "open":
        return render(request, "accounts/sign_up_closed.html", status=403)
    if request.user.is_authenticated:
        return HttpResponseRedirect(reverse("new_organisation") + wish_of(request.GET).query)
    form = SignUpForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        paced(request, "signup")
        _invite(request, form.cleaned_data["email"])
        return render(request, "accounts/sign_up_sent.html", {"email": form.cleaned_data["email"]})
    return render(request, "accounts/sign_up.html", {"form": form}, status=422 if form.errors else 200)


def _invite(request: Visit, email: str) -> None:
    wish = wish_of(request.GET)
    known = Account.objects.filter(email=email).first()
    if known is not None and known.has_usable_password():
        after = quote(reverse("new_organisation") + wish.query)
        emails.send(request, "accounts/sign_up_known", email, {"url": f"{public_url()}/sign-in?next={after}"})
        return
    token = signing.dumps(email, salt=_SALT)
    emails.send(request, "accounts/sign_up", email, {"url": f"{public_url()}/sign-up/{token}{wish.query}"})


@require_http_methods(["GET", "HEAD", "POST"])
def sign_up_here(request: Visit, token: str) -> HttpResponse:
    """Account, organisation and first room, for an address that was confirmed."""
    account = _newcomer(token)
    if account is None:
        return render(request, "accounts/sign_up_used.html", status=410)
    form = NewOrganisationForm(account, request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            with transaction.atomic(SHARED):
                open_account(request, account, form)
                _make(request, form, account)
            return come_in(request, account, after=_after(request, form))
        except ParleyError as refusal:
            form.add_error(_field_of(refusal), refusal.detail)
        except IntegrityError:  # the same form, sent twice
            return render(request, "accounts/sign_up_used.html", status=410)
    context = {"form": form, "email": account.email, "domain": settings.BASE_DOMAIN}
    return render(request, "accounts/new_organisation.html", context, status=422 if form.errors else 200)


def _newcomer(token: str) -> Account | None:
    """The account that there is going to be, or was invited elsewhere and never came; None for a link that is wrong,
    old or used, or while sign-up is closed."""
    try:
        email: str = signing.loads(token, salt=_SALT, max_age=_A_DAY)
    except signing.BadSignature:
        return None
    account = Account.objects.filter(email=email).first() or Account(email=email)
    used = account.password != "" and account.has_usable_password()
    return None if used or not account.is_active or settings.SIGN_UP != "open" else account


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def new_organisation(request: Visit) -> HttpResponse:
    """One more organisation of somebody who is signed in."""
    if settings.SIGN_UP != "open":
        return render(request, "accounts/sign_up_closed.html", status=403)
    form = OrganisationForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        paced(request, "signup")
        try:
            _make(request, form, request.user)  # type: ignore[arg-type]
            return HttpResponseRedirect(_after(request, form))
        except ParleyError as refusal:
            form.add_error(_field_of(refusal), refusal.detail)
    context = {"form": form, "domain": settings.BASE_DOMAIN}
    return render(request, "accounts/new_organisation.html", context, status=422 if form.errors else 200)


def _make(request: Visit, form: OrganisationForm, owner: Account) -> None:
    name, slug, room = (form.cleaned_data[field].strip() for field in ("organisation", "slug", "room"))
    with acting_as(request, owner):
        create_tenant(slug, name=name, owner_email=owner.email, first_room=room, limits=dict(limits_of_plan("free")))
    success(request, f"{name} is ready.")


def _after(request: Visit, form: OrganisationForm) -> str:
    """To what its owner came for, or to the list that it is in now."""
    wish = wish_of(request.GET).query
    return reverse("ready", args=[form.cleaned_data["slug"]]) + wish if wish else reverse("organisations")


def _field_of(refusal: ParleyError) -> str:
    return "slug" if refusal.code.name.startswith("slug") else "organisation"


@require_GET
def slug(request: Visit) -> HttpResponse:
    """``?slug=`` tells what is wrong with one, if anything; ``?name=`` suggests one that is free."""
    if settings.SIGN_UP != "open":
        raise Http404
    paced(request, "slug")
    if "name" in request.GET:
        return JsonResponse({"slug": suggest_slug(request.GET["name"][:120])})
    try:
        check_new_slug(request.GET.get("slug", "").lower())
    except ParleyError as refusal:
        return JsonResponse({"problem": refusal.detail})
    return JsonResponse({"problem": ""})


@login_required
@require_GET
def organisations(request: Visit) -> HttpResponse:
    """Where somebody who signed in on the public host can go on to."""
    account = request.user
    assert isinstance(account, Account)
    context = {"organisations": organisations_of(account), "may_sign_up": settings.SIGN_UP == "open"}
    return render(request, "accounts/organisations.html", context)


@login_required
@require_GET
def ready(request: Visit, slug: str) -> HttpResponse:
    """Leads on to an organisation that was just made. The form's own answer could not: the page's policy keeps forms at
    home."""
    address = reverse("go_to_organisation", args=[slug]) + wish_of(request.GET).query
    return render(request, "accounts/ready.html", {"address": address})


@login_required
@require_GET
def go_to(request: Visit, slug: str) -> HttpResponse:
    account = request.user
    assert isinstance(account, Account)
    for tenant in organisations_of(account):
        if tenant.slug == slug:
            after = wish_of(request.GET).address
            return HttpResponseRedirect(passage_url(request.session, account, tenant, after))
    raise PermissionDenied
