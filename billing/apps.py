from django.apps import AppConfig


class BillingConfig(AppConfig):
    name = "billing"

    def ready(self) -> None:
        from billing.customers import end_billing
        from tenants.lifecycle import on_removal

        on_removal(end_billing)
