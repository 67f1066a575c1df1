"""SchemaTemplate: the statements that migrating an empty tenant schema runs, kept for replay."""

from __future__ import annotations

from django.db import models


class SchemaTemplate(models.Model):
    """``digest`` names the migrations that these statements come from."""

    digest = models.CharField(primary_key=True, max_length=64)
    sql = models.TextField()
    created_at = models.DateTimeField(auto_now_add=True)

    def __str__(self) -> str:
        return self.digest[:12]
