from django.db import migrations, models

_LANGUAGES = (
    *("simple", "arabic", "armenian", "basque", "catalan", "danish", "dutch", "english", "finnish", "french"),
    *("german", "greek", "hindi", "hungarian", "indonesian", "irish", "italian", "lithuanian", "nepali", "norwegian"),
    *("portuguese", "romanian", "russian", "serbian", "spanish", "swedish", "tamil", "turkish", "yiddish"),
)


class Migration(migrations.Migration):
    dependencies = [("tenants", "0005_webhooks")]

    operations = [
        migrations.AddField(
            "tenant",
            "search_language",
            models.CharField(choices=[(name, name) for name in _LANGUAGES], default="simple", max_length=63),
        ),
        migrations.AddConstraint(
            "tenant",
            models.CheckConstraint(
                name="tenant_search_language_known", condition=models.Q(search_language__in=_LANGUAGES)
            ),
        ),
    ]
