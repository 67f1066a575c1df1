"""The checker finds each mistake that was planted, by the fewest steps that bring it to light."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest

from tests.isolation.cast import Twin, observer_of
from tests.isolation.leaks import LEAKS, planted
from tests.isolation.observer import Found, Leak, Observer, Refusal, Silence
from tests.isolation.play import Play
from tests.support.server import LiveServer

STEPS = {
    # at the doors
    "scope_of_a_neighbour": "name_people",
    "scope_of_the_process": "name_people read_pages",
    "host_of_another": "name_people",
    "session_of_any_host": "knock",
    "key_of_any_tenant": "knock",
    "token_of_any_tenant": "keep_pace knock",
    "log_of_another": "stumble",
    # between the doors and the tables
    "stale_path": "name_people read_pages",
    "user_remembered_by_id": "connect",
    "room_remembered_by_id": "make_room",
    "history_remembered_by_room": "post read_history",
    "audit_in_anothers_chain": "make_room name_people",
    "files_in_one_folder": "hand_in",
    # from a commit to the sockets
    "group_without_prefix": "connect say",
    "feeds_by_room_alone": "connect say",
    "one_lane_for_all": "connect say",
    "typing_to_all": "connect type",
    "presence_to_all": "connect come_and_go",
    "replay_remembered_by_room": "post connect",
    # what is answered
    "answer_kept_by_key_alone": "post",
    "answer_remembered_by_path": "name_people read_tags",
    "tag_of_the_id": "name_people read_tags read_tags",
    "page_by_cursor_alone": "name_people read_pages",
    "search_by_words_alone": "post search",
    "bucket_without_tenant": "keep_pace",
    "page_remembered_by_template": "open_pages",
    "export_in_anothers_scope": "post export",
    # in the worker
    "job_in_anothers_scope": "connect say count",
    "webhook_by_room_alone": "listen_by_webhook post deliver",
    "event_by_room_and_seq": "listen_by_webhook post deliver",
    "mail_remembered_by_template": "invite",
}


class LeakyServer(LiveServer):
    """With all the leaks in it: see the program."""

    program = ("-m", "tests.isolation.leaky_serve")


@pytest.fixture(scope="module")
def switch(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """Hold the name of a leak, and it is on, in this process too, which does the worker's part."""
    file = tmp_path_factory.mktemp("leaks") / "switch"
    with pytest.MonkeyPatch.context() as environment:
        environment.setenv("LEAK_SWITCH", str(file))
        with planted():
            yield file


@pytest.fixture(scope="module")
def leaky(switch: Path, database: None) -> Iterator[LiveServer]:
    server = LeakyServer(switch.with_name("serve.log"), DATABASE_POOL_SIZE="1").start()
    yield server
    server.kill()


@pytest.fixture
async def turned_on(switch: Path, request: pytest.FixtureRequest) -> AsyncIterator[str]:
    name = request.node.callspec.params["leak"]
    switch.write_text(name)
    yield name
    switch.unlink()


def test_every_leak_has_its_steps_and_there_are_twenty_at_least(switch: Path) -> None:
    assert set(STEPS) | {"scope_not_entered"} == set(LEAKS)
    assert len(STEPS) >= 20


async def test_with_no_leak_on_the_same_steps_find_nothing(leaky: LiveServer, two: list[Twin]) -> None:
    observer = observer_of(two)
    async with Play(leaky, two, observer) as play:
        for step in dict.fromkeys(" ".join(("connect come_and_go", *STEPS.values())).split()):
            await play.step(step)
        await play.look()
    observer.check(())


@pytest.mark.parametrize("leak", STEPS)
async def test_the_checker_finds_this_leak(leaky: LiveServer, two: list[Twin], turned_on: str, leak: str) -> None:
    observer = observer_of(two)
    found = await _findings(leaky, two, observer, STEPS[leak].split())
    caught = [finding for finding in found.findings if not isinstance(finding, Silence | Refusal)]
    if leak == "host_of_another":  # most of those who come to a stranger's door are turned away at it
        caught += found.of(Refusal)
    assert caught, found


@pytest.mark.parametrize("leak", ["scope_not_entered"])
async def test_without_a_scope_nothing_is_shown_and_the_checker_says_so(
    leaky: LiveServer, two: list[Twin], turned_on: str, leak: str
) -> None:
    """The door closes, it does not stand open: no leak, but nobody is served."""
    found = await _findings(leaky, two, observer_of(two), ["name_people", "open_pages"])
    assert not found.of(Leak), found
    assert {finding.place for finding in found.of(Refusal)} >= {"rest", "page", "console"}


async def _findings(server: LiveServer, twins: list[Twin], observer: Observer, steps: list[str]) -> Found:
    async with Play(server, twins, observer) as play:
        for step in steps:
            await play.step(step)
        await play.look()
    with pytest.raises(Found) as found:
        observer.check(())
    return found.value
