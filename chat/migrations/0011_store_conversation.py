"""``store_messages``, with everything that a message can be: a reply, a quote, a mention, said by the server.

What is rare comes in ``extras``, a list beside the other arrays, null where no draft has any; the parts that read it do
nothing then. A reply changes its parent too: that is an event of its own, with the next seq after the new messages.
``more`` tells what only the transaction knows of a draft with extras: who is mentioned, what is quoted, the parent's row.

Nearly all batches have nothing of that, in rooms without bans, slow mode or frost, of tenants who want no webhooks: for
them a plainer statement does the same, which starts in two thirds of the time.

``wait``: the seconds after which who has sent too soon may send again. In rooms with a slow mode the last send is noted
in ``chat_member``, where whoever writes in an open room gets a place for it.

Beside it what else is asked inside such transactions: ``lock_message`` takes a room's lock and says, younger than the
lock, how actor and message stand; ``readers_among`` are those of the named who may read a room; ``quote_of`` is a message
as others quote it.
"""

from importlib import import_module

from django.db import migrations

_QUOTE_OF = """
CREATE FUNCTION quote_of(message uuid) RETURNS jsonb LANGUAGE sql STABLE AS $$
    SELECT jsonb_build_object('id', quoted.id, 'seq', quoted.seq, 'user_id', speaker.id, 'user_name', speaker.name,
        'user_avatar', speaker.avatar,
        'text', CASE WHEN quoted.deleted_at IS NULL THEN left(quoted.text, 200) ELSE '' END)
    FROM chat_message quoted LEFT JOIN chat_user speaker ON speaker.id = quoted.user_id
    WHERE quoted.id = message
$$
"""

_READERS_AMONG = """
CREATE FUNCTION readers_among(in_room text, named jsonb) RETURNS text[] LANGUAGE sql STABLE AS $$
    SELECT COALESCE(array_agg(person.id::text ORDER BY place), '{}')
    FROM chat_room room
    CROSS JOIN jsonb_array_elements_text(named) WITH ORDINALITY AS given (id, place)
    CROSS JOIN LATERAL (SELECT id FROM chat_user WHERE id = given.id AND deactivated_at IS NULL LIMIT 1) person
    LEFT JOIN LATERAL (
        SELECT id FROM chat_member WHERE room_id = in_room AND user_id = given.id LIMIT 1
    ) member ON true
    LEFT JOIN LATERAL (
        SELECT id FROM chat_ban WHERE room_id = in_room AND user_id = given.id AND (until IS NULL OR until > now())
        LIMIT 1
    ) ban ON true
    WHERE room.id = in_room AND (room.kind = 'open' OR member.id IS NOT NULL) AND ban.id IS NULL
$$
"""

_LOCK_MESSAGE = """
CREATE FUNCTION lock_message(in_room text, sought uuid, actor text)
RETURNS TABLE (kind text, role text, archived boolean, banned boolean, frozen boolean, id uuid,
    changed_seq bigint, user_id text, deleted boolean, text text, data jsonb, reactions jsonb, pinned boolean)
LANGUAGE plpgsql AS $$
#variable_conflict use_column
BEGIN
    PERFORM FROM chat_room WHERE id = in_room FOR NO KEY UPDATE;
    RETURN QUERY
    SELECT room.kind::text, member.role::text, room.archived_at IS NOT NULL, ban.id IS NOT NULL,
        room.frozen_at IS NOT NULL, message.id, message.changed_seq, message.user_id::text,
        message.deleted_at IS NOT NULL, message.text, message.data, message.reactions, message.pinned_at IS NOT NULL
    FROM chat_room room
    LEFT JOIN LATERAL (
        SELECT role FROM chat_member WHERE room_id = in_room AND user_id = actor LIMIT 1
    ) member ON true
    LEFT JOIN LATERAL (
        SELECT id FROM chat_ban WHERE room_id = in_room AND user_id = actor AND (until IS NULL OR until > now()) LIMIT 1
    ) ban ON true
    LEFT JOIN LATERAL (
        SELECT * FROM chat_message WHERE id = sought AND room_id = in_room AND kind IN ('message', 'system') LIMIT 1
    ) message ON true
    WHERE room.id = in_room;
END $$
"""

