from django.apps import AppConfig


class ConsoleConfig(AppConfig):
    name = "console"

    def ready(self) -> None:
        from console.copies.making import forget_exports
        from console.usage import on_usage, used_this_month
        from tenants.lifecycle import on_removal

        on_usage(used_this_month)
        on_removal(forget_exports)
