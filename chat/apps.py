from django.apps import AppConfig


class ChatConfig(AppConfig):
    name = "chat"

    def ready(self) -> None:
        from chat.first_room import create_first_room
        from tenants.provisioning import on_first_content

        on_first_content(create_first_room)
