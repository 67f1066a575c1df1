"""The cases themselves: a server that keeps the rules passes them all, one that breaks a rule fails those about it."""

import asyncio

import pytest

from tests.platform.servers.conformance import flawed
from tests.platform.servers.conformance.case import INVALID_PAYLOAD, NORMAL
from tests.platform.servers.conformance.client import play
from tests.platform.servers.conformance.honest import Honest
from tests.platform.servers.conformance.judge import faults
from tests.platform.servers.conformance.suite import CASES

PATIENCE = 0.5


async def failures(server, cases=CASES):
    """The numbers of the cases that it fails, with its faults."""
    at_once = asyncio.Semaphore(16)

    async def faults_of(case, port):
        async with at_once:
            return case.number, faults(case, await play(case, port, PATIENCE))

    async with server.serve() as port:
        found = await asyncio.gather(*(faults_of(case, port) for case in cases))
    return {number: wrong for number, wrong in found if wrong}


def numbers(applies):
    return {case.number for case in CASES if applies(case)}


def kinds(case):
    return {event[0] for event in case.events}


def answers_normally(case):
    return NORMAL in case.close.codes and not case.pinned


def may_fail_for_its_text(case):
    return INVALID_PAYLOAD in case.close.codes and not answers_normally(case)


def test_there_are_as_many_cases_as_in_the_suite():
    sections = [case.number.split(".")[0] for case in CASES]
    counts = {section: sections.count(section) for section in sections}
    assert counts == {"1": 16, "2": 11, "3": 7, "4": 10, "5": 20, "6": 145, "7": 37, "10": 1}
    assert len({case.number for case in CASES}) == len(CASES) == 247


async def test_a_server_that_keeps_the_rules_passes_every_case():
    assert await failures(Honest) == {}


@pytest.mark.parametrize(
    ("server", "failed"),
    [
        (flawed.MasksItsFrames, numbers(bool)),
        (flawed.LeavesWithoutAWord, numbers(bool)),
        (flawed.FailsWith1011, numbers(lambda case: not answers_normally(case))),
        (flawed.AnswersEveryCloseWith1001, numbers(answers_normally) - {"7.7.2"}),  # 1001 is its code
        (flawed.RefusesEveryClose, numbers(answers_normally) - {"7.7.3"}),  # 1002 is its code
        (flawed.SendsBinaryForText, numbers(lambda case: "text" in kinds(case))),
        (flawed.SendsTextForBinary, numbers(lambda case: "binary" in kinds(case))),
        (flawed.TakesAnythingForText, numbers(may_fail_for_its_text)),
    ],
    ids=lambda value: getattr(value, "__name__", ""),
)
async def test_what_concerns_every_message_fails_wherever_there_is_one(server, failed):
    assert set(await failures(server)) == failed


@pytest.mark.parametrize(
    ("server", "failed"),
    [
        (flawed.CutsLongMessages, "1.1.3-8 1.2.3-8 10.1.1"),
        (flawed.LosesEmptyMessages, "1.1.1 1.2.1 6.1.1-2"),
        (flawed.TakesLessThanItShould, "1.1.7-8 1.2.7-8 10.1.1"),
        (flawed.TakesMoreThanItShould, "7.1.6"),
        (flawed.IgnoresPings, "2.1-4 2.6 2.9-11 5.6-8 5.19-20"),
        (flawed.PongsWithoutPayload, "2.2-4 2.6 2.9-11 5.6-8 5.19-20"),
        (flawed.HoldsPongsBack, "5.6-8 5.19-20"),
        (flawed.AnswersPongs, "2.7-9"),
        (flawed.AcceptsAnyControlFrame, "2.5 5.1 7.3.6"),
        (flawed.AcceptsReservedBits, "3.1-7"),
        (flawed.IgnoresReservedOpcodes, "4.1.1-5 4.2.1-5"),
        (flawed.TakesFramesInAnyOrder, "5.9-18"),
        (flawed.KeepsTheLastFragmentOnly, "5.3-8 5.15 5.19-20 6.1.3 6.2.2-4 10.1.1"),
        (flawed.ChecksTextAtTheEnd, "6.4.1-2"),
        (flawed.HearsWhatFollowsAClose, "7.1.2-5"),
        (flawed.TakesAnyClose, "7.3.2 7.5.1 7.9.1-9 7.13.1-2"),
    ],
    ids=lambda value: getattr(value, "__name__", ""),
)
async def test_a_broken_rule_fails_the_cases_about_it_and_no_others(server, failed):
    assert set(await failures(server)) == set(ranges(failed))


def ranges(text):
    """ "3.1-2 4.1" as 3.1, 3.2, 4.1."""
    for each in text.split():
        section, _, places = each.rpartition(".")
        first, _, last = places.partition("-")
        yield from (f"{section}.{place}" for place in range(int(first), int(last or first) + 1))


async def test_a_connection_that_the_client_has_to_end_is_a_fault():
    first = CASES[:1]
    assert await failures(flawed.DropsTheConnectionTooLate, first) == {
        "1.1.1": ["FAILED BY CLIENT: the server left it to the client to end the TCP connection"]
    }
