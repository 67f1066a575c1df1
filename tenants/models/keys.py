"""ApiKey: a customer's server calling us. SigningKey: what verifies the user tokens that it signs."""

from __future__ import annotations

from django.db import models

from kit.ids import opaque
from tenants.models.tenants import Tenant


class ApiKey(models.Model):
    """Found by ``prefix``, proven by the SHA-256 of the whole; the key itself is shown once and not kept."""

    tenant = models.ForeignKey(Tenant, on_delete=models.CASCADE, related_name="api_keys")
    name = models.CharField(max_length=80, default="default")
    prefix = models.CharField(max_length=24, unique=True)
    digest = models.CharField(max_length=64)
    scopes = models.JSONField(default=list)
    created_at = models.DateTimeField(auto_now_add=True)
    last_used_at = models.DateTimeField(null=True, blank=True)
    expires_at = models.DateTimeField(null=True, blank=True)
    revoked_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["-created_at"]

    def __str__(self) -> str:
        return f"{self.prefix}…"


def _signing_key_id() -> str:
    return opaque("key")


class Algorithm(models.TextChoices):
    HS256 = "HS256"
    EDDSA = "EdDSA"
    ES256 = "ES256"
    RS256 = "RS256"


class SigningKey(models.Model):
    """``id`` is the token header's ``kid``. HS256 keeps its secret sealed; the others keep a public key (PEM), or the
    URL of a JSON Web Key Set, whose keys have names of their own and whose tokens must be of ``issuer`` and for
    ``audience``, where these are not empty."""

    id = models.CharField(primary_key=True, max_length=32, default=_signing_key_id, editable=False)
    tenant = models.ForeignKey(Tenant, on_delete=models.CASCADE, related_name="signing_keys")
    algorithm = models.CharField(max_length=8, choices=Algorithm.choices, default=Algorithm.HS256)
    sealed_secret = models.TextField(blank=True)
    public_key = models.TextField(blank=True)
    key_set_url = models.CharField(max_length=2_000, blank=True)
    issuer = models.CharField(max_length=500, blank=True)
    audience = models.CharField(max_length=500, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)
    revoked_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["-created_at"]
        constraints = [
            models.CheckConstraint(
                name="signing_key_has_its_verifier",
                condition=models.Q(algorithm="HS256", public_key="", key_set_url="") & ~models.Q(sealed_secret="")
                | ~models.Q(algorithm="HS256")
                & models.Q(sealed_secret="")
                & (
                    ~models.Q(public_key="") & models.Q(key_set_url="")
                    | models.Q(public_key="") & ~models.Q(key_set_url="")
                ),
            )
        ]

    def __str__(self) -> str:
        return self.id
