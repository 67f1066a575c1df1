"""Blocks of messages with their words, and ``search_messages``, which reads them. ``chat.queries.search`` calls it."""

import django.contrib.postgres.indexes
import django.contrib.postgres.search
import django.db.models.deletion
from django.db import migrations, models

_QUERY = """
CREATE FUNCTION search_query(config regconfig, words text, beginning text) RETURNS tsquery LANGUAGE sql STABLE AS $$
    SELECT CASE
        WHEN right(query::text, 1) = '''' AND numnode(websearch_to_tsquery(config, beginning)) > 0
            THEN (query::text || ':*')::tsquery
        ELSE query
    END FROM websearch_to_tsquery(config, words) query
$$
"""

_OUTLINE = """
CREATE FUNCTION search_outline(query tsquery) RETURNS tsquery LANGUAGE sql IMMUTABLE AS $$
    SELECT CASE WHEN wanted NOT IN ('', 'T') THEN regexp_replace(wanted, ' <(-|\\d+)> ', ' & ', 'g')::tsquery END
    FROM querytree(query) wanted
$$
"""

_SEARCH = """
CREATE FUNCTION search_messages(query tsquery, config regconfig, viewer text, only_room text, named text[],
    author text, after_time timestamptz, before_time timestamptz, attached boolean,
    last_time timestamptz, last_id uuid, most int)
RETURNS TABLE (id uuid, created_at timestamptz)
LANGUAGE plpgsql STABLE AS $$
#variable_conflict use_column
DECLARE
    outline tsquery := search_outline(query);
    earliest timestamptz := COALESCE(after_time, '-infinity');
    latest timestamptz := LEAST(before_time, last_time, 'infinity');
    rooms text[];
    newest bigint[];
    horizon record;
    candidates refcursor;
    span record;
    spans int := 0;
    ids uuid[];
    times timestamptz[];
    page timestamptz[] := '{}';
BEGIN
    IF outline IS NULL THEN
        RETURN;
    END IF;
    rooms := ARRAY(
        SELECT room.id FROM chat_room room
        WHERE (only_room IS NULL OR room.id = only_room) AND (named IS NULL OR room.id = ANY (named))
            AND (viewer IS NULL OR room.kind = 'open'
                OR EXISTS (SELECT FROM chat_member WHERE room_id = room.id AND user_id = viewer))
            AND NOT EXISTS (SELECT FROM chat_ban ban WHERE ban.room_id = room.id AND ban.user_id = viewer
                AND (ban.until IS NULL OR ban.until > now()))
    );
    newest := ARRAY(
        (SELECT id FROM chat_searchblock WHERE room_id = only_room AND since <= latest
            ORDER BY until DESC, id DESC LIMIT 128)
        UNION ALL
        (SELECT id FROM chat_searchblock WHERE only_room IS NULL AND since <= latest
            ORDER BY until DESC, id DESC LIMIT 128)
    );
    SELECT until, id INTO horizon FROM chat_searchblock WHERE id = newest[128];
    -- What no block has yet, then blocks from the latest to the earliest: the newest of them, which a common word is
    -- found in, are read; those beyond are looked up, and not before they are needed: FETCH, unlike FOR, asks for one.
    OPEN candidates FOR
        (
            SELECT room.id AS room_id, COALESCE(indexed.seq, 0) + 1 AS low, room.last_seq AS high,
                room.last_seq AS known, 'infinity'::timestamptz AS until
            FROM unnest(rooms) readable (id) JOIN chat_room room ON room.id = readable.id
            LEFT JOIN chat_indexedroom indexed ON indexed.room_id = room.id
            WHERE room.last_seq > COALESCE(indexed.seq, 0)
        ) UNION ALL (
            SELECT room.id, message.seq, message.seq, room.last_seq, 'infinity'
            FROM unnest(rooms) readable (id) JOIN chat_room room ON room.id = readable.id
            JOIN chat_indexedroom indexed ON indexed.room_id = room.id AND indexed.seq < room.last_seq
            JOIN chat_message message ON message.room_id = room.id AND message.changed_seq <> message.seq
                AND message.changed_seq > indexed.seq AND message.seq <= indexed.seq
        ) UNION ALL (
            SELECT block.room_id, block.number * 16, block.number * 16 + 15, indexed.seq, block.until
            FROM chat_searchblock block JOIN unnest(rooms) readable (id) ON readable.id = block.room_id
            JOIN chat_indexedroom indexed ON indexed.room_id = block.room_id
            WHERE block.id = ANY (newest) AND block.until >= earliest AND block.words @@ outline
            ORDER BY block.until DESC
        ) UNION ALL (
            SELECT block.room_id, block.number * 16, block.number * 16 + 15, indexed.seq, block.until
            FROM chat_searchblock block JOIN unnest(rooms) readable (id) ON readable.id = block.room_id
            JOIN chat_indexedroom indexed ON indexed.room_id = block.room_id
            WHERE horizon.id IS NOT NULL AND (block.until, block.id) < (horizon.until, horizon.id)
                AND block.since <= latest AND block.until >= earliest AND block.words @@ outline
            ORDER BY block.until DESC
        );
    LOOP
        FETCH candidates INTO span;
        EXIT WHEN NOT FOUND OR (cardinality(page) = most AND span.until < page[most]);
        spans := spans + 1;
        IF spans > 2000 AND span.until < latest THEN
            id := 'ffffffff-ffff-ffff-ffff-ffffffffffff';
            created_at := span.until;
            RETURN NEXT;
            RETURN;
        END IF;
        SELECT array_agg(found.id), array_agg(found.created_at) INTO ids, times FROM (
            SELECT message.id, message.created_at FROM chat_message message
            WHERE message.room_id = span.room_id AND message.seq BETWEEN span.low AND span.high
                AND message.changed_seq <= span.known AND message.kind IN ('message', 'system')
                AND message.deleted_at IS NULL
                AND (author IS NULL OR message.user_id = author)
                AND (attached IS NULL OR (message.attachments <> '[]') = attached)
                AND (after_time IS NULL OR message.created_at > after_time)
                AND (before_time IS NULL OR message.created_at < before_time)
                AND (last_time IS NULL OR (message.created_at, message.id) < (last_time, last_id))
                AND to_tsvector(config, left(message.text, 8000)) @@ query
            ORDER BY message.created_at DESC, message.id DESC LIMIT most
        ) found;
        IF ids IS NOT NULL THEN
            RETURN QUERY SELECT * FROM unnest(ids, times);
            page := ARRAY(SELECT moment FROM unnest(page || times) moment ORDER BY moment DESC LIMIT most);
        END IF;
    END LOOP;
END $$
"""


