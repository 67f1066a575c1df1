"""``store_messages``: the transaction behind every send, in one round trip. ``chat.commands.sending`` calls it.

Two statements. The first takes the rows of the rooms, in the order of their ids, so that two transactions cannot wait
for each other. The second, whose snapshot is younger than those locks, judges every draft by what holds now (is the
room there, open or joined, not archived; is the author there; was this ``client_id`` stored before), counts seqs on,
stores, and says what became of each, in the order of the drafts.
"""

from django.db import migrations

_STORE = """
CREATE FUNCTION store_messages(ids uuid[], rooms text[], users text[], clients text[], texts text[])
RETURNS TABLE (verdict text, id uuid, seq bigint, created_at timestamptz, name text, avatar text)
LANGUAGE plpgsql AS $$
#variable_conflict use_column
BEGIN
    PERFORM FROM chat_room WHERE id = ANY (rooms) ORDER BY id FOR NO KEY UPDATE;
    RETURN QUERY
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
        SELECT judged.*, last_seq + row_number() OVER (PARTITION BY room_id ORDER BY place) AS seq
        FROM judged WHERE verdict = 'store'
    ), stored AS (
        INSERT INTO chat_message (id, room_id, seq, changed_seq, user_id, client_id, text, created_at)
        SELECT id, room_id, seq, seq, user_id, client_id, text, clock_timestamp() FROM numbered ORDER BY place
        RETURNING id, seq, created_at
    ), counted AS (
        UPDATE chat_room room SET last_seq = top.seq, active_at = clock_timestamp()
        FROM (SELECT room_id, max(seq) AS seq FROM numbered GROUP BY room_id) top WHERE room.id = top.room_id
    )
    SELECT judged.verdict, COALESCE(stored.id, stored_id), COALESCE(stored.seq, stored_seq),
        COALESCE(stored.created_at, stored_at), judged.name::text, judged.avatar::text
    FROM judged LEFT JOIN stored ON stored.id = judged.id
    ORDER BY place;
END $$
"""


class Migration(migrations.Migration):
    dependencies = [("chat", "0002_storing")]
    operations = [
        migrations.RunSQL(_STORE, "DROP FUNCTION store_messages(uuid[], text[], text[], text[], text[])"),
    ]
