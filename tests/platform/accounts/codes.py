"""Codes of an authenticator app (RFC 6238), and an account that has one."""

from __future__ import annotations

import base64
import hmac
import struct
import time

from allauth.mfa.models import Authenticator
from allauth.mfa.recovery_codes.internal.auth import RecoveryCodes
from allauth.mfa.totp.internal.auth import TOTP

from tenants.models import Account

SECRET = base64.b32encode(b"twenty random bytes!").decode()


def code(secret: str = SECRET, steps: int = 0) -> str:
    """What the app shows, ``steps`` half minutes from now."""
    counter = struct.pack(">Q", int(time.time()) // 30 + steps)
    digest = hmac.new(base64.b32decode(secret), counter, "sha1").digest()
    start = digest[-1] & 15
    return f"{(struct.unpack('>I', digest[start : start + 4])[0] & 0x7FFFFFFF) % 1_000_000:06}"


def give_app(account: Account) -> list[str]:
    """An authenticator app with SECRET; the recovery codes."""
    TOTP.activate(account, SECRET)
    codes: list[str] = RecoveryCodes.activate(account).get_unused_codes()
    return codes


def kinds_of(account: Account) -> set[str]:
    return set(Authenticator.objects.filter(user=account).values_list("type", flat=True))
