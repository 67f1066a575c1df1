import contextlib
import os
import resource
from collections.abc import Iterator

import environ
import psutil
import psycopg
import pytest
from psycopg.conninfo import conninfo_to_dict

from embedded.binaries import find_binaries
from embedded.errors import CannotRun
from embedded.folders import open_socket_folder
from embedded.leftovers import servers_in
from embedded.owner import server_owner
from embedded.postgres import Postgres
from embedded.record import Record
from embedded.throwaway import Throwaway, throwaway
from tests.platform.embedded.checkout import Checkout
from tests.platform.embedded.conftest import as_root


def query(servers: Throwaway, statement: str) -> object:
    with psycopg.connect(servers.env["DATABASE_URL"]) as connection:
        row = connection.execute(statement.encode()).fetchone()
    assert row is not None
    return row[0] if len(row) == 1 else row


def make_table(servers: Throwaway, name: str) -> None:
    with psycopg.connect(servers.env["DATABASE_URL"]) as connection:
        connection.execute(f"CREATE TABLE {name} AS SELECT 42 AS value".encode())


def setting(servers: Throwaway, name: str) -> object:
    return query(servers, f"SELECT current_setting('{name}')")


def test_the_url_means_the_same_to_libpq_and_to_django(servers: Throwaway) -> None:
    url = servers.env["DATABASE_URL"]
    libpq, django = conninfo_to_dict(url), environ.Env.db_url_config(url)
    assert django["OPTIONS"] == {"host": libpq["host"]} == {"host": str(servers.folder / "s")}
    assert django["HOST"] == ""
    assert [libpq[name] for name in ("user", "password", "dbname")] == [
        django[name] for name in ("USER", "PASSWORD", "NAME")
    ]
    assert int(libpq["port"]) == django["PORT"] == 5432


def test_it_is_postgresql_18_with_checksums_and_utf8_everywhere(servers: Throwaway) -> None:
    assert str(setting(servers, "server_version")).startswith("18.")
    assert setting(servers, "data_checksums") == "on"
    assert setting(servers, "server_encoding") == "UTF8"
    assert query(servers, "SELECT datlocprovider, datlocale FROM pg_database WHERE datname = 'parley'") == (
        "b",
        "C.UTF-8",
    )
    assert query(servers, "SELECT lower('ÄÖÜ')") == "äöü"


def test_the_role_may_make_roles_and_no_more(servers: Throwaway) -> None:
    columns = "rolcanlogin, rolsuper, rolinherit, rolcreaterole, rolreplication, rolbypassrls"
    rights = query(servers, f"SELECT {columns} FROM pg_roles WHERE rolname = current_user")
    assert rights == (True, False, False, True, False, False)


def test_schema_public_is_closed_to_others_also_in_a_new_database(servers: Throwaway) -> None:
    with psycopg.connect(servers.env["DATABASE_URL"], autocommit=True) as connection:
        connection.execute("CREATE ROLE stranger")
        connection.execute("CREATE DATABASE worker_1")
    for database in ("parley", "worker_1"):
        with psycopg.connect(servers.env["DATABASE_URL"], dbname=database) as connection:
            rights = connection.execute(
                "SELECT has_schema_privilege('stranger', 'public', name),"
                " has_schema_privilege('public', name) FROM unnest(ARRAY['USAGE', 'CREATE']) AS name"
            )
            assert rights.fetchall() == [(False, True), (False, True)]


def test_creating_the_database_again_changes_only_the_password(servers: Throwaway) -> None:
    make_table(servers, "stays")
    servers.postgres.create_database("another", createdb=True)
    with pytest.raises(psycopg.OperationalError, match="password authentication failed"):
        query(servers, "SELECT 1")
    servers.postgres.create_database(str(conninfo_to_dict(servers.env["DATABASE_URL"])["password"]), createdb=True)
    assert query(servers, "SELECT count(*) FROM stays") == 1


def test_only_test_servers_let_the_role_make_databases(servers: Throwaway) -> None:
    password = str(conninfo_to_dict(servers.env["DATABASE_URL"])["password"])
    servers.postgres.create_database(password)
    assert query(servers, "SELECT rolcreatedb FROM pg_roles WHERE rolname = current_user") is False
    servers.postgres.create_database(password, createdb=True)
    assert query(servers, "SELECT rolcreatedb FROM pg_roles WHERE rolname = current_user") is True


def test_nobody_comes_in_without_a_password(servers: Throwaway) -> None:
    for user in ("parley", "postgres"):
        with pytest.raises(psycopg.OperationalError, match="no password supplied"):
            psycopg.connect(host=str(servers.folder / "s"), port=5432, user=user, dbname="parley")


