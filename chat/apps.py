from django.apps import AppConfig


class ChatConfig(AppConfig):
    name = "chat"

    def ready(self) -> None:
        from chat.files.storage import discard_all
        from chat.first_room import create_first_room
        from chat.portability.contents import Conversation
        from tenants.lifecycle import on_removal
        from tenants.portability.contents import set_contents
        from tenants.provisioning import on_first_content

        on_first_content(create_first_room)
        on_removal(lambda tenant: discard_all(tenant.schema_name))
        set_contents(Conversation())
