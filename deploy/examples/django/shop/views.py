from __future__ import annotations

from django.conf import settings
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from .tokens import token_for

PEOPLE = {"ann": "Ann", "ben": "Ben", "kim": "Kim"}
"""In the place of your users."""


@require_safe
def index(request: HttpRequest) -> HttpResponse:
    context = {"people": PEOPLE, "me": request.session.get("person"), "parley_url": settings.PARLEY_URL}
    return render(request, "shop/index.html", context)


@require_POST
def sign_in(request: HttpRequest) -> HttpResponse:
    """In the place of your sign-in: here everybody is taken at their word."""
    person = request.POST.get("person")
    if person in PEOPLE:
        request.session["person"] = person
    return redirect("index")


@never_cache
@require_safe
def parley_token(request: HttpRequest) -> HttpResponse:
    """The session says who is there, never the request: a token speaks for somebody."""
    person = request.session.get("person")
    if person not in PEOPLE:
        return JsonResponse({"detail": "Sign in first."}, status=401)
    return JsonResponse({"token": token_for(person, PEOPLE[person])})
