"""Argon2 as the product uses it, at the least cost it can have: the product's own takes 0.24 s of CPU for each
password, made or tried, and a run of the tests has many hundreds."""

from __future__ import annotations

from django.contrib.auth.hashers import Argon2PasswordHasher


class QuickArgon2(Argon2PasswordHasher):
    time_cost = 1
    memory_cost = 8  # KiB
    parallelism = 1
