import contextlib
import os
import signal
import socket

import psutil
import psycopg
import pytest

from embedded import environment, parley, postgres, pretence, valkey
from embedded.folders import Folders
from tests.platform.embedded.checkout import Checkout

URL = "DATABASE_URL"


def connect(checkout: Checkout) -> psycopg.Connection:
    return psycopg.connect(environment.read(checkout.var / "parley.env")[URL])


def test_a_run_prepares_serves_and_shows_in_order(checkout: Checkout) -> None:
    running = checkout.start().ready()
    assert checkout.commands[:3] == ["migrate", "tenant migrate", "seed --quiet"]
    # The worker is waited for by nobody: its process may begin after the last command.
    assert set(checkout.commands[3:]) <= {f"serve --port {checkout.port}", "worker", "seed --show"}
    assert checkout.commands.index(f"serve --port {checkout.port}") < checkout.commands.index("seed --show")
    assert f"http://acme.localhost {checkout.port}" in running.said
    running.stop()


def test_without_keys_a_pretence_of_stripe_runs_along_and_keys_win(checkout: Checkout) -> None:
    checkout.pretend()
    running = checkout.start().ready()
    assert checkout.commands[-1] == "billing setup"
    hook = f"for --webhook http://localhost:{checkout.port}/billing/webhook --state {checkout.var}/stripe.state"
    assert (checkout.var / "log" / "billing.log").read_text() == f"http://127.0.0.1:9 {hook}\n"
    assert "no money moves" in running.said
    assert "STRIPE" not in (checkout.var / "parley.env").read_text(), "its port is another one each time"
    assert running.stop() == 0
    assert checkout.processes() == []
    running = checkout.start(STRIPE_SECRET_KEY="sk_live_x").ready()
    assert checkout.commands[-1] == "seed --show"
    running.stop()


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_each_way_of_stopping_ends_well_and_leaves_no_process(checkout: Checkout, number: signal.Signals) -> None:
    running = checkout.start().ready()
    assert running.stop(number) == 0
    assert checkout.processes() == []
    assert not Folders(checkout.folder).sockets.exists()


def test_a_service_deaf_to_the_signal_does_not_hold_up_the_stop(checkout: Checkout) -> None:
    checkout.behave("serve-is-deaf", "serve-has-a-helper")
    running = checkout.start().ready()
    assert running.stop() == 0
    assert checkout.processes() == []


def test_all_patience_in_a_stop_adds_up_to_less_than_ten_seconds() -> None:
    servers = sum(seconds for _, seconds in (*postgres.STOP, *valkey.STOP, *pretence.STOP))
    assert parley.DRAIN_SECONDS + servers < 10


@pytest.mark.parametrize("words", ["preparing", "PostgreSQL: starting", "Valkey", "migrating", "Parley: starting"])
def test_a_stop_in_the_middle_of_starting_leaves_nothing_half_made(checkout: Checkout, words: str) -> None:
    running = checkout.start()
    running.wait_for(words)
    assert running.stop(signal.SIGINT) == 0
    assert checkout.processes() == []
    assert not (checkout.var / "postgres.new").exists()
    checkout.start().ready().stop()


def test_a_second_run_finds_its_data_and_secrets(checkout: Checkout) -> None:
    running = checkout.start().ready()
    first = (checkout.var / "parley.env").read_text()
    with connect(checkout) as connection:
        connection.execute("CREATE TABLE kept AS SELECT 42 AS value")
    running.stop()
    running = checkout.start().ready()
    assert "preparing" not in running.said
    assert (checkout.var / "parley.env").read_text() == first
    with connect(checkout) as connection:
        assert connection.execute("SELECT value FROM kept").fetchall() == [(42,)]
    running.stop()


def test_after_kill_9_of_everything_the_next_run_has_it_all(checkout: Checkout) -> None:
    running = checkout.start().ready()
    with connect(checkout) as connection:
        connection.execute("CREATE TABLE kept AS SELECT 42 AS value")
    for process in checkout.processes():
        with contextlib.suppress(psutil.NoSuchProcess):  # it may go by itself when another one goes
            process.kill()
    running.process.wait()
    running = checkout.start().ready()
    with connect(checkout) as connection:
        assert connection.execute("SELECT value FROM kept").fetchall() == [(42,)]
    assert running.stop() == 0


def test_what_a_killed_runner_leaves_behind_is_ended_by_the_next(checkout: Checkout) -> None:
    checkout.behave("serve-has-a-helper")
    running = checkout.start().ready()
    running.process.kill()
    running.process.wait()
    orphans = checkout.processes()
    assert len(orphans) > 4
    checkout.behave()
    running = checkout.start().ready()
    assert "Ending what an earlier run left behind" in running.said
    assert not any(orphan.is_running() and orphan.status() != psutil.STATUS_ZOMBIE for orphan in orphans)
    running.stop()


def test_a_lost_record_does_not_hide_the_servers(checkout: Checkout) -> None:
    running = checkout.start().ready()
    running.process.kill()
    running.process.wait()
    for process in checkout.processes():
        if "manage.py" in " ".join(process.cmdline()):
            process.kill()
    (checkout.var / "processes.json").write_text("torn")
    running = checkout.start().ready()
    assert "Ending what an earlier run left behind" in running.said
    running.stop()


