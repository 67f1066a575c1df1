"""How an operator does what the operators' console offers, page by page, each thing after what it follows from."""

from __future__ import annotations

from tests.support.console_actions import Choice, File, Mistake, Press

_EMPTY = "This field is required."

OPERATORS = (
    Press(
        "tenant_new.create",
        "Create",
        ("It is ready", "Newcomers is served at"),
        fill={"Slug": "n{slug}", "Name": "Newcomers", "E-mail of the owner": "nora@{slug}.test"},
        mistake=Mistake({"Slug": "Not a slug"}, "slug", "Slug"),
    ),
    Press(
        "tenant.change",
        "Save",
        ("Saved.",),
        fill={"Name": "Acme Limited", "Notes": "Pays late."},
        mistake=Mistake({"Name": "  "}, _EMPTY, "Name"),
    ),
    Press(
        "tenant_limits.change",
        "Save",
        ("The limits hold from now on.",),
        fill={"Messages of a user": "12"},
        mistake=Mistake({"Messages of a user": "0"}, "greater than or equal to 1", "Messages of a user"),
    ),
    Press(
        "tenant_billing.grant",
        "Grant",
        ("Granted. It is in force within seconds.", "Scale, in force"),
        fill={"Plan": Choice("Scale"), "Days": "30", "Reason": "A launch"},
        mistake=Mistake({"Reason": "  "}, _EMPTY, "Reason"),
    ),
    Press("tenant_billing.end_grant", "End it", ("Ended.", "Scale, ended"), row="Scale"),
    Press("tenant_domains.check", "Check now", ("failed",), gone="never"),
    Press(
        "tenant_domains.add",
        "Add",
        ("Added. Set its TXT record, then check it.", "chat-{slug}.example.org"),
        fill={"Domain": "chat-{slug}.example.org"},
        mistake=Mistake({"Domain": "not a domain"}, "domain", "Domain"),
    ),
    Press(
        "tenant_domains.remove",
        "Remove",
        ("chat-{slug}.example.org serves nobody from now on.",),
        gone="_parley.chat-{slug}.example.org",
        opens="Remove chat-{slug}.example.org…",
    ),
    Press("tenant_support.end", "End it", ("Ended.",), gone="You may go in"),
    Press(
        "tenant_support.grant",
        "Ask for access",
        ("You may go in.", "Enter Acme"),
        fill={"Reason": "Ticket 12", "Minutes": "20"},
        mistake=Mistake({"Reason": "  "}, _EMPTY, "Reason"),
    ),
    Press("tenant_copies.export", "Begin an export", ("Export of {slug}", "You can leave this page.")),
    Press(
        "tenant_copies.clone",
        "Clone",
        ("Clone of {slug}", "{slug}-staging", "masked", "You can leave this page."),
        fill={"New slug": "{slug}-staging"},
        mistake=Mistake({"New slug": "{slug}"}, "taken", "New slug"),
    ),
    Press("copy.download", "Download", (), file="{slug}.zip"),
    Press("copy.invite", "Write to its owners", ("A letter goes to 2 owners.",), at={"copy_id": "{came}"}),
    Press(
        "tenant_import.upload",
        "Import",
        ("Import of acme.zip", "You can leave this page."),
        fill={"File": File("acme.zip", b"no export"), "Slug": "{slug}-again"},
        mistake=Mistake({"Slug": "Not a slug"}, "slug", "Slug"),
    ),
    Press(
        "tenant_import.bring",
        "Import it",
        ("Import of {slug}.zip", "{slug}-once-more"),
        fill={"New slug": "{slug}-once-more"},
        mistake=Mistake({"New slug": "{slug}"}, "taken", "New slug"),
    ),
    Press("tenant_state.pause", "Begin maintenance", ("In maintenance: everything can be read, nothing sent.",)),
    Press("tenant_state.unpause", "End maintenance", ("Its people can write again.",), gone="nothing sent"),
    Press(
        "tenant_state.suspend",
        "Suspend",
        ("Suspended.", "Suspended: Unpaid"),
        fill={"Reason": "Unpaid"},
        mistake=Mistake({"Reason": "  "}, _EMPTY, "Reason"),
    ),
    Press("tenant_state.resume", "Let its people in again", ("Its people can come in again.",), gone="Unpaid"),
    Press(
        "tenant_state.delete",
        "Delete",
        ("Closed. Its data goes after", "Being deleted"),
        fill={"To delete it, type its slug: {slug}": "{slug}"},
        mistake=Mistake(
            {"To delete it, type its slug: {slug}": "acme"},
            "That is not the slug: nothing was deleted.",
            "To delete it, type its slug: {slug}",
        ),
    ),
    Press("tenant_state.resume", "Bring it back", ("Its people can come in again.",), gone="Being deleted"),
    Press(
        "people.invite",
        "Invite",
        ("An invitation goes to ida@{slug}.test.",),
        fill={"E-mail": "ida@{slug}.test", "Role": Choice("Support")},
        mistake=Mistake({"E-mail": "{me}"}, "is an operator already", "E-mail"),
    ),
    Press(
        "people.withdraw", "Withdraw", ("The invitation opens nothing any more.",), "ida@{slug}.test", row="ida@{slug}"
    ),
    Press(
        "people.change",
        "Change",
        ("{colleague} is viewer now.",),
        row="{colleague}",
        fill={"Role of {colleague}": Choice("Viewer")},
    ),
    Press("people.remove", "Remove", ("{colleague} is no operator any more.",), row="{colleague}", opens="Remove…"),
    Press(
        "keys.create",
        "Create",
        ("The new key", "It is shown this once"),
        fill={"Name": "Figures of {slug}", "Days": "7"},
        mistake=Mistake({"Name": "  "}, _EMPTY, "Name"),
    ),
    Press("keys.revoke", "Revoke", ("opens nothing any more.",), "Figures of {slug}", "Figures of {slug}", "Revoke…"),
    Press(
        "maintenance.begin",
        "Begin maintenance",
        ("Everything can be read, nothing sent, within seconds.", "In maintenance since"),
        opens="Begin maintenance…",
        fill={"Reason": "New disks"},
        anything_goes=True,
    ),
    Press("maintenance.end", "End maintenance", ("Everybody can write again.",), gone="In maintenance since"),
)
