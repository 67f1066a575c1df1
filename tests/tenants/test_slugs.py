"""Which slugs and domains a tenant may take: they become host names."""

from __future__ import annotations

import secrets

import pytest
from django.db import transaction

from kit.errors import ParleyError
from tenants import lifecycle
from tenants.directory import host_name
from tenants.models import Domain, Tenant
from tenants.provisioning import create_tenant
from tenants.slugs import RESERVED, check_domain, check_slug
from tests.support.cast import Tenancy, make_tenant


def slug_code(slug: str) -> str:
    with pytest.raises(ParleyError) as refusal:
        check_slug(slug)
    return refusal.value.code.name


def domain_code(domain: str) -> str:
    with pytest.raises(ParleyError) as refusal:
        check_domain(domain, "chat.example.com")
    return refusal.value.code.name


@pytest.mark.parametrize("slug", ["abc", "a1b", "a-b", "acme", "a-b-c-d", "x" * 32, "acme-corp-2", "apis", "xn-acme"])
def test_a_plain_slug_is_taken_as_it_is(slug: str) -> None:
    assert check_slug(slug) == slug
    assert host_name(f"{slug}.localhost") == f"{slug}.localhost"


@pytest.mark.parametrize(
    "slug",
    [
        "",
        "a",
        "ab",
        "x" * 33,
        "x" * 10_000,
        "Acme",
        "ACME",
        "1acme",
        "-acme",
        "acme-",
        "ac--me",
        "xn--acme",
        "acme_corp",
        "acme.corp",
        "ac me",
        " acme",
        "acme ",
        "acme\n",
        "acme\r\n",
        "acme\x00",
        "acme/../x",
        "acme%00",
        "acmé",
        "аcme",  # a Cyrillic a
        "ａｃｍｅ",  # full width
        "acme１",  # a full-width digit
        "acme٣",  # an Arabic digit
        "ſlug",  # a long s, which folds to s
        "\u212aacme",  # a Kelvin sign, which folds to k
        "ac\u200bme",  # a zero-width space
        "ac\u00adme",  # a soft hyphen
        "acme\ud800",
        "🙂🙂🙂",
    ],
)
def test_whatever_is_no_host_label_is_no_slug(slug: str) -> None:
    assert slug_code(slug) == "slug_invalid"


@pytest.mark.parametrize("slug", sorted(word for word in RESERVED if len(word) >= 3))
def test_reserved_words_stay_the_platforms(slug: str) -> None:
    assert slug_code(slug) == "slug_reserved"


def test_the_words_people_trust_or_machines_look_for_are_reserved() -> None:
    trusted = {
        "www",
        "api",
        "admin",
        "mail",
        "login",
        "static",
        "status",
        "support",
        "billing",
        "operators",
        "postmaster",
    }
    assert trusted <= RESERVED
    assert {"wpad", "isatap", "autodiscover", "localhost", "hostmaster", "abuse"} <= RESERVED


def test_a_slug_in_use_is_taken(acme: Tenancy) -> None:
    assert taken(acme.slug) == "slug_taken"


@pytest.mark.parametrize("change", [lifecycle.suspend, lifecycle.request_deletion])
def test_a_suspended_or_deleted_tenants_slug_stays_taken(acme: Tenancy, change: object) -> None:
    change(acme.slug)  # type: ignore[operator]
    assert taken(acme.slug) == "slug_taken"


def test_a_removed_tenants_slug_is_free(acme: Tenancy) -> None:
    lifecycle.remove(acme.made.tenant)
    again = create_tenant(acme.slug, name="Acme", owner_email="owner@acme.test")
    assert again.tenant.schema_name != acme.schema_name


def taken(slug: str) -> str:
    with pytest.raises(ParleyError) as refusal, transaction.atomic("default"):
        create_tenant(slug, name="Other", owner_email="other@example.test")
    return refusal.value.code.name


# Domains


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        ("example.org", "example.org"),
        ("Chat.Example.ORG", "chat.example.org"),
        ("chat.example.org.", "chat.example.org"),
        ("a.b.c.d.example.org", "a.b.c.d.example.org"),
        ("xn--mnchen-3ya.de", "xn--mnchen-3ya.de"),
        ("example.xn--p1ai", "example.xn--p1ai"),
        ("1.example.org", "1.example.org"),
        (f"{'x' * 63}.example.org", f"{'x' * 63}.example.org"),
        ("chat.example.com.evil.org", "chat.example.com.evil.org"),
        ("evil-chat.example.com", "evil-chat.example.com"),
    ],
)
def test_a_host_name_of_ones_own_is_kept_in_lower_case(given: str, kept: str) -> None:
    assert check_domain(given, "chat.example.com") == kept
    assert host_name(given) == kept


@pytest.mark.parametrize(
    "domain",
    [
        "",
        ".",
        "..",
        "org",
        "localhost",
        "chat.example.com",
        "CHAT.example.com.",
        "acme.chat.example.com",
        "127.0.0.1",
        "[::1]",
        "10.0.0.256",
        "example.org:8000",
        "http://example.org",
        "example.org/path",
        "user@example.org",
        "exa mple.org",
        "example.org\n",
        "example.org\x00",
        "example..org",
        ".example.org",
        "example.org..",
        "-example.org",
        "example-.org",
        "example.-org",
        "exa_mple.org",
        "*.example.org",
        "example.1org",
        "example.o",
        "münchen.de",
        "exаmple.org",  # a Cyrillic a
        "\u212aexample.org",  # a Kelvin sign, whose lower case is k
        "example。org",  # an ideographic full stop
        f"{'x' * 64}.example.org",
        ".".join(["x" * 60] * 5),
    ],
)
def test_whatever_is_no_public_host_name_or_is_ours_is_no_domain(domain: str) -> None:
    assert domain_code(domain) == "domain_invalid"


def test_a_domain_in_use_is_taken_whatever_its_case() -> None:
    domain = f"{secrets.token_hex(4)}.example.org"
    make_tenant(domains=[domain])
    with pytest.raises(ParleyError) as refusal:
        make_tenant(domains=[f"{domain.upper()}."])
    assert refusal.value.code.name == "domain_taken"


def test_a_removed_tenants_domain_is_free() -> None:
    domain = f"{secrets.token_hex(4)}.example.org"
    lifecycle.remove(make_tenant(domains=[domain]).made.tenant)
    again = make_tenant(domains=[domain])
    assert Domain.objects.get(domain=domain).tenant == Tenant.objects.get(slug=again.slug)
