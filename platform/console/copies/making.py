"""Copies as the worker makes them: each by ``manage.py tenant`` in a process of its own, so that it is ended whenever
the worker is, and takes nobody's time in it."""

from __future__ import annotations

import asyncio
import json
import re
import sys
import tempfile
from asyncio.subprocess import PIPE, Process
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any

from django.conf import settings
from django.db.models import F, Q
from django.utils import timezone

from console.copies import files
from kit.errors import TENANT_STATE
from tenants.models import Tenant, TenantCopy

KEPT_DAYS = 7
"""For which an export can be downloaded."""
_LEASE = timedelta(seconds=60)
_MOST_ATTEMPTS = 5
_STEP = re.compile(r"[a-z_]+\Z")
_REFUSAL = re.compile(r"CommandError: (?:(?P<code>[a-z_]+): )?(?P<detail>.*)")

State, Kind = TenantCopy.State, TenantCopy.Kind


class Refused(Exception):
    """What the command says in words for people."""


class _Later(Exception):
    """Somebody else is at it."""


async def carry_on(copy_id: str) -> None:
    """Make it, from its beginning; an import that was stopped goes on by itself. Does nothing while somebody else is
    at it, and gives up what has failed often enough."""
    copy = await _claim(copy_id)
    if copy is None:
        return
    if copy.attempts > _MOST_ATTEMPTS:
        await _fail(copy, f"It was tried {_MOST_ATTEMPTS} times and came to no end.")
        return
    try:
        async with _leased(copy):
            with tempfile.TemporaryDirectory(prefix="parley-copy-") as folder:
                found = await _MAKE[Kind(copy.kind)](copy, Path(folder) / "export.zip")
    except Refused as refusal:
        await _fail(copy, str(refusal))
    except FileNotFoundError:
        await _fail(copy, "The file is gone.")
    except _Later:
        return
    else:
        await _end(copy, State.DONE, **found)


async def _export(copy: TenantCopy, file: Path) -> dict[str, Any]:
    told = await _manage(copy, "export", _slug_of(copy), "--to", str(file))
    size, sha256 = await asyncio.to_thread(files.keep_whole, copy.pk, file)
    missing = told["files_missing"]
    return {
        "size": size,
        "sha256": sha256,
        "pieces": 1,
        "left": [f"{missing} files that were deleted meanwhile"] if missing else [],
        "expires_at": timezone.now() + timedelta(days=KEPT_DAYS),
    }


async def _import(copy: TenantCopy, file: Path) -> dict[str, Any]:
    await asyncio.to_thread(files.bring, copy.source or copy, file)
    return await _arrived(await _manage(copy, "import", str(file), *(["--slug", copy.slug] if copy.slug else [])))


async def _clone(copy: TenantCopy, file: Path) -> dict[str, Any]:
    return await _arrived(await _manage(copy, "clone", _slug_of(copy), copy.slug, *(["--mask"] if copy.masked else [])))


_MAKE = {Kind.EXPORT: _export, Kind.IMPORT: _import, Kind.CLONE: _clone}


def _slug_of(copy: TenantCopy) -> str:
    if copy.tenant is None:
        raise Refused("The tenant is gone.")
    return str(copy.tenant.slug)


async def _arrived(told: dict[str, Any]) -> dict[str, Any]:
    """The keys that were made for it are shown to nobody."""
    return {"made": await Tenant.objects.filter(slug=told["slug"]).afirst(), "left": told["left"]}


async def _manage(copy: TenantCopy, *arguments: str) -> dict[str, Any]:
    """What the command tells. Raises Refused, RuntimeError where it was ended."""
    command = [sys.executable, str(settings.BASE_DIR / "manage.py"), "tenant", *arguments, "--json"]
    process = await asyncio.create_subprocess_exec(*command, stdout=PIPE, stderr=PIPE)
    assert process.stdout
    try:
        out, refusal = await asyncio.gather(process.stdout.read(), _heard(copy, process))
        code = await process.wait()
    finally:
        if process.returncode is None:
            process.terminate()
            await process.wait()
    if refusal is not None:
        raise _Later if refusal["code"] == TENANT_STATE.name else Refused(refusal["detail"])
    if code:
        raise RuntimeError(f"tenant {arguments[0]} ended with {code}")
    told: dict[str, Any] = json.loads(out)
    return told


