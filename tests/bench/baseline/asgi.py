from django.core.asgi import get_asgi_application

http = get_asgi_application()

from channels.routing import ProtocolTypeRouter, URLRouter  # noqa: E402 - Django's apps have to be there first
from django.urls import re_path  # noqa: E402

from tests.bench.baseline.consumers import ChatConsumer  # noqa: E402

websocket = URLRouter([re_path(r"ws/chat/(?P<room_name>\w+)/$", ChatConsumer.as_asgi())])
application = ProtocolTypeRouter({"http": http, "websocket": websocket})
