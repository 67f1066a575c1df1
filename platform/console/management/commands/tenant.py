"""``manage.py tenant``: the life of a tenant, from the command line."""

from __future__ import annotations

import json
import os
import sys
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from asgiref.sync import async_to_sync
from django.core.management.base import BaseCommand, CommandError

from billing.plans import PLANS
from console.progress import Progress
from kit.errors import ParleyError
from tenants import lifecycle
from tenants.certificates import as_told
from tenants.domains import serving_domains
from tenants.fleet import Migrated, count_tenants, migrate_tenants
from tenants.invitations import invitation_url
from tenants.languages import set_search_language
from tenants.models import Tenant
from tenants.origins import set_origins
from tenants.portability.arriving import Arrived
from tenants.portability.cloning import clone_tenant
from tenants.portability.exporting import export_tenant
from tenants.portability.importing import import_tenant
from tenants.portability.moving import abandon_move, move_tenant
from tenants.portability.receiving import receive_tenant
from tenants.portability.secrets import sealer_from
from tenants.portability.wire import Wire
from tenants.provisioning import create_tenant
from tenants.records import SEARCH_LANGUAGES


class Command(BaseCommand):
    help = "Create, list, show, suspend, resume, delete, migrate, export, import, clone, move tenants; their language."

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
        _portability_arguments(actions)
        migrate = actions.add_parser("migrate", help="Bring every tenant's schema along.")
        migrate.add_argument("slug", nargs="*", help="Only these.")
        migrate.add_argument("--json", action="store_true")

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            getattr(self, f"_{options['action']}")(**options)
        except ParleyError as refusal:
            raise CommandError(f"{refusal.code.name}: {refusal.detail}") from None
        except OSError as failure:
            raise CommandError(f"{failure.filename}: {failure.strerror}") from None

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
            certificate = lifecycle.remove(tenant)
            self.stdout.write(f"{slug} is gone.")
            if certificate:
                self._json(as_told(certificate))
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

    def _export(self, slug: str, to: Path, secrets: Path | None, **options: Any) -> None:
        if to.exists():
            raise CommandError(f"{to} exists already.")
        manifest = export_tenant(slug, to, under=sealer_from(secrets) if secrets else None, progress=self._progress)
        self._told(
            {
                "file": str(to),
                "taken_at": manifest["taken_at"],
                "rows": sum(table["rows"] for table in manifest["tables"]),
                "files": manifest["files"]["brought"],
                "files_missing": manifest["files"]["missing"],
                "secrets": manifest["secrets"],
            },
            options,
        )

    def _import(self, file: Path, slug: str | None, secrets: Path | None, **options: Any) -> None:
        under = sealer_from(secrets) if secrets else None
        self._arrived(import_tenant(file, slug, under=under, progress=self._progress), options)

    def _clone(self, slug: str, new: str, mask: bool, **options: Any) -> None:
        self._arrived(clone_tenant(slug, new, masked=mask, progress=self._progress), options)

    def _move(self, slug: str, via: str, new_origin: str, abandon: bool, there_is_none: bool, **options: Any) -> None:
        if abandon:
            abandon_move(slug, via, there_is_none=there_is_none)
            self._show(slug, **options)
            return
        if not via:
            raise CommandError("Say how the other place is reached: --via 'ssh new-host … manage.py tenant receive'.")
        moved = move_tenant(slug, via, origin=new_origin.rstrip("/"), progress=self._progress)
        told = {"url": moved.url, "read_only_seconds": moved.read_only and round(moved.read_only, 2)}
        self._told({"slug": slug, **told, "invitations": moved.invitations, "left": moved.left}, options)

    def _receive(self, slug: str, **options: Any) -> None:
        """What anything prints meanwhile goes to standard error."""
        with os.fdopen(os.dup(sys.stdout.fileno()), "wb") as answers:
            os.dup2(sys.stderr.fileno(), sys.stdout.fileno())
            receive_tenant(Wire(sys.stdin.buffer, answers), slug=slug, progress=self._progress)

    def _arrived(self, arrived: Arrived, options: dict[str, Any]) -> None:
        told: dict[str, Any] = {"slug": arrived.tenant.slug, "url": arrived.tenant.url}
        if arrived.api_key:
            told["api_key"] = arrived.api_key
        if arrived.signing_secret:
            told["signing_key"] = {"id": arrived.signing_key_id, "secret": arrived.signing_secret}
        self._told({**told, "invitations": arrived.invitations, "left": arrived.left}, options)

    def _progress(self, step: str) -> None:
        self.stderr.write(step)

    def _migrate(self, slug: list[str], **options: Any) -> None:
        for named in slug:
            lifecycle.get_tenant(named)
        broken = 0
        results: list[Migrated] = []
        progress = Progress(count_tenants(slug or None), "tenants", self.stderr.write)
        for result in migrate_tenants(slug or None):
            results.append(result)
            broken += bool(result.error)
            progress.step()
            if not options["json"] and (result.applied or result.error):
                self.stdout.write(f"{result.slug:<32} {result.error or f'{result.applied} applied'}")
        if options["json"]:
            self._json([{"slug": r.slug, "applied": r.applied, "error": r.error} for r in results])
        else:
            self.stdout.write(f"{len(results)} tenants, {broken} broken.")
        if broken:
            raise CommandError(f"{broken} of {len(results)} tenants could not be migrated.")

    def _one(self, tenant: Tenant, options: dict[str, Any]) -> None:
        self._told(_summary(tenant), options)

    def _told(self, pairs: dict[str, Any], options: dict[str, Any]) -> None:
        if options["json"]:
            self._json(pairs)
        else:
            self._lines(pairs)

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


def _portability_arguments(actions: Any) -> None:
    export = actions.add_parser("export", help="All of a tenant as one file, while its people go on chatting.")
    export.add_argument("slug")
    export.add_argument("--to", type=Path, required=True, metavar="FILE")
    bring = actions.add_parser("import", help="A tenant out of such a file. Run it again after an interruption.")
    bring.add_argument("file", type=Path)
    bring.add_argument("--slug", help="In place of the one in the file.")
    for action, what in ((export, "Seal its keys and webhooks' secrets"), (bring, "Bring them, sealed")):
        action.add_argument("--secrets", type=Path, metavar="KEYFILE", help=f"{what} under the key in this file.")
    clone = actions.add_parser("clone", help="A copy beside it, with keys of its own.")
    clone.add_argument("slug")
    clone.add_argument("new", metavar="NEW")
    clone.add_argument("--mask", action="store_true", help="Without anybody's name, words or files.")
    move = actions.add_parser("move", help="To another installation, while its people go on chatting.")
    move.add_argument("slug")
    move.add_argument("--via", default="", metavar="COMMAND", help="Runs `tenant receive` there, on these two pipes.")
    move.add_argument("--new-origin", default="", metavar="URL", help="Where people find it, if not where that says.")
    move.add_argument("--abandon", action="store_true", help="Let it stay.")
    move.add_argument("--there-is-none", action="store_true", help="No other place any more that could have opened it.")
    receive = actions.add_parser("receive", help="The other end of `move`: run by its --via.")
    receive.add_argument("--slug", default="", help="In place of the one that it has.")
    for action in (export, bring, clone, move):
        action.add_argument("--json", action="store_true")


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
