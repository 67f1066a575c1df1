"""The same of the pages for developers and of the settings."""

from __future__ import annotations

from tests.support.console_actions import Choice, Mistake, Press
from tests.support.key_pairs import PRIVATE, pem

_INWARD = "http://10.0.0.1/"
_DEVELOPERS = (
    Press(
        "keys.create",
        "Make the key",
        ("Your new key", "It is shown this once"),
        fill={"Name": "Our shop", "Everything": True},
        mistake=Mistake({"Everything": False}, "A key may do at least one thing."),
    ),
    Press(
        "keys.rotate",
        "Rotate Our shop",
        ("Your new key", "It is shown this once"),
        row="Our shop",
        opens="Rotate…",
        fill={"The old key ends": Choice("after an hour")},
    ),
    Press("keys.revoke", "Revoke default", ("… opens nothing any more.",), row="default", opens="Revoke…"),
    Press(
        "signing_keys.register",
        "Register the key",
        ("Tokens of this key are taken from now on.", "Your public key"),
        fill={"Algorithm": Choice("EdDSA"), "Public key, as PEM": pem(PRIVATE["EdDSA"])},
        mistake=Mistake({"Public key, as PEM": "no key"}, "The key is", "Public key, as PEM"),
    ),
    Press(
        "signing_keys.revoke",
        "Revoke this key",
        ("are void, and the sockets that they opened are closed.",),
        gone="Your public key",
        row="Your public key",
        opens="Revoke…",
    ),
    Press("signing_keys.create", "Make a secret", ("Your new signing secret", "2 keys are active")),
    Press(
        "origins.add",
        "Add",
        ("Pages of https://app.example.com may embed your rooms.",),
        fill={"One more": "https://app.example.com"},
        mistake=Mistake({"One more": "app.example.com"}, "An origin is a scheme, a host and a port", "One more"),
    ),
    Press("origins.remove", "Remove https://app.example.com", ("Pages of https://app.example.com are turned away",)),
    Press(
        "webhooks.create",
        "Make the endpoint",
        ("The webhook's secret", "It is shown this once"),
        fill={"URL": "{hook}", "message.created": True},
        mistake=Mistake({"URL": _INWARD}, "only https URLs are called", "URL"),
    ),
    Press(
        "webhooks.set_hook",
        "Ask from now on",
        ("The hook's secret", "Each message is shown to"),
        fill={"URL": "{hook}", "A message without an answer": Choice("refuse it")},
        mistake=Mistake({"URL": _INWARD}, "only https URLs are called", "URL"),
    ),
    Press(
        "webhooks.remove_hook",
        "Ask nobody",
        ("Messages are stored without asking.", "Nobody is asked."),
        opens="Ask nobody…",
    ),
    Press(
        "webhook.save",
        "Save",
        ("It is changed.",),
        fill={"URL": "{hook}"},
        mistake=Mistake({"URL": _INWARD}, "only https URLs are called", "URL"),
    ),
    Press("webhook.test", "Send a ping", ("It answered 200 in",)),
    Press("webhook.replay", "Replay msg_5", ("It is sent once more.",), row="msg_5"),
    Press("webhook.disable", "Turn off", ("Nothing is sent to it.", "Turn on")),
    Press("webhook.enable", "Turn on", ("It gets what waited for it.", "Turn off")),
    Press("webhook.rotate", "New secret", ("The new secret", "It is shown this once"), opens="New secret…"),
    Press("webhook.delete", "Delete", ("The webhook is gone, with its log.",), gone="hook/hook", opens="Delete…"),
    Press(
        "bots.create",
        "Make the bot",
        ("The bot's URL", "Deploys"),
        fill={"Name": "Deploys", "Room id": "general"},
        mistake=Mistake({"Room id": "nowhere"}, "room", "Room id"),
    ),
    Press(
        "bots.revoke",
        "Revoke Deploys",
        ("Its URL is worth nothing any more, and it has left the room.",),
        gone="Deploys",
        row="Deploys",
        opens="Revoke…",
    ),
)

_CHOSEN = (
    Press(
        "appearance.save",
        "Save",
        ("Widgets and rooms look like this from now on.",),
        fill={"Accent": "#aa2200"},
        mistake=Mistake({"Accent": "red"}, "A colour is written as #3451b2.", "Accent"),
    ),
    Press(
        "settings.save",
        "Save",
        ("It is so from now on.",),
        fill={"Organisation": "Acme & Sons", "Language of the messages": Choice("English")},
        mistake=Mistake({"Organisation": "  "}, "This field is required.", "Organisation"),
    ),
    Press(
        "emails.save",
        "Save",
        ("Mails say so from now on.", "Welcome to Acme"),
        fill={"Subject of invitations": "Welcome to {organisation}"},
        mistake=Mistake({"Subject of invitations": "Welcome, {who}"}, "{who}", "Subject of invitations"),
    ),
    Press(
        "retention.count",
        "Count what would go",
        ("With these times this would go now:", "Open rooms: 0 messages, 0 files"),
        fill={"Messages in open rooms": "30"},
        mistake=Mistake({"Messages in open rooms": "0"}, "greater than or equal to 1", "Messages in open rooms"),
    ),
    Press(
        "retention.save",
        "Save",
        ("Saved. What has had its time goes in the night, after 02:17 UTC.",),
        fill={"Messages in open rooms": "30"},
        mistake=Mistake({"Messages in open rooms": "0"}, "greater than or equal to 1", "Messages in open rooms"),
    ),
    Press(
        "retention.hold",
        "Set the hold",
        ("The legal hold is as you say.",),
        fill={"Rooms": "plans"},
        mistake=Mistake({"Rooms": "nowhere"}, "Not known: nowhere.", "Rooms"),
    ),
    Press(  # lifted again: an organisation under a hold cannot be deleted
        "retention.hold",
        "Set the hold",
        ("The legal hold is as you say.",),
        fill={"Rooms": ""},
        mistake=Mistake({"Rooms": "elsewhere"}, "Not known: elsewhere.", "Rooms"),
    ),
)

SETTINGS = (*_DEVELOPERS, *_CHOSEN)
