"""How somebody does what a tenant's console offers, page by page, each thing after what it follows from."""

from __future__ import annotations

from tests.e2e.tenant_settings_actions import SETTINGS
from tests.support.console_actions import Choice, File, Mistake, Press

_WORDS = "Words: of the warning, the note, or why"

_TEAM = (
    Press("index.put_away", "Put the list away", ("The list is put away.",), gone="Get started"),
    Press(
        "team.invite",
        "Invite",
        ("A mail is on its way to nina@{slug}.test.", "Invited"),
        fill={"E-mail": "nina@{slug}.test", "Role": Choice("Agent")},
        mistake=Mistake({"E-mail": "owner@acme.test"}, "is in the team already", "E-mail"),
    ),
    Press("team.resend", "Mail again", ("A mail is on its way to nina@{slug}.test.",), row="nina@{slug}"),
    Press("team.change_role", "Set", ("is agent now.",), row="moderator-", fill={"Role of": Choice("Agent")}),
    Press(
        "team.remove",
        "Remove from the team",
        ("nina@{slug}.test is no member of the team any more.",),
        row="nina@{slug}",
        opens="Remove…",
    ),
    Press("team.require_mfa", "Require a second factor", ("Everybody needs a second factor now.", "Not yet")),
    Press("team.require_mfa", "Leave it to everybody", ("A second factor is up to everybody again.",), gone="Not yet"),
)

_PEOPLE = (
    Press(
        "new_user.create",
        "Create",
        ("Zed is there.", "User zed"),
        fill={"Id": "zed", "Name": "Zed"},
        mistake=Mistake({"Id": "zed zed"}, "An id has 1 to 128 characters, no spaces and no slashes.", "Id"),
    ),
    Press(
        "user.save",
        "Save",
        ("Saved.",),
        fill={"Name": "Carol", "Custom data": '{"plan": "pro"}'},
        mistake=Mistake({"Custom data": "pro"}, "Enter a valid JSON.", "Custom data"),
    ),
    Press(
        "user.join",
        "Put into the room",
        ("carol is a member of general now.", "General"),
        fill={"Room's id": "general"},
        mistake=Mistake({"Room's id": "nowhere"}, "There is no room", "Room's id"),
    ),
    Press(
        "user.change_role",
        "Set",
        ("carol is moderator in general.",),
        row="general",
        fill={"Role in general": Choice("Moderator")},
    ),
    Press(
        "user.remove",
        "Remove from general",
        ("carol is no member of general any more.",),
        row="general",
        opens="Remove…",
    ),
    Press("user.revoke", "Revoke all tokens", ("Those from before",), opens="Revoke all tokens…"),
    Press("user.mint", "Make a token", ("It works for an hour",), opens="Make a token…"),
    Press(
        "user.block",
        "Block",
        ("carol is blocked.", "Blocked since"),
        opens="Block…",
        fill={"For how long": Choice("A day"), "Reason": "Rude"},
        anything_goes=True,
    ),
    Press("user.unblock", "End the block", ("carol is blocked no more.",), "Blocked since", opens="End the block…"),
    Press(
        "user.shadow_block",
        "Shadow-block",
        ("carol is shadow-blocked.", "Shadow-blocked since"),
        opens="Shadow-block…",
        anything_goes=True,
    ),
    Press("user.deactivate", "Deactivate", ("carol cannot come in any more",), opens="Deactivate…"),
    Press("user.reactivate", "Reactivate", ("carol can come in again.", "Deactivate…"), opens="Reactivate…"),
    Press(
        "user.end_session",
        "Sign out",
        ("Signed out there.",),
        gone="Firefox on a desk",
        row="Firefox on a desk",
        at={"user_id": "{member}"},
    ),
    Press("user_data.export", "Export all data", (), at={"user_id": "bob"}, file="bob.zip"),
    Press(
        "user_data.erase",
        "Erase for good",
        ("Erasing",),
        fill={"To go on, type the id: bob": "bob"},
        mistake=Mistake({"To go on, type the id: bob": "bo"}, "Nothing was erased", "To go on, type the id: bob"),
        at={"user_id": "bob"},
    ),
    Press(
        "imports.upload",
        "Look at it",
        ("Start the import", "Yves"),
        fill={"File": File("people.csv", b"id,name\nyves,Yves\n")},
        mistake=Mistake({"File": File("people.csv", b"name\nYves\n")}, "id", "File"),
    ),
    Press("import.start", "Start the import", ("0 saved, 0 not in", "You can leave this page.")),
    Press("import.cancel", "Cancel", ("The import is cancelled. Who is in stays in.",)),
)

