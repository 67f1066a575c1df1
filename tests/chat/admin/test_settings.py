"""What an organisation sets for itself in the console: appearance, languages, support, its words in mails."""

from __future__ import annotations

import pytest

from tenants.models import AuditEntry, Role, Tenant
from tests.support.cast import Tenancy
from tests.support.http import Client, as_server, with_session
from tests.support.server import LiveServer

LOOKS = {
    "accent": "#123456",
    "accent_dark": "",
    "theme": "dark",
    "font": "serif",
    "radius": "4",
    "logo": "https://example.com/logo.svg",
    "position": "start",
    "label": "Talk to us",
    "welcome": "Hello",
    "language": "de",
}


@pytest.fixture
def owner(live: LiveServer, acme: Tenancy) -> Client:
    return with_session(live, acme, acme.account("olga", Role.OWNER))


def test_the_appearance_is_what_the_form_says(live: LiveServer, acme: Tenancy, owner: Client) -> None:
    assert owner.submit("/admin/appearance", action="save", **LOOKS).status == 302
    looks = as_server(live, acme).get("/api/v1/settings/appearance").json
    assert (looks["accent"], looks["accent_dark"], looks["logo"]) == ("#123456", None, LOOKS["logo"])
    assert (looks["launcher"], looks["language"]) == ({"position": "start", "label": "Talk to us"}, "de")
    assert 'value="Talk to us"' in owner.get("/admin/appearance").text
    assert AuditEntry.objects.filter(chain=acme.schema_name).get().action == "appearance.changed"


@pytest.mark.parametrize(
    ("field", "value"), [("accent", "blue"), ("logo", "javascript:alert(1)"), ("radius", "25"), ("language", "tlh")]
)
def test_what_is_no_appearance_is_told_beside_its_field(
    live: LiveServer, acme: Tenancy, owner: Client, field: str, value: str
) -> None:
    refused = owner.submit("/admin/appearance", action="save", **{**LOOKS, field: value})
    assert refused.status == 422
    assert as_server(live, acme).get("/api/v1/settings/appearance").json["accent"] is None


def test_name_language_and_support_are_the_organisations_own(acme: Tenancy, owner: Client) -> None:
    fields = {"name": "Acme & Co", "search_language": "german", "support_access": "none"}
    assert owner.submit("/admin/settings", action="save", **fields).status == 302
    kept = Tenant.objects.values(*fields).get(pk=acme.record.id)
    assert kept == fields
    entries = AuditEntry.objects.filter(chain=acme.schema_name).order_by("number")
    assert [entry.action for entry in entries] == [
        "organisation.renamed",
        "search_language.changed",
        "support_access.changed",
    ]
    owner.submit("/admin/settings", action="save", **fields)  # nothing new, nothing to write down
    assert entries.count() == 3


def test_mails_bear_the_organisations_words(acme: Tenancy, owner: Client) -> None:
    fields = {
        "sender": "{organisation} people",
        "invitation_subject": "Come to {organisation}",
        "invitation_text": "{inviter} asks {name} in.",
        "footer": "Acme, 1 Main St",
    }
    assert owner.submit("/admin/emails", action="save", **fields).status == 302
    page = owner.get("/admin/emails").text
    assert "Come to Acme" in page
    assert "Bob asks Ann in." in page
    assert "Acme, 1 Main St" in page
    assert "Acme people" in page


@pytest.mark.parametrize("subject", ["{secret}", "{organisation.__class__}", "{organisation!r}", "one {"])
def test_words_are_filled_in_with_what_is_known_alone(acme: Tenancy, owner: Client, subject: str) -> None:
    refused = owner.submit("/admin/emails", action="save", invitation_subject=subject)
    assert refused.status == 422
    assert Tenant.objects.get(pk=acme.record.id).emails == {}