_PLAIN = """
    WITH draft AS (
        SELECT * FROM unnest(ids, rooms, users, clients, texts)
            WITH ORDINALITY AS draft (id, room_id, user_id, client_id, text, place)
    ), judged AS (
        SELECT draft.*, room.last_seq, author.name, author.avatar, before.id AS stored_id, before.seq AS stored_seq,
            before.created_at AS stored_at,
            CASE
                WHEN room.id IS NULL THEN 'room_not_found'
                WHEN author.id IS NULL OR author.deactivated_at IS NOT NULL THEN 'not_allowed'
                WHEN room.kind <> 'open' AND member.id IS NULL THEN 'not_allowed'
                WHEN before.id IS NOT NULL THEN 'repeat'
                WHEN room.archived_at IS NOT NULL THEN 'room_archived'
                ELSE 'store'
            END AS verdict
        FROM draft
        LEFT JOIN LATERAL (SELECT * FROM chat_room WHERE id = draft.room_id LIMIT 1) room ON true
        LEFT JOIN LATERAL (SELECT * FROM chat_user WHERE id = draft.user_id LIMIT 1) author ON true
        LEFT JOIN LATERAL (
            SELECT id FROM chat_member WHERE room_id = draft.room_id AND user_id = draft.user_id LIMIT 1
        ) member ON room.kind <> 'open'
        LEFT JOIN LATERAL (
            (SELECT id, seq, created_at FROM chat_message WHERE room_id = draft.room_id AND user_id = draft.user_id
                AND client_id = draft.client_id LIMIT 1)
            UNION ALL
            (SELECT id, seq, created_at FROM chat_message WHERE id = draft.id AND draft.client_id IS NULL LIMIT 1)
        ) before ON true
    ), numbered AS (
        SELECT judged.*, clock_timestamp() AS moment,
            last_seq + count(*) FILTER (WHERE verdict = 'store') OVER (PARTITION BY room_id ORDER BY place) AS seq
        FROM judged
    ), stored AS (
        INSERT INTO chat_message (id, room_id, seq, changed_seq, user_id, client_id, text, created_at)
        SELECT id, room_id, seq, seq, user_id, client_id, text, moment FROM numbered WHERE verdict = 'store'
    ), counted AS (
        UPDATE chat_room room SET last_seq = top.seq, active_at = clock_timestamp()
        FROM (SELECT room_id, max(seq) AS seq FROM numbered WHERE verdict = 'store' GROUP BY room_id) top
        WHERE room.id = top.room_id
    )
    SELECT verdict, CASE verdict WHEN 'store' THEN id ELSE stored_id END,
        CASE verdict WHEN 'store' THEN seq ELSE stored_seq END,
        CASE verdict WHEN 'store' THEN moment ELSE stored_at END, name::text, avatar::text, NULL::float8, NULL::jsonb
    FROM numbered ORDER BY place
"""

