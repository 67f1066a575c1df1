import contextlib
import time
from collections.abc import Iterator


def say(line: str, end: str = "\n") -> None:
    """Print at once. A terminal that has gone away must not stop the stopping."""
    with contextlib.suppress(OSError):
        print(line, end=end, flush=True)


@contextlib.contextmanager
def step(what: str) -> Iterator[None]:
    """Announce slow work before it begins; add its time, or that it failed, to the same line."""
    say(f"{what} … ", end="")
    begun = time.monotonic()
    try:
        yield
    except BaseException:
        say("not done")
        raise
    say(f"{time.monotonic() - begun:.1f} s")
