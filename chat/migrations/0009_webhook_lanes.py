import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("chat", "0008_presence")]

    operations = [
        migrations.CreateModel(
            name="WebhookLane",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("room_id", models.CharField(blank=True, db_default="", max_length=64)),
                ("due_at", models.DateTimeField()),
                ("leased_until", models.DateTimeField(blank=True, null=True)),
                (
                    "endpoint",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="lanes",
                        to="chat.webhookendpoint",
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(fields=("endpoint", "room_id"), name="one_lane_per_room"),
                ],
                "indexes": [
                    models.Index(fields=["due_at"], name="lanes_due"),
                    models.Index(
                        condition=models.Q(("leased_until__isnull", False)),
                        fields=["leased_until"],
                        name="lanes_leased",
                    ),
                ],
            },
        ),
        migrations.RemoveIndex(model_name="webhookdelivery", name="deliveries_due"),
        migrations.AddIndex(
            model_name="webhookdelivery",
            index=models.Index(
                condition=models.Q(("due_at__isnull", False)),
                fields=["endpoint", "room_id", "id"],
                name="deliveries_pending",
            ),
        ),
    ]
