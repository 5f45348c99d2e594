"""The first module of every command: root is dropped here, before anything that computes, serves or parses is imported.

    bin/geo112 ─► start: bring files in, drop root, caches into the data home ─► cli

That is less code running as root, and it lets the compiled routing code find a cache that it may write: numba chooses
the place while `routing` is imported.
"""

import os
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

from geo112.errors import DomainError
from geo112.home import bring_in, drop_privileges
from geo112.settings import default_home, terminal_language

FILE_SETTINGS = ("PBF", "GEO112_TLS_CERTIFICATE", "GEO112_TLS_KEY")
WITHOUT_HOME = {"-h", "--help", "--version", "openapi"}  # need no data folder, and must not make one


def main() -> int:
    """Run a command line as the service user; a refusal is one clear sentence on stderr and exit code 1."""
    arguments = sys.argv[1:]
    if arguments and not WITHOUT_HOME & set(arguments):
        try:
            home = default_home()
            arguments, files = within_reach(arguments, os.environ, home)
            os.environ.update(files)
            drop_privileges(home)
        except DomainError as error:
            print(f"Geo112: {error.words(terminal_language())}", file=sys.stderr)
            return 1
    from geo112.cli import main as run

    return run(arguments)


def within_reach(
    arguments: Sequence[str], environment: Mapping[str, str], home: Path
) -> tuple[list[str], dict[str, str]]:
    """Return the arguments and the settings that name files, by paths at which the service user can read them.

    Raises:
        HomeError: a file could not be brought in.
    """
    reachable = list(arguments)
    if "import" in reachable:
        after = reachable.index("import") + 1
        reachable[after:] = [_brought_in(argument, home) for argument in reachable[after:]]
    for number, argument in enumerate(reachable[:-1]):
        if argument == "--folder":  # root's working directory is another one from now on
            reachable[number + 1] = str(Path(reachable[number + 1]).absolute())
    files = {name: _brought_in(environment[name], home) for name in FILE_SETTINGS if environment.get(name)}
    return reachable, files


def _brought_in(text: str, home: Path) -> str:
    """Return the path of the file if `text` names one, else `text`: an option, or a place name."""
    file = Path(text)
    return str(bring_in(file, home)) if file.is_file() else text


if __name__ == "__main__":
    sys.exit(main())
