from django.apps import AppConfig


class BillingConfig(AppConfig):
    name = "billing"

    def ready(self) -> None:
        from accounts.wishes import on_wish
        from billing.choices import wish_for

        on_wish("/admin/billing/plan", wish_for)
