import django.db.models.deletion
import django.db.models.functions.datetime
from django.db import migrations, models

import chat.models.guests


class Migration(migrations.Migration):
    dependencies = [("chat", "0012_reports")]

    operations = [
        migrations.CreateModel(
            name="GuestLink",
            fields=[
                (
                    "id",
                    models.CharField(
                        default=chat.models.guests._guest_link_id,
                        editable=False,
                        max_length=32,
                        primary_key=True,
                        serialize=False,
                    ),
                ),
                (
                    "room",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="guest_links",
                        to="chat.room",
                    ),
                ),
                ("name", models.CharField(blank=True, db_default="", max_length=120)),
                ("created_by", models.CharField(blank=True, max_length=128, null=True)),
                ("created_at", models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
                ("expires_at", models.DateTimeField()),
                ("ended_at", models.DateTimeField(blank=True, null=True)),
                ("most_guests", models.PositiveIntegerField(blank=True, null=True)),
            ],
            options={"ordering": ["-created_at", "id"]},
        ),
        migrations.AddField(
            model_name="user",
            name="guest_link",
            field=models.ForeignKey(
                blank=True,
                db_index=False,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="guests",
                to="chat.guestlink",
            ),
        ),
        migrations.AddIndex(
            model_name="user",
            index=models.Index(
                condition=models.Q(("guest_link__isnull", False)), fields=["guest_link"], name="guests_of_link"
            ),
        ),
    ]