def test_a_service_that_dies_stops_everything_and_names_itself_and_its_log(checkout: Checkout) -> None:
    checkout.behave("worker-dies")
    reason = checkout.start().refused()
    assert reason.startswith(f"worker has ended with code 3. Its log: {checkout.var}/log/worker.log")


def test_a_server_that_dies_stops_everything_and_names_itself(checkout: Checkout) -> None:
    running = checkout.start().ready()
    next(process for process in checkout.processes() if process.name() == "valkey-server").kill()
    assert "Valkey has ended with code -9" in running.refused()


def test_a_step_that_fails_shows_the_end_of_its_log(checkout: Checkout) -> None:
    checkout.behave("migrate-fails")
    assert "relation does not fit" in checkout.start().refused()


def test_a_port_in_use_is_told_before_any_work(checkout: Checkout) -> None:
    with socket.create_server(("127.0.0.1", checkout.port)):
        reason = checkout.start().refused()
    assert reason == f"port {checkout.port} is in use. Choose another: make run PORT={checkout.port + 1}\n"
    assert not (checkout.var / "postgres").exists()


def test_a_second_run_in_the_same_checkout_is_refused_and_harms_nothing(checkout: Checkout) -> None:
    running = checkout.start().ready()
    second = checkout.start(PORT=str(checkout.port + 1))
    assert second.process.wait(60) == 1
    assert f"Another `make run` (process {running.process.pid}) is active" in second.said
    with connect(checkout) as connection:
        assert connection.execute("SELECT 1").fetchone() == (1,)
    running.stop()


def test_two_checkouts_run_side_by_side(checkout: Checkout) -> None:
    other = Checkout()
    try:
        first, second = checkout.start(), other.start()
        first.ready()
        second.ready()
        assert connect(checkout).info.host != connect(other).info.host
        assert [first.stop(), second.stop()] == [0, 0]
    finally:
        other.remove()


def test_servers_the_user_names_are_used_and_none_of_ours_started(checkout: Checkout) -> None:
    running = checkout.start(DATABASE_URL="postgres://elsewhere/db", REDIS_URL="redis://elsewhere").ready()
    assert {process.name() for process in checkout.processes()}.isdisjoint({"postgres", "valkey-server"})
    serve = next(process for process in checkout.processes() if "serve" in process.cmdline())
    assert serve.environ()[URL] == "postgres://elsewhere/db"
    assert URL not in environment.read(checkout.var / "parley.env")
    running.stop()


def test_data_of_another_postgresql_version_is_left_alone(checkout: Checkout) -> None:
    checkout.start().ready().stop()
    (checkout.var / "postgres" / "PG_VERSION").write_text("19\n")
    assert "was made by PostgreSQL 19, this is 18" in checkout.start().refused()


def test_a_folder_in_the_way_of_the_data_is_left_alone(checkout: Checkout) -> None:
    precious = checkout.var / "postgres" / "precious"
    precious.parent.mkdir(parents=True)
    precious.write_text("mine")
    assert "is not empty, and not a PostgreSQL data folder" in checkout.start().refused()
    assert precious.read_text() == "mine"


def test_a_var_that_cannot_be_made_is_told_in_one_line(checkout: Checkout) -> None:
    checkout.var.write_text("a file where the folder should be")
    assert checkout.start().refused().startswith(f"Cannot write to {checkout.var}: ")


def test_the_lock_file_of_a_postmaster_long_dead_does_not_stop_a_start(checkout: Checkout) -> None:
    """As after a reboot, when its number has gone to somebody else."""
    checkout.start().ready().stop()
    lock = checkout.var / "postgres" / "postmaster.pid"
    lock.write_text(f"{os.getpid()}\n{lock.parent}\n1700000000\n5432\n\n\n\n")
    assert checkout.start().ready().stop() == 0


def test_secrets_are_for_the_user_alone_and_on_no_command_line(checkout: Checkout) -> None:
    running = checkout.start().ready()
    file = checkout.var / "parley.env"
    assert file.stat().st_mode & 0o777 == 0o600
    values = environment.read(file)
    passwords = [environment.password_in(values[name]) for name in (URL, "REDIS_URL")]
    secrets = [*passwords, values["SECRET_KEY"], (checkout.var / "postgres/superuser_password").read_text()]
    lines = [" ".join(process.cmdline()) for process in checkout.processes()]
    logs = [log.read_text() for log in (checkout.var / "log").iterdir()]
    assert len(lines) > 4
    assert not [text for text in lines + logs for secret in secrets if secret in text]
    running.stop()


def test_no_private_server_listens_on_tcp(checkout: Checkout) -> None:
    running = checkout.start().ready()
    listening = [
        (process.name(), connection.laddr)
        for process in checkout.processes()
        for connection in process.net_connections("inet")
    ]
    assert [laddr.port for _, laddr in listening] == [checkout.port]
    running.stop()
