from django.db import migrations, models

_PACES = {
    "calls_per_second": 50,
    "call_burst": 500,
    "key_calls_per_second": 500,
    "key_call_burst": 2000,
    "searches_per_second": 5,
    "search_burst": 30,
    "uploads_per_minute": 60,
    "connects_per_minute": 120,
    "address_connects_per_minute": 6000,
}


class Migration(migrations.Migration):
    dependencies = [("tenants", "0003_credentials")]

    operations = [
        *[
            migrations.AddField("tenant", name, models.PositiveIntegerField(default=number))
            for name, number in _PACES.items()
        ],
        migrations.AddField("tenant", "content_rules", models.JSONField(blank=True, default=dict)),
        migrations.RemoveConstraint("tenant", "tenant_limits_positive"),
        migrations.AddConstraint(
            "tenant",
            models.CheckConstraint(
                name="tenant_limits_positive",
                condition=models.Q(
                    text_characters__gte=1,
                    frame_bytes__gte=1024,
                    frame_bytes__lte=65536,
                    sends_per_second__gte=1,
                    send_burst__gte=1,
                    rooms_per_connection__gte=1,
                    **{f"{pace}__gte": 1 for pace in _PACES},
                ),
            ),
        ),
    ]
