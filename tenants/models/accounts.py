"""Account: a person who signs in. Membership: that person's place in one tenant."""

from __future__ import annotations

from typing import Any

from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.db import models

from kit.ids import opaque
from tenants.models.tenants import Tenant


def _account_id() -> str:
    return opaque("acc")


class OperatorRole(models.TextChoices):
    """What somebody is in the operators' console."""

    OWNER = "owner"
    OPERATOR = "operator"
    SUPPORT = "support"
    VIEWER = "viewer"


class AccountManager(BaseUserManager["Account"]):
    def create_user(self, email: str, password: str | None = None, **fields: Any) -> Account:
        account = self.model(email=email.strip().lower(), **fields)
        account.set_password(password)
        account.save(using=self._db)
        return account

    def create_superuser(self, email: str, password: str | None = None, **fields: Any) -> Account:
        return self.create_user(email, password, operator_role=OperatorRole.OWNER, **fields)

    def get_by_natural_key(self, username: str | None) -> Account:
        return self.get(email=(username or "").strip().lower())

    async def aget_by_natural_key(self, username: str | None) -> Account:
        return await self.aget(email=(username or "").strip().lower())


class Account(AbstractBaseUser):
    """One e-mail address, one password, any number of tenants. ``operator_role`` opens the operators' console."""

    id = models.CharField(primary_key=True, max_length=32, default=_account_id, editable=False)
    email = models.EmailField(unique=True)
    name = models.CharField(max_length=120)
    is_active = models.BooleanField(default=True)
    operator_role = models.CharField(max_length=16, choices=OperatorRole.choices, blank=True, default="")
    created_at = models.DateTimeField(auto_now_add=True)

    objects = AccountManager()
    USERNAME_FIELD = "email"
    REQUIRED_FIELDS = ["name"]

    class Meta:
        ordering = ["email"]

    def __str__(self) -> str:
        return self.email

    def get_short_name(self) -> str:
        return self.name

    @property
    def is_operator(self) -> bool:
        return self.is_active and self.operator_role != ""

    @property
    def is_staff(self) -> bool:
        """Django's admin and Unfold ask; who may do what is for the permits to say."""
        return False

    def has_perm(self, permission: str, obj: object = None) -> bool:
        return False

    def has_module_perms(self, app_label: str) -> bool:
        return False


class Role(models.TextChoices):
    OWNER = "owner"
    ADMIN = "admin"
    MODERATOR = "moderator"
    AGENT = "agent"


class Membership(models.Model):
    """An account in a tenant. Without one, an account is a stranger there."""

    account = models.ForeignKey(Account, on_delete=models.CASCADE, related_name="memberships")
    tenant = models.ForeignKey(Tenant, on_delete=models.CASCADE, related_name="memberships")
    role = models.CharField(max_length=16, choices=Role.choices)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["account", "tenant"], name="one_membership_per_tenant")]

    def __str__(self) -> str:
        return f"{self.account_id} in {self.tenant_id}: {self.role}"

    @property
    def opens_console(self) -> bool:
        return self.role in (Role.OWNER, Role.ADMIN, Role.MODERATOR)

    @property
    def administers(self) -> bool:
        """Whether it changes what the tenant sets for itself."""
        return self.role in (Role.OWNER, Role.ADMIN)
