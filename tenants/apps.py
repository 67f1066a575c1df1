from django.apps import AppConfig


class TenantsConfig(AppConfig):
    name = "tenants"

    def ready(self) -> None:
        from tenants.lifecycle import on_removal
        from tenants.limits import forget_tenant

        on_removal(lambda tenant: forget_tenant(tenant.schema_name))
