"""``manage.py tenant``: the life of a tenant, from the command line."""

from __future__ import annotations

import json
from argparse import ArgumentParser
from typing import Any

from asgiref.sync import async_to_sync
from django.core.management.base import BaseCommand, CommandError

from billing.plans import PLANS
from kit.errors import ParleyError
from tenants import lifecycle
from tenants.domains import serving_domains
from tenants.fleet import Migrated, migrate_tenants
from tenants.invitations import invitation_url
from tenants.languages import set_search_language
from tenants.models import Tenant
from tenants.origins import set_origins
from tenants.provisioning import create_tenant
from tenants.records import SEARCH_LANGUAGES


class Command(BaseCommand):
    help = "Create, list, show, suspend, resume, delete, migrate tenants; choose the language that they search in."

    def add_arguments(self, parser: ArgumentParser) -> None:
        actions = parser.add_subparsers(dest="action", required=True, metavar="ACTION")
        _create_arguments(actions.add_parser("create", help="One tenant, ready to chat."))
        for name, text in (
            ("list", "All tenants."),
            ("show", "One tenant."),
            ("resume", "Let its people in."),
        ):
            action = actions.add_parser(name, help=text)
            if name != "list":
                action.add_argument("slug")
            action.add_argument("--json", action="store_true")
        suspend = actions.add_parser("suspend", help="Refuse its people, keep its data.")
        suspend.add_argument("slug")
        suspend.add_argument("--reason", default="")
        suspend.add_argument("--json", action="store_true")
        delete = actions.add_parser("delete", help="Close it now, remove its data after the grace.")
        delete.add_argument("slug")
        delete.add_argument("--yes", action="store_true", help="Do not ask for the slug again.")
        delete.add_argument("--now", action="store_true", help="Without grace: everything is gone at once.")
        language = actions.add_parser("language", help="The language that its messages are searched in.")
        language.add_argument("slug")
        language.add_argument("language", choices=SEARCH_LANGUAGES)
        language.add_argument("--json", action="store_true")
        origins = actions.add_parser("origins", help="The pages of other hosts that may call it; to show or to set.")
        origins.add_argument("slug")
        origins.add_argument("origin", nargs="*", help="Each in place of all before.")
        origins.add_argument("--none", action="store_true", help="No page of another host.")
        actions.add_parser("domains", help="Hosts of tenants' own that are proven theirs, one a line.")
        migrate = actions.add_parser("migrate", help="Bring every tenant's schema along.")
        migrate.add_argument("slug", nargs="*", help="Only these.")
        migrate.add_argument("--json", action="store_true")

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            getattr(self, f"_{options['action']}")(**options)
        except ParleyError as refusal:
            raise CommandError(f"{refusal.code.name}: {refusal.detail}") from None

    def _create(self, slug: str, name: str, owner: str, plan: str, domain: list[str], **options: Any) -> None:
        made = create_tenant(slug, name=name, owner_email=owner, plan=plan, domains=domain, limits=PLANS[plan].columns)
        shown = {
            "slug": made.tenant.slug,
            "url": made.tenant.url,
            "api_key": made.api_key,
            "signing_key": {"id": made.signing_key.id, "secret": made.signing_secret},
        }
        if made.owner_is_new:
            shown["invitation"] = invitation_url(made.tenant, made.owner)
        if options["json"]:
            self._json(shown)
            return
        self._lines(
            {
                **shown,
                "signing_key": f"{made.signing_key.id}  {made.signing_secret}",
            }
        )
        self.stdout.write("The secrets are shown this once.")

    def _list(self, **options: Any) -> None:
        tenants = Tenant.objects.order_by("slug").prefetch_related("domains")
        if options["json"]:
            self._json([_summary(tenant) for tenant in tenants])
            return
        for tenant in tenants:
            self.stdout.write(f"{tenant.slug:<32} {tenant.status:<10} {tenant.plan:<8} {tenant.name}")

    def _domains(self, **options: Any) -> None:
        for name in serving_domains():
            self.stdout.write(name)

    def _show(self, slug: str, **options: Any) -> None:
        self._one(lifecycle.get_tenant(slug), options)

    def _suspend(self, slug: str, reason: str, **options: Any) -> None:
        self._one(lifecycle.suspend(slug, reason), options)

    def _resume(self, slug: str, **options: Any) -> None:
        self._one(lifecycle.resume(slug), options)

    def _delete(self, slug: str, yes: bool, now: bool, **options: Any) -> None:
        tenant = lifecycle.get_tenant(slug)
        if not yes and _asked(f"Type {slug} to delete this tenant: ") != slug:
            raise CommandError("That is not the slug: nothing was deleted.")
        if now:
            lifecycle.remove(tenant)
            self.stdout.write(f"{slug} is gone.")
            return
        tenant = lifecycle.request_deletion(slug)
        self.stdout.write(
            f"{slug} is closed; its data goes after {tenant.delete_after:%Y-%m-%d %H:%M} UTC."
            f" Until then `tenant resume {slug}` brings it back."
        )

    def _language(self, slug: str, language: str, **options: Any) -> None:
        self._one(set_search_language(slug, language), options)

    def _origins(self, slug: str, origin: list[str], none: bool, **options: Any) -> None:
        tenant = lifecycle.get_tenant(slug)
        if origin or none:
            tenant.origins = async_to_sync(set_origins)(tenant, [] if none else origin)
        for each in tenant.origins:
            self.stdout.write(each)

    def _migrate(self, slug: list[str], **options: Any) -> None:
        for named in slug:
            lifecycle.get_tenant(named)
        broken = 0
        results: list[Migrated] = []
        for result in migrate_tenants(slug or None):
            results.append(result)
            broken += bool(result.error)
            if not options["json"] and (result.applied or result.error):
                self.stdout.write(f"{result.slug:<32} {result.error or f'{result.applied} applied'}")
        if options["json"]:
            self._json([{"slug": r.slug, "applied": r.applied, "error": r.error} for r in results])
        else:
            self.stdout.write(f"{len(results)} tenants, {broken} broken.")
        if broken:
            raise CommandError(f"{broken} of {len(results)} tenants could not be migrated.")

    def _one(self, tenant: Tenant, options: dict[str, Any]) -> None:
        summary = _summary(tenant)
        if options["json"]:
            self._json(summary)
        else:
            self._lines(summary)

    def _json(self, value: object) -> None:
        self.stdout.write(json.dumps(value, indent=2))

    def _lines(self, pairs: dict[str, Any]) -> None:
        for name, value in pairs.items():
            self.stdout.write(f"{name:<14} {value}")


def _create_arguments(create: ArgumentParser) -> None:
    create.add_argument("slug")
    create.add_argument("--name", required=True)
    create.add_argument("--owner", required=True, metavar="EMAIL")
    create.add_argument("--domain", action="append", default=[], help="A host of its own; may be repeated.")
    create.add_argument("--plan", default="free", choices=sorted(PLANS))
    create.add_argument("--json", action="store_true")


def _asked(question: str) -> str:
    try:
        return input(question).strip()
    except EOFError:  # nobody is there to answer
        return ""


def _summary(tenant: Tenant) -> dict[str, Any]:
    return {
        "slug": tenant.slug,
        "name": tenant.name,
        "status": tenant.status,
        "reason": tenant.status_reason,
        "plan": tenant.plan,
        "search_language": tenant.search_language,
        "url": tenant.url,
        "domains": [domain.domain for domain in tenant.domains.all()],
        "schema": tenant.schema_name,
        "created_at": tenant.created_at.isoformat(),
        "delete_after": tenant.delete_after.isoformat() if tenant.delete_after else None,
    }
