from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("tenants", "0002_tell_of_changes")]

    operations = [
        migrations.AddField("tenant", "origins", models.JSONField(blank=True, default=list)),
        migrations.AddField(
            "signingkey", "key_set_url", models.CharField(blank=True, default="", max_length=2000), False
        ),
        migrations.AddField("signingkey", "issuer", models.CharField(blank=True, default="", max_length=500), False),
        migrations.AddField("signingkey", "audience", models.CharField(blank=True, default="", max_length=500), False),
        migrations.RemoveConstraint("signingkey", "signing_key_has_its_verifier"),
        migrations.AddConstraint(
            "signingkey",
            models.CheckConstraint(
                name="signing_key_has_its_verifier",
                condition=models.Q(algorithm="HS256", public_key="", key_set_url="") & ~models.Q(sealed_secret="")
                | ~models.Q(algorithm="HS256")
                & models.Q(sealed_secret="")
                & (
                    ~models.Q(public_key="") & models.Q(key_set_url="")
                    | models.Q(public_key="") & ~models.Q(key_set_url="")
                ),
            ),
        ),
    ]
