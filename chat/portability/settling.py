"""What has to become of rows that were brought from elsewhere before they are served. Whoever made the file may have
written anything into them that PostgreSQL takes."""

from __future__ import annotations

from itertools import islice
from typing import Any

from chat.markdown import render
from chat.models.rooms import Room
from chat.queries.people import digest_of
from chat.webhooks.signatures import new_secret, seal
from tenants.portability.contents import Arrival
from tenants.scope import SchemaOnly, tenant_scope

_TOGETHER = 1_000


def settle(connection: Any, arrival: Arrival) -> None:
    """Raises ValueError for a file's path that could lead out of the tenant's folder."""
    _check_paths(connection)
    if not arrival.moved:  # otherwise the history is the one that clients know, and it was sanitised by ours
        connection.execute("UPDATE chat_room SET epoch = %s", [Room().epoch])
        _render_again(connection)
    connection.execute(_LEAVE_ACCOUNTS, {"accounts": list(arrival.accounts)})
    for statement in _GIVE_BACK_LEASES:
        connection.execute(statement)
    with tenant_scope(SchemaOnly(arrival.schema_name)):
        _name_erasures_again(connection)
    if not arrival.whole:
        _make_a_copy(connection)


def _check_paths(connection: Any) -> None:
    if connection.execute(_STRANGE_PATHS).fetchone()[0]:
        raise ValueError("a file's path is none of ours")


_STRANGE_PATHS = """
    SELECT EXISTS (
        SELECT FROM chat_upload
        WHERE path !~ '^[a-z2-7]{2}/up_[a-z2-7]{16}\\.[a-z]+$' OR id !~ '^up_[a-z2-7]{16}$'
            OR thumbnail !~ '^([a-z2-7]{2}/up_[a-z2-7]{16}\\.[a-z]+)?$'
    ) OR EXISTS (SELECT FROM chat_userimport WHERE id !~ '^imp_[a-z2-7]{16}$')
"""
"""A path is looked up below the tenant's folder, and nothing holds it there but what it is made of."""

_LEAVE_ACCOUNTS = """
    UPDATE chat_user SET account_id = NULL
    WHERE account_id IS NOT NULL AND (account_id <> ALL (%(accounts)s::text[]) OR account_id <> id)
"""
_GIVE_BACK_LEASES = (
    "UPDATE chat_userimport SET leased_until = NULL WHERE leased_until IS NOT NULL",
    "UPDATE chat_erasure SET leased_until = NULL WHERE leased_until IS NOT NULL",
    "UPDATE chat_webhooklane SET leased_until = NULL WHERE leased_until IS NOT NULL",
)


def _render_again(connection: Any) -> None:
    """What browsers show as it is was sanitised here, or it is not shown."""
    with connection.cursor(name="rendered") as cursor:
        cursor.itersize = _TOGETHER
        cursor.execute("SELECT id, text, html FROM chat_message WHERE html IS NOT NULL")
        while rows := list(islice(cursor, _TOGETHER)):
            changed = [(message, html) for message, text, before in rows if (html := render(text)) != before]
            if changed:
                ids, texts = [message for message, _ in changed], [html for _, html in changed]
                connection.execute(_PUT_HTML, {"ids": ids, "html": texts})


_PUT_HTML = """
    UPDATE chat_message message SET html = rendered.html
    FROM unnest(%(ids)s::uuid[], %(html)s::text[]) AS rendered (id, html) WHERE message.id = rendered.id
"""


def _name_erasures_again(connection: Any) -> None:
    """Their digests are keyed by schema and server. Those that are done have nothing left that could be digested."""
    waiting = connection.execute('SELECT digest, "user" FROM chat_erasure WHERE ended_at IS NULL').fetchall()
    for digest, user_id in waiting:
        connection.execute("UPDATE chat_erasure SET digest = %s WHERE digest = %s", [digest_of(user_id), digest])


def _make_a_copy(connection: Any) -> None:
    """It lives beside the original: customers' servers hear of nothing twice, and no URL posts into both."""
    for (endpoint,) in connection.execute("SELECT id FROM chat_webhookendpoint").fetchall():
        connection.execute(_DISABLE, [seal(new_secret()), endpoint])
    for statement in _TELL_NOTHING:
        connection.execute(statement)


_DISABLE = """
    UPDATE chat_webhookendpoint SET sealed_secret = %s, enabled = false,
        disabled_reason = 'A copy of another organisation: its secret is a new one.'
    WHERE id = %s
"""
_TELL_NOTHING = (
    "DELETE FROM chat_outboxevent",
    "DELETE FROM chat_webhooklane",
    "UPDATE chat_webhookdelivery SET due_at = NULL WHERE due_at IS NOT NULL",
    "UPDATE chat_incomingwebhook SET revoked_at = now() WHERE revoked_at IS NULL",
)
