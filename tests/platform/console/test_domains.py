"""A tenant's own domain: it serves once its TXT record says whose it is, through the real server and a real DNS."""

from __future__ import annotations

import secrets
import socket
import threading
from collections.abc import Callable, Iterator
from datetime import timedelta

import dns.flags
import dns.message
import dns.rcode
import dns.rrset
import pytest
from django.conf import LazySettings
from django.utils import timezone

from kit.errors import ParleyError
from tenants import domains
from tenants.models import AuditEntry, Domain, Tenant
from tests.support.cast import Tenancy
from tests.support.http import Client, once_allowed
from tests.support.operators import as_operator, as_program, operator
from tests.support.server import LiveServer


class NameServer:
    """Answers what ``texts`` says; the name of a zone that is not there it does not know."""

    def __init__(self) -> None:
        self.texts: dict[str, list[str]] = {}
        self._socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self._socket.bind(("127.0.0.1", 0))
        self.address = f"127.0.0.1:{self._socket.getsockname()[1]}"
        threading.Thread(target=self._serve, daemon=True).start()

    def _serve(self) -> None:
        while True:
            try:
                asked, who = self._socket.recvfrom(4_096)
            except OSError:
                return
            self._socket.sendto(self._answer(dns.message.from_wire(asked)).to_wire(), who)

    def _answer(self, asked: dns.message.Message) -> dns.message.Message:
        answer = dns.message.make_response(asked)
        answer.flags |= dns.flags.RA
        name = asked.question[0].name
        texts = self.texts.get(name.to_text(omit_final_dot=True))
        if texts is None:
            answer.set_rcode(dns.rcode.NXDOMAIN)
        elif texts == ["broken"]:
            answer.set_rcode(dns.rcode.SERVFAIL)
        elif texts:
            answer.answer.append(dns.rrset.from_text_list(name, 60, "IN", "TXT", [f'"{text}"' for text in texts]))
        return answer

    def close(self) -> None:
        self._socket.close()


@pytest.fixture
def name_server(settings: LazySettings) -> Iterator[NameServer]:
    server = NameServer()
    settings.DNS_SERVER = server.address
    yield server
    server.close()


def test_a_domain_serves_from_the_moment_that_its_record_is_found(
    serve: Callable[..., LiveServer], name_server: NameServer, acme: Tenancy, globex: Tenancy
) -> None:
    live = serve(DNS_SERVER=name_server.address)
    name = f"chat.{secrets.token_hex(4)}.test"
    otto = operator()
    console, program = as_operator(live, otto), as_program(live, otto, "owner")
    page = f"/operators/tenants/tenant/{acme.record.id}/domains"
    assert "not a host name" in console.submit(page, action="add", domain="no host").text
    assert console.submit(page, action="add", domain=name).status == 302
    token = Domain.objects.get(domain=name).token
    shown = console.get(page).text
    assert f"_parley.{name}" in shown
    assert token in shown
    assert "pending" in shown
    console.submit(page, action="check", domain=name)
    assert "has no TXT record" in console.get(page).text
    name_server.texts[f"_parley.{name}"] = ["v=other"]
    at = f"/operators/api/v1/tenants/{acme.slug}/domains"
    checked = program.post(f"{at}/{name}/verify").json
    assert (checked["state"], "none with the token" in checked["failure"]) == ("failed", True)
    at_domain = Client(live, name, {"Authorization": f"Bearer {acme.api_key}"})
    assert at_domain.get("/api/v1/rooms").status == 404
    name_server.texts[f"_parley.{name}"] = ["v=other", token]
    assert program.post(f"{at}/{name}/verify").json["state"] == "verified"
    assert once_allowed(lambda: at_domain.get("/api/v1/rooms")).status == 200
    others = f"/operators/api/v1/tenants/{globex.slug}/domains"
    assert program.post(others, {"domain": name}).code == "domain_taken"
    assert program.delete(f"{others}/{name}").code == "domain_not_found"
    assert program.post(at, {"domain": name}).json["token"] == token, "once more is the same"
    assert program.delete(f"{at}/{name}").status == 204
    assert program.get(at).json["data"] == []
    entries = AuditEntry.objects.filter(target=f"tenant:{acme.slug}", action__startswith="domain").order_by("number")
    assert [entry.action for entry in entries] == [
        *("domain.added", "domain.checked", "domain.checked", "domain.removed")
    ]


def test_the_longest_name_is_looked_for_and_one_that_has_gone_is_missed(name_server: NameServer, acme: Tenancy) -> None:
    labels = ".".join(letter * 58 for letter in "abcd")
    domain = domains.add_domain(acme.made.tenant, f"{secrets.token_hex(4)}.{labels}.test")
    assert 0 < len(domains.check_record(domain).failure) <= 200
    domains.remove_domain(acme.made.tenant, domain.domain)
    with pytest.raises(ParleyError) as refusal:
        domains.check_record(domain)
    assert refusal.value.code.name == "domain_not_found"


def test_a_domain_outlives_a_missing_record_for_a_week_and_no_longer(name_server: NameServer, acme: Tenancy) -> None:
    domain = domains.add_domain(acme.made.tenant, f"{secrets.token_hex(4)}.test")
    vouched_for = Domain.objects.create(
        tenant=acme.made.tenant, domain=f"{domain.domain}.test", verified_at=timezone.now()
    )
    name_server.texts[domains.record_name(domain)] = [domain.token]
    domains.recheck_domains()
    domain.refresh_from_db()
    assert domain.state == "verified"
    name_server.texts[domains.record_name(domain)] = ["broken"]
    domains.recheck_domains()
    domain.refresh_from_db()
    assert domain.state == "verified"
    assert domain.failure.startswith("DNS could not be asked")
    Domain.objects.filter(pk=domain.pk).update(failed_at=timezone.now() - timedelta(days=8))
    domains.recheck_domains()
    domain.refresh_from_db()
    vouched_for.refresh_from_db()
    assert (domain.state, vouched_for.state) == ("failed", "verified")


def test_a_plan_has_room_for_so_many_domains(acme: Tenancy) -> None:
    tenant = acme.made.tenant
    Tenant.objects.filter(pk=tenant.pk).update(own_domains=1)
    first = f"one.{acme.slug}.example"
    assert domains.add_domain(tenant, first) == domains.add_domain(tenant, first)
    with pytest.raises(ParleyError) as refused:
        domains.add_domain(tenant, f"two.{acme.slug}.example")
    assert refused.value.code.name == "plan_limit_reached"