_RICH = """
    WITH draft AS (
        SELECT draft.*, NULLIF(extras -> (place - 1)::int, 'null') AS extra
        FROM unnest(ids, rooms, users, clients, texts)
            WITH ORDINALITY AS draft (id, room_id, user_id, client_id, text, place)
    ), judged AS (
        SELECT draft.*, room.last_seq, author.name, author.avatar, before.id AS stored_id, before.seq AS stored_seq,
            before.created_at AS stored_at, before.mentions, before.mentions_room, before.attachments,
            member.role, member.wait, parent.id AS parent_id, quoted.id AS quoted_id,
            CASE WHEN draft.user_id IS NULL OR member.role <> 'member' THEN 0 ELSE room.slow_seconds END AS pause,
            CASE
                WHEN room.id IS NULL THEN 'room_not_found'
                WHEN draft.user_id IS NOT NULL AND (author.id IS NULL OR author.deactivated_at IS NOT NULL)
                    THEN 'not_allowed'
                WHEN draft.user_id IS NOT NULL AND room.kind <> 'open' AND member.role IS NULL THEN 'not_allowed'
                WHEN ban.id IS NOT NULL THEN 'banned'
                WHEN before.id IS NOT NULL THEN 'repeat'
                WHEN room.archived_at IS NOT NULL THEN 'room_archived'
                WHEN room.frozen_at IS NOT NULL AND draft.user_id IS NOT NULL
                    AND COALESCE(member.role, 'member') = 'member' THEN 'room_frozen'
                WHEN draft.extra ? 'parent' AND parent.id IS NULL OR draft.extra ? 'quote' AND quoted.id IS NULL
                    THEN 'message_not_found'
                WHEN parent.deleted_at IS NOT NULL OR quoted.deleted_at IS NOT NULL THEN 'message_deleted'
                WHEN parent.parent_id IS NOT NULL THEN 'parent_is_reply'
                WHEN member.wait > 0 THEN 'slow_mode'
                ELSE 'store'
            END AS verdict
        FROM draft
        LEFT JOIN LATERAL (SELECT * FROM chat_room WHERE id = draft.room_id LIMIT 1) room ON true
        LEFT JOIN LATERAL (SELECT * FROM chat_user WHERE id = draft.user_id LIMIT 1) author ON true
        LEFT JOIN LATERAL (
            SELECT role, CASE WHEN room.slow_seconds > 0 AND role = 'member'
                THEN room.slow_seconds - extract(epoch FROM clock_timestamp() - sent_at)::float8 END AS wait
            FROM chat_member
            WHERE (room.kind <> 'open' OR room.frozen_at IS NOT NULL OR room.slow_seconds > 0
                    OR draft.extra ? 'mentions_room')
                AND room_id = draft.room_id AND user_id = draft.user_id
            LIMIT 1
        ) member ON true
        LEFT JOIN LATERAL (
            SELECT id FROM chat_ban WHERE room_id = draft.room_id AND user_id = draft.user_id
                AND (until IS NULL OR until > clock_timestamp()) LIMIT 1
        ) ban ON true
        LEFT JOIN LATERAL (
            (SELECT id, seq, created_at, mentions, mentions_room, attachments FROM chat_message
                WHERE room_id = draft.room_id AND user_id = draft.user_id AND client_id = draft.client_id LIMIT 1)
            UNION ALL
            (SELECT id, seq, created_at, mentions, mentions_room, attachments FROM chat_message
                WHERE id = draft.id AND draft.client_id IS NULL LIMIT 1)
        ) before ON true
        LEFT JOIN LATERAL (
            SELECT id, parent_id, deleted_at FROM chat_message
            WHERE draft.extra ? 'parent' AND id = (draft.extra ->> 'parent')::uuid AND room_id = draft.room_id
                AND kind IN ('message', 'system') LIMIT 1
        ) parent ON true
        LEFT JOIN LATERAL (
            SELECT id, deleted_at FROM chat_message
            WHERE draft.extra ? 'quote' AND id = (draft.extra ->> 'quote')::uuid AND room_id = draft.room_id
                AND kind IN ('message', 'system') LIMIT 1
        ) quoted ON true
    ), too_soon AS (
        SELECT id FROM (
            SELECT id, row_number() OVER (PARTITION BY room_id, user_id ORDER BY place) AS turn
            FROM judged WHERE verdict = 'store' AND pause > 0
        ) slowed WHERE turn > 1
    ), numbered AS (
        SELECT judged.*, last_seq + row_number() OVER (PARTITION BY room_id ORDER BY place) AS seq
        FROM judged WHERE verdict = 'store' AND id NOT IN (SELECT id FROM too_soon)
    ), stored AS (
        INSERT INTO chat_message (id, room_id, seq, changed_seq, kind, user_id, client_id, text, html, data, mentions,
            mentions_room, parent_id, quoted_id, attachments, created_at)
        SELECT id, room_id, seq, seq, COALESCE(extra ->> 'kind', 'message'), user_id, client_id, text, extra ->> 'html',
            extra -> 'data',
            CASE WHEN extra ? 'mentions' THEN readers_among(room_id, extra -> 'mentions') ELSE '{}' END,
            (extra ? 'mentions_room' AND (user_id IS NULL OR role IN ('moderator', 'owner'))) IS TRUE,
            parent_id, quoted_id, COALESCE(extra -> 'attachments', '[]'), clock_timestamp()
        FROM numbered ORDER BY place
        RETURNING id, seq, created_at, mentions, mentions_room, attachments
    ), top AS (
        SELECT room_id, max(seq) AS seq FROM numbered GROUP BY room_id
    ), thread AS (
        SELECT parent_id, room_id, count(*) AS replies, max(place) AS place,
            array_agg(user_id ORDER BY place DESC) FILTER (WHERE user_id IS NOT NULL) AS repliers,
            max(top.seq) + row_number() OVER (PARTITION BY room_id ORDER BY max(place)) AS seq
        FROM numbered JOIN top USING (room_id) WHERE parent_id IS NOT NULL GROUP BY room_id, parent_id
    ), answered AS (
        UPDATE chat_message parent SET reply_count = reply_count + thread.replies, changed_seq = thread.seq,
            last_repliers = ARRAY(
                SELECT who FROM unnest(thread.repliers || parent.last_repliers::text[]) WITH ORDINALITY AS each (who, turn)
                GROUP BY who ORDER BY min(turn) LIMIT 3
            )
        FROM thread WHERE parent.id = thread.parent_id
        RETURNING parent.*, thread.place
    ), counted AS (
        UPDATE chat_room room SET active_at = clock_timestamp(),
            last_seq = top.seq + (SELECT count(*) FROM thread WHERE thread.room_id = top.room_id)
        FROM top WHERE room.id = top.room_id
    ), paused AS (
        INSERT INTO chat_member (room_id, user_id, sent_at)
        SELECT room_id, user_id, clock_timestamp() FROM numbered WHERE pause > 0
        ON CONFLICT (room_id, user_id) DO UPDATE SET sent_at = excluded.sent_at
    ), told AS (
        INSERT INTO chat_outboxevent (type, room_id, message_id, seq)
        SELECT type, room_id, message_id, seq FROM (
            SELECT 'message.created' AS type, room_id, id AS message_id, seq FROM numbered
            UNION ALL
            SELECT 'message.updated', room_id, parent_id, seq FROM thread
        ) happened
        WHERE EXISTS (SELECT FROM chat_webhookendpoint WHERE enabled) ORDER BY room_id, seq
    )
    SELECT CASE WHEN judged.verdict = 'store' AND stored.id IS NULL THEN 'slow_mode' ELSE judged.verdict END,
        COALESCE(stored.id, stored_id), COALESCE(stored.seq, stored_seq), COALESCE(stored.created_at, stored_at),
        judged.name::text, judged.avatar::text,
        CASE WHEN judged.verdict = 'slow_mode' THEN judged.wait ELSE judged.pause END,
        CASE WHEN judged.extra IS NOT NULL THEN jsonb_build_object(
            'mentions', COALESCE(stored.mentions, judged.mentions),
            'mentions_room', COALESCE(stored.mentions_room, judged.mentions_room),
            'attachments', COALESCE(stored.attachments, judged.attachments),
            'quote', CASE WHEN judged.quoted_id IS NOT NULL THEN quote_of(judged.quoted_id) END,
            'parent', CASE WHEN answered.id IS NOT NULL THEN to_jsonb(answered) || jsonb_build_object(
                'quote', CASE WHEN answered.quoted_id IS NOT NULL THEN quote_of(answered.quoted_id) END,
                'user_name', (SELECT name FROM chat_user WHERE id = answered.user_id),
                'user_avatar', (SELECT avatar FROM chat_user WHERE id = answered.user_id)) END
        ) END
    FROM judged LEFT JOIN stored ON stored.id = judged.id LEFT JOIN answered ON answered.place = judged.place
    ORDER BY judged.place
"""

