"""The tables of a tenant's schema."""

from chat.models.answers import StoredAnswer
from chat.models.guests import GuestLink
from chat.models.messages import Message, MessageEdit, MessageKind, Reaction
from chat.models.moderation import Act, Block, Decision, Mute
from chat.models.people import Erasure, ImportFault, UserImport
from chat.models.presence import Presence, ServingProcess
from chat.models.reports import Report, ReportReason, Resolution
from chat.models.rooms import Ban, Member, MemberRole, Room, RoomKind
from chat.models.search import IndexedRoom, SearchBlock
from chat.models.uploads import StorageUse, Upload
from chat.models.users import User
from chat.models.webhooks import IncomingWebhook, OutboxEvent, WebhookDelivery, WebhookEndpoint, WebhookLane

__all__ = [
    "Act",
    "Ban",
    "Block",
    "Decision",
    "Erasure",
    "GuestLink",
    "ImportFault",
    "IncomingWebhook",
    "IndexedRoom",
    "Member",
    "MemberRole",
    "Message",
    "MessageEdit",
    "MessageKind",
    "Mute",
    "OutboxEvent",
    "Presence",
    "Reaction",
    "Report",
    "ReportReason",
    "Resolution",
    "Room",
    "RoomKind",
    "SearchBlock",
    "ServingProcess",
    "StorageUse",
    "StoredAnswer",
    "Upload",
    "User",
    "UserImport",
    "WebhookDelivery",
    "WebhookEndpoint",
    "WebhookLane",
]
