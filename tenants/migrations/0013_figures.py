"""The platform's processes, what they count over time, and what each tenant uses."""

import django.db.models.deletion
from django.db import migrations, models
from django.db.models.functions import Now

_KINDS = [("server", "Server"), ("worker", "Worker")]
_SPANS = [("minute", "Minute"), ("hour", "Hour"), ("day", "Day")]
_COUNTED = ("messages", "deliveries", "errors", "embeds", "connections")
_USED = ("messages", "active_users", "peak_connections", "stored_bytes")


def _id():
    return ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID"))


def _tenant(**options):
    cascade = django.db.models.deletion.CASCADE
    return ("tenant", models.ForeignKey("tenants.tenant", on_delete=cascade, db_index=False, **options))


def _counts(names):
    return [(name, models.PositiveBigIntegerField(default=0)) for name in names]


class Migration(migrations.Migration):
    dependencies = [("tenants", "0012_operators")]

    operations = [
        migrations.AddField("tenant", "started", models.BooleanField(default=False)),
        migrations.CreateModel(
            "Process",
            fields=[
                ("id", models.CharField(max_length=32, primary_key=True, serialize=False)),
                ("kind", models.CharField(choices=_KINDS, max_length=8)),
                ("version", models.CharField(max_length=40)),
                ("host", models.CharField(max_length=255)),
                ("pid", models.PositiveIntegerField()),
                ("started_at", models.DateTimeField()),
                ("beat_at", models.DateTimeField(db_default=Now())),
                ("connections", models.PositiveIntegerField(default=0)),
                ("loop_lag_ms", models.FloatField(default=0)),
                ("memory_bytes", models.PositiveBigIntegerField(default=0)),
            ],
            options={"ordering": ["kind", "host", "started_at"]},
        ),
        migrations.CreateModel(
            "Figure",
            fields=[
                _id(),
                ("span", models.CharField(choices=_SPANS, max_length=6)),
                ("at", models.DateTimeField()),
                *_counts(_COUNTED),
                _tenant(related_name="+", null=True, blank=True),
            ],
            options={
                "ordering": ["at"],
                "indexes": [models.Index(fields=["span", "at"], name="figures_by_time")],
                "constraints": [
                    models.UniqueConstraint(
                        fields=("tenant", "span", "at"), nulls_distinct=False, name="one_figure_per_span"
                    )
                ],
            },
        ),
        migrations.CreateModel(
            "Usage",
            fields=[
                _id(),
                ("hour", models.DateTimeField()),
                *_counts(_USED),
                ("final", models.BooleanField(default=False)),
                _tenant(related_name="usage"),
            ],
            options={
                "ordering": ["hour"],
                "constraints": [models.UniqueConstraint(fields=("tenant", "hour"), name="one_usage_per_hour")],
            },
        ),
        migrations.CreateModel(
            "ActiveUser",
            fields=[
                _id(),
                ("month", models.DateField()),
                ("person", models.UUIDField()),
                ("first_hour", models.DateTimeField()),
                ("latest_hour", models.DateTimeField()),
                _tenant(related_name="+"),
            ],
            options={
                "ordering": ["first_hour"],
                "constraints": [
                    models.UniqueConstraint(fields=("tenant", "month", "person"), name="one_active_user_per_month")
                ],
            },
        ),
    ]
