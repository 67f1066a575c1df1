"""Whether an outcome is one that the case allows."""

from tests.platform.servers.conformance.case import NORMAL


def faults(case, outcome):
    """What was wrong, in the words of the suite's report; nothing where the case is passed."""
    found = [behaviour(case, outcome), closing(case, outcome)]
    return [fault for fault in found if fault]


def behaviour(case, outcome):
    events = tuple(outcome.events)
    if outcome.violation:
        return f"FAILED: the server {outcome.violation}"
    if events == case.events:
        return ""
    if events != case.non_strict:
        return f"FAILED: {shortened(events)} instead of {shortened(case.events)}"
    return "" if case.tolerated else f"NON-STRICT: {shortened(events)} instead of {shortened(case.events)}"


def closing(case, outcome):
    expected = case.close
    codes = case.pinned or expected.codes
    if outcome.closed_by is not expected.by:
        return f"FAILED: the connection was closed by the {outcome.closed_by}"
    if expected.clean and outcome.close_payload is None:
        return "UNCLEAN: no close frame from the server"
    if outcome.code not in codes and not (outcome.code is None and NORMAL in codes and outcome.close_payload == b""):
        return f"WRONG CODE: {outcome.code} instead of {codes}"
    if not outcome.dropped:
        return "FAILED BY CLIENT: the server left it to the client to end the TCP connection"
    return ""


def shortened(events):
    return [(kind, what if len(what) < 80 else f"{what[:40]}... ({len(what)})") for kind, what in events]