async def _heard(copy: TenantCopy, process: Process) -> re.Match[str] | None:
    """Note its steps, pass on what it logs. Returns its refusal."""
    assert process.stderr
    refusal = None
    async for line in process.stderr:
        text = line.decode(errors="replace").strip()
        if _STEP.match(text):
            await _running(copy).aupdate(step=text, steps=F("steps") + 1)
        elif found := _REFUSAL.match(text):
            refusal = found
        else:
            sys.stderr.write(f"{text}\n")
    return refusal


async def unfinished() -> list[str]:
    """Those that are waited for, and that nobody is at work on."""
    waiting = _free().filter(state__in=TenantCopy.UNDER_WAY, created_at__lt=timezone.now() - _LEASE)
    return [copy_id async for copy_id in waiting.order_by("created_at").values_list("pk", flat=True)]


async def forget_due() -> None:
    """Remove the files of exports whose time is over or whose tenant is gone, and of what never came whole."""
    now = timezone.now()
    over = Q(expires_at__lt=now) | Q(tenant=None)
    async for copy in TenantCopy.objects.filter(over, kind=Kind.EXPORT, state=State.DONE):
        await asyncio.to_thread(files.discard, copy.pk)
        await TenantCopy.objects.filter(pk=copy.pk).aupdate(state=State.EXPIRED)
    async for copy in TenantCopy.objects.filter(state=State.ARRIVING, created_at__lt=now - timedelta(days=1)):
        await _fail(copy, "Its file never came whole.")


def forget_exports(tenant: Tenant) -> None:
    """Remove their files, for the tenant goes. One that is being made meanwhile goes by ``forget_due``."""
    exports = tenant.copies.filter(kind=Kind.EXPORT, state=State.DONE)
    for copy_id in exports.values_list("pk", flat=True):
        files.discard(copy_id)
    exports.update(state=State.EXPIRED)


async def _claim(copy_id: str) -> TenantCopy | None:
    claimed = await (
        _free()
        .filter(pk=copy_id, state__in=TenantCopy.UNDER_WAY)
        .aupdate(
            state=State.RUNNING,
            leased_until=timezone.now() + _LEASE,
            attempts=F("attempts") + 1,
            step="",
            steps=0,
        )
    )
    copies = TenantCopy.objects.select_related("tenant", "source")
    return await copies.aget(pk=copy_id) if claimed else None


def _free() -> Any:
    return TenantCopy.objects.filter(Q(leased_until=None) | Q(leased_until__lt=timezone.now()))


def _running(copy: TenantCopy) -> Any:
    return TenantCopy.objects.filter(pk=copy.pk, state=State.RUNNING)


@asynccontextmanager
async def _leased(copy: TenantCopy) -> AsyncIterator[None]:
    async def renew() -> None:
        while True:
            await asyncio.sleep(_LEASE.total_seconds() / 4)
            await _running(copy).aupdate(leased_until=timezone.now() + _LEASE)

    renewing = asyncio.create_task(renew())
    try:
        yield
    finally:
        renewing.cancel()


async def _fail(copy: TenantCopy, why: str) -> None:
    await _end(copy, State.FAILED, failure=why)


async def _end(copy: TenantCopy, state: TenantCopy.State, **found: Any) -> None:
    """What was handed in is needed no more."""
    if copy.kind == Kind.IMPORT and copy.source is None:
        await asyncio.to_thread(files.discard, copy.pk)
    over = {"state": state, "ended_at": timezone.now(), "leased_until": None}
    await TenantCopy.objects.filter(pk=copy.pk).aupdate(**over, **found)
