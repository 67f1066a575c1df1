"""The tables of a tenant's schema."""

from chat.models.messages import Message, MessageKind
from chat.models.rooms import Member, MemberRole, Room, RoomKind
from chat.models.users import User

__all__ = ["Member", "MemberRole", "Message", "MessageKind", "Room", "RoomKind", "User"]