_ROOMS = (
    Press(
        "new_room.create",
        "Create",
        ("The room Annex is there.", "annex"),
        fill={"Id": "annex", "Name": "Annex", "Kind": Choice("Private: members only")},
        mistake=Mistake({"Id": "an annex"}, "An id has 1 to 64 letters", "Id"),
    ),
    Press("room.save", "Save", ("Saved.",), fill={"Topic": "Spring"}, anything_goes=True),
    Press(
        "room.slow",
        "Set slow mode",
        ("Saved.", "5 s between two messages"),
        fill={"Seconds between two messages of a member": "5"},
        mistake=Mistake(
            {"Seconds between two messages of a member": "-1"},
            "greater than or equal to 0",
            "Seconds between two messages of a member",
        ),
    ),
    Press("room.freeze", "Freeze", ("The room is frozen: only its moderators",), opens="Freeze…"),
    Press("room.unfreeze", "Unfreeze", ("Everybody writes again.", "Freeze…"), opens="Unfreeze…"),
    Press(
        "room.revoke_link",
        "Revoke the link",
        ("The link opens nothing any more, and its guests have gone.",),
        gone="For the architects",
        row="For the architects",
        opens="Revoke…",
    ),
    Press("room.unpin", "Unpin", ("It is pinned no more.", "Nothing is pinned."), row="Cheap watches"),
    Press("room.archive", "Archive", ("The room is archived", "Archived since"), opens="Archive…"),
    Press(
        "room.restore",
        "Take out of the archive",
        ("The room is in use again.",),
        gone="Archived since",
        opens="Take out of the archive…",
    ),
    Press(
        "room_members.place",
        "Put in",
        ("ann is moderator of this room.", "Ann Ahlers"),
        fill={"User's id": "ann", "Role": Choice("Moderator")},
        mistake=Mistake({"User's id": "nobody"}, "nobody", "User's id"),
        at={"room_id": "general"},
    ),
    Press(
        "room_members.remove",
        "Remove ann",
        ("ann is no member any more.",),
        gone="Ann Ahlers",
        row="Ann Ahlers",
        opens="Remove…",
        at={"room_id": "general"},
    ),
    Press(
        "room_export.export",
        "Download",
        (),
        fill={"First day": "2026-01-02", "Last day": "2026-01-03"},
        mistake=Mistake({"Last day": "2026-01-01"}, "The last day is before the first one.", "Last day"),
        file="plans.csv",
    ),
    Press(
        "room_live.join",
        "Join this room",
        ("You are a moderator of this room now", "You are in this room as yourself"),
        opens="Join this room…",
    ),
    Press("room_live.leave", "Leave this room", ("You have left the room.",), opens="Leave this room…"),
)

_MODERATION = (
    Press("moderation_queue.dismiss", "Dismiss: Offer 5", ("1 message dismissed.",), key="d", anything_goes=True),
    Press("moderation_queue.delete", "Delete message: Offer 4", ("1 message deleted.",), key="x", anything_goes=True),
    Press(
        "moderation_queue.warn", "Warn: Offer 3", ("1 message answered with a warning.",), key="w", anything_goes=True
    ),
    Press("moderation_queue.mute", "Mute: Offer 2", ("1 message answered with a mute.",), anything_goes=True),
    Press(
        "moderation_queue.ban",
        "Ban from room: Offer 1",
        ("1 message answered with a ban.",),
        fill={"Why (moderators see it)": "Told before", "Mute, ban or block for": Choice("1 week")},
        anything_goes=True,
    ),
    Press(
        "moderation_queue.block",
        "Block everywhere: Cheap watches, reworded",
        ("1 message answered with a block.", "Nothing waits for a decision."),
        anything_goes=True,
    ),
    Press("moderation_person.unmute", "Lift: Muted in Support", ("The mute is lifted.",), at={"user": "carol"}),
    Press(
        "moderation_person.lift_ban",
        "Lift: Banned from Plans for the spring, and for whatever else comes",
        ("The ban is lifted.",),
        gone="Banned from Plans",
        at={"user": "carol"},
    ),
    Press(
        "moderation_person.note",
        "Add note",
        ("The note is there for all moderators.", "Sells watches"),
        fill={_WORDS: "Sells watches"},
        mistake=Mistake({_WORDS: " "}, "Write a note first.", _WORDS),
        at={"user": "ann"},
    ),
    Press(
        "moderation_person.warn",
        "Send warning",
        ("The warning was sent.", "Warned"),
        fill={_WORDS: "Please stop."},
        mistake=Mistake({_WORDS: " "}, "Say what the warning is.", _WORDS),
        at={"user": "ann"},
    ),
    Press(
        "moderation_person.block",
        "Block everywhere",
        ("Blocked: every open connection is ended.", "Blocked everywhere, until"),
        fill={_WORDS: "Went on", "Block for": Choice("1 week")},
        anything_goes=True,
        at={"user": "ann"},
    ),
    Press(
        "moderation_person.unblock",
        "Lift: Blocked everywhere",
        ("The block is lifted.", "Nothing holds of this person."),
        at={"user": "ann"},
    ),
    Press(
        "moderation_person.shadow_block",
        "Shadow-block",
        ("Shadow-blocked: from now on", "what is sent only its author sees"),
        anything_goes=True,
        at={"user": "ann"},
    ),
    Press(
        "moderation_words.save",
        "Save",
        ("The rules hold for every message from now on.",),
        fill={"Refused words": "plonk\nzonk"},
        mistake=Mistake({"Refused words": "two words"}, "is not one word", "Refused words"),
    ),
    Press(
        "moderation_words.try",
        "What would happen?",
        ("It is refused",),
        fill={"A message": "You zonk"},
        anything_goes=True,
        in_place=True,
    ),
    Press(
        "moderation_conduct.save",
        "Save",
        ("The rules hold from now on.",),
        fill={"Mute who floods a room": True, "Messages allowed": "8"},
        mistake=Mistake({"Messages allowed": "0"}, "greater than or equal to 1", "Messages allowed"),
    ),
    Press(
        "message.delete",
        "Delete the message",
        ("It is deleted: its words are gone for everybody.",),
        gone="**cheap**",
        opens="Delete the message…",
    ),
)

TENANT = (*_TEAM, *_PEOPLE, *_ROOMS, *_MODERATION, *SETTINGS)
