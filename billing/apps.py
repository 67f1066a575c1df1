from django.apps import AppConfig


class BillingConfig(AppConfig):
    name = "billing"

    def ready(self) -> None:
        from accounts.wishes import on_wish
        from billing.choices import wish_for
        from billing.customers import end_billing
        from tenants.lifecycle import on_removal

        on_removal(end_billing)
        on_wish("/admin/billing/plan", wish_for)