_STORE = f"""
CREATE FUNCTION store_messages(ids uuid[], rooms text[], users text[], clients text[], texts text[], extras jsonb)
RETURNS TABLE (verdict text, id uuid, seq bigint, created_at timestamptz, name text, avatar text, wait float8, more jsonb)
LANGUAGE plpgsql AS $$
#variable_conflict use_column
DECLARE
    rich boolean;
BEGIN
    SELECT extras IS NOT NULL OR COALESCE(bool_or(frozen_at IS NOT NULL OR slow_seconds > 0), false) INTO rich
    FROM (SELECT frozen_at, slow_seconds FROM chat_room WHERE id = ANY (rooms) ORDER BY id FOR NO KEY UPDATE) locked;
    IF rich OR EXISTS (SELECT FROM chat_ban WHERE room_id = ANY (rooms))
        OR EXISTS (SELECT FROM chat_webhookendpoint WHERE enabled)
    THEN
        RETURN QUERY {_RICH};
    ELSE
        RETURN QUERY {_PLAIN};
    END IF;
END $$
"""  # noqa: S608 - constants

_STORE_BEFORE = import_module("chat.migrations.0003_store_messages")._STORE
_DROP_BEFORE = "DROP FUNCTION store_messages(uuid[], text[], text[], text[], text[])"
_DROP = "DROP FUNCTION store_messages(uuid[], text[], text[], text[], text[], jsonb)"


class Migration(migrations.Migration):
    dependencies = [("chat", "0010_uploads")]

    operations = [
        migrations.RunSQL(_QUOTE_OF, "DROP FUNCTION quote_of(uuid)"),
        migrations.RunSQL(_READERS_AMONG, "DROP FUNCTION readers_among(text, jsonb)"),
        migrations.RunSQL(_LOCK_MESSAGE, "DROP FUNCTION lock_message(text, uuid, text)"),
        migrations.RunSQL(_DROP_BEFORE, _STORE_BEFORE),
        migrations.RunSQL(_STORE, _DROP),
    ]
