"""TenantImport: a tenant that is being brought in from a file."""

from __future__ import annotations

from django.db import models


class TenantImport(models.Model):
    """A schema that is no tenant's yet: nobody sees it before all is in it and was found to be what the file says.
    ``seal`` names the file. Once it is ``loaded``, what is left to do needs only its small parts. One that nobody went
    on with since ``touched_at`` is cleared away."""

    seal = models.CharField(primary_key=True, max_length=64)
    schema_name = models.CharField(max_length=63, unique=True)
    loaded = models.BooleanField(default=False)
    touched_at = models.DateTimeField(auto_now=True)

    def __str__(self) -> str:
        return f"{self.schema_name} from {self.seal[:12]}"