def _dropped(signature: str) -> str:
    return f"DROP FUNCTION {signature}"


class Migration(migrations.Migration):
    dependencies = [("chat", "0006_tell_of_users")]

    operations = [
        migrations.CreateModel(
            name="IndexedRoom",
            fields=[
                (
                    "room",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.CASCADE,
                        primary_key=True,
                        related_name="+",
                        serialize=False,
                        to="chat.room",
                    ),
                ),
                ("seq", models.BigIntegerField()),
                ("language", models.CharField(max_length=63)),
            ],
        ),
        migrations.CreateModel(
            name="SearchBlock",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "room",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to="chat.room",
                    ),
                ),
                ("number", models.BigIntegerField()),
                ("since", models.DateTimeField()),
                ("until", models.DateTimeField()),
                ("words", django.contrib.postgres.search.SearchVectorField()),
            ],
            options={
                "ordering": ["room", "number"],
                "constraints": [models.UniqueConstraint(fields=("room", "number"), name="one_block_per_number")],
                "indexes": [
                    models.Index(fields=["room", "until", "id"], name="blocks_of_room"),
                    models.Index(fields=["until", "id"], name="blocks_by_time"),
                    django.contrib.postgres.indexes.GinIndex(fields=["words"], name="blocks_by_word"),
                ],
            },
        ),
        # The words are kept beside the table, whose own pages, hundreds of blocks each, are what sorting reads.
        migrations.RunSQL(
            "ALTER TABLE chat_searchblock SET (toast_tuple_target = 128)",
            "ALTER TABLE chat_searchblock RESET (toast_tuple_target)",
        ),
        migrations.RunSQL(_QUERY, _dropped("search_query(regconfig, text, text)")),
        migrations.RunSQL(_OUTLINE, _dropped("search_outline(tsquery)")),
        migrations.RunSQL(
            _SEARCH,
            _dropped(
                "search_messages(tsquery, regconfig, text, text, text[], text, timestamptz, timestamptz, boolean, "
                "timestamptz, uuid, int)"
            ),
        ),
    ]
