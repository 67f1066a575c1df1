from django.apps import AppConfig


class ConsoleConfig(AppConfig):
    name = "console"

    def ready(self) -> None:
        from console.usage import on_usage, used_this_month

        on_usage(used_this_month)
