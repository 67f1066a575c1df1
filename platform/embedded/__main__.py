"""`python -m embedded`: what `make run` calls."""

import argparse
import sys
from pathlib import Path

from embedded.errors import CannotRun
from embedded.progress import say
from embedded.runner import run


def main() -> int:
    """0 after a stop that was asked for, 1 with the reason on one line otherwise."""
    parser = argparse.ArgumentParser(prog="python -m embedded", description="Run Parley on private servers.")
    here = Path(__file__).resolve().parents[2]
    parser.add_argument("--checkout", type=Path, default=here, help="the folder of manage.py and var/")
    try:
        run(parser.parse_args().checkout.resolve())
    except CannotRun as reason:
        say(f"Parley does not run: {reason}")
    except OSError as error:
        say(f"Parley does not run: {error.filename or 'the system'}: {error.strerror}")
    else:
        return 0
    return 1


if __name__ == "__main__":
    sys.exit(main())
