"""The platform's jobs."""

from __future__ import annotations

import os

import psycopg
from procrastinate.contrib.django import app

from console.tasks import end_stalled_jobs

_JOB = """
    INSERT INTO procrastinate_jobs (queue_name, task_name, lock, status, worker_id)
    VALUES ('default', 'chat.tasks.index_search', %s, 'doing', %s)
"""


async def test_what_a_killed_worker_left_running_is_taken_away() -> None:
    with psycopg.connect(os.environ["DATABASE_URL"], autocommit=True) as connection:
        workers = connection.execute(
            "INSERT INTO procrastinate_workers (last_heartbeat)"
            " VALUES (now()), (now() - interval '1 minute') RETURNING id"
        ).fetchall()
        for lock, worker in (("alive", workers[0][0]), ("killed", workers[1][0]), ("pruned", None)):
            connection.execute(_JOB, (lock, worker))
        with app.replace_connector(app.connector.get_worker_connector()) as worker_app:
            async with worker_app.open_async():
                await end_stalled_jobs(0)
        left = connection.execute("SELECT lock FROM procrastinate_jobs WHERE lock IN ('alive', 'killed', 'pruned')")
        assert left.fetchall() == [("alive",)]
        connection.execute("DELETE FROM procrastinate_jobs WHERE lock = 'alive'")
        connection.execute("DELETE FROM procrastinate_workers")