def test_it_listens_on_its_unix_socket_alone(servers: Throwaway) -> None:
    processes = [*servers_in(servers.folder)]
    for process in processes:
        with contextlib.suppress(psutil.NoSuchProcess):  # one of a connection that has ended
            assert process.name() in ("postgres", "valkey-server")
            assert not process.net_connections("inet")
    assert len(processes) > 2
    path = servers.folder / "s" / ".s.PGSQL.5432"
    assert path.is_socket()
    assert path.stat().st_mode & 0o777 == 0o700
    assert path.parent.stat().st_mode & 0o777 == 0o700


@as_root
def test_started_by_root_no_server_process_keeps_any_of_roots_rights(servers: Throwaway) -> None:
    nobody = server_owner()
    for process in servers_in(servers.folder):
        assert set(process.uids()) == {nobody.user}
        assert set(process.gids()) == {nobody.group}
        with open(f"/proc/{process.pid}/status") as status:
            assert "Groups:\t\n" in status.read().replace(" \n", "\n")


def test_a_committed_row_survives_kill_9_of_all_server_processes(servers: Throwaway) -> None:
    make_table(servers, "survivor")
    backends = list(servers_in(servers.postgres.data))
    servers.postgres.kill()
    assert not [process for process in backends if process.is_running() and process.status() != psutil.STATUS_ZOMBIE]
    assert not servers.postgres.child.alive
    servers.postgres.start()
    assert query(servers, "SELECT value FROM survivor") == 42


def test_it_can_be_stopped_and_started_with_clients_connected(servers: Throwaway) -> None:
    with psycopg.connect(servers.env["DATABASE_URL"]) as idle:
        servers.postgres.stop()
        with pytest.raises(psycopg.OperationalError):
            idle.execute("SELECT 1")
    servers.postgres.stop()
    servers.postgres.start()
    assert query(servers, "SELECT 1") == 1


def test_servers_of_a_run_force_every_commit_to_the_disk() -> None:
    with throwaway(durable=True) as servers:
        assert [setting(servers, name) for name in ("fsync", "synchronous_commit", "full_page_writes")] == ["on"] * 3


def test_no_statement_with_a_value_in_it_reaches_the_log(servers: Throwaway) -> None:
    with pytest.raises(psycopg.errors.UndefinedTable):
        query(servers, "SELECT 'a-private-message' FROM no_such_table")
    log = (servers.folder / "postgres.log").read_text()
    assert "no_such_table" in log
    assert "a-private-message" not in log


def test_the_users_own_postgres_variables_change_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in {
        "PGPORT": "6000",
        "PGDATA": "/nowhere",
        "PGHOST": "elsewhere",
        "PGUSER": "somebody",
    }.items():
        monkeypatch.setenv(name, value)
    with throwaway() as servers:
        assert query(servers, "SELECT current_user") == "parley"


def private_postgres(checkout: Checkout) -> Postgres:
    owner = server_owner()
    checkout.var.mkdir(exist_ok=True)
    open_socket_folder(checkout.var / "s", owner)
    return Postgres(
        find_binaries(owner),
        owner,
        data=checkout.var / "postgres",
        sockets=checkout.var / "s",
        log=checkout.var / "postgres.log",
        record=Record(checkout.var / "processes.json"),
    )


@pytest.fixture
def hardly_any_disk() -> Iterator[None]:
    """No file may grow over 1 MB: a full disk, for the processes that are started."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (1_000_000, hard))
    yield
    resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


@pytest.mark.usefixtures("hardly_any_disk")
def test_an_initdb_that_fails_tells_why_and_leaves_nothing(checkout: Checkout) -> None:
    postgres = private_postgres(checkout)
    with pytest.raises(CannotRun, match="PostgreSQL's initdb failed with code 1") as failure:
        postgres.prepare()
    assert "File too large" in str(failure.value)
    assert sorted(os.listdir(checkout.var)) == ["postgres.log", "processes.json", "s"]


def test_a_server_that_cannot_start_tells_why(checkout: Checkout) -> None:
    postgres = private_postgres(checkout)
    postgres.prepare()
    (checkout.var / "postgres" / "postgresql.conf").write_text("max_connections = many\n")
    with pytest.raises(CannotRun, match="PostgreSQL ended with code 1") as failure:
        postgres.start()
    assert 'invalid value for parameter "max_connections"' in str(failure.value)


def test_a_second_server_on_the_same_data_is_refused(servers: Throwaway) -> None:
    owner = server_owner()
    second = Postgres(
        find_binaries(owner),
        owner,
        data=servers.postgres.data,
        sockets=servers.postgres.sockets,
        log=servers.folder / "second.log",
        record=Record(servers.folder / "second.json"),
    )
    with pytest.raises(CannotRun, match="still at work"):
        second.start()
    assert query(servers, "SELECT 1") == 1


@as_root
def test_data_of_another_user_is_refused(checkout: Checkout) -> None:
    postgres = private_postgres(checkout)
    postgres.prepare()
    os.chown(checkout.var / "postgres", 12345, 12345)
    with pytest.raises(CannotRun, match="belongs to user 12345"):
        postgres.start()
