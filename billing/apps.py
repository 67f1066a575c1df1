from django.apps import AppConfig


class BillingConfig(AppConfig):
    name = "billing"

    def ready(self) -> None:
        from accounts.wishes import on_wish
        from billing.choices import wish_for
        from billing.customers import end_billing
        from billing.plans import PLANS
        from tenants.lifecycle import on_removal
        from tenants.terms import on_plan

        on_removal(end_billing)
        on_plan(lambda name: PLANS[name].columns)
        on_wish("/admin/billing/plan", wish_for)
