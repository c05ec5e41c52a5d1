"""The command line: parse arguments, call one job, print what it returned.

Exit codes: 0 done, 1 done and something needs a look, 2 a file or argument is wrong, 3 another
process holds the service lock.

Imports of the product stand inside the commands: `monitor --help` must not load SQLAlchemy.
"""

import sys

import typer

from monitor.cli import archive, digests, files, service
from monitor.cli.common import LOCKED, WRONG, complain, problem_line

cli = typer.Typer(
    name="monitor",
    help="Tells you every morning what the news did to each provision of a document you track.",
    no_args_is_help=True,
    add_completion=False,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
)
for group in (service, digests, archive, files):
    cli.add_typer(group.commands)


def main() -> None:
    """Run the command; errors that a person can mend are said in words, bugs keep a traceback."""
    from monitor.errors import ConfigError, Locked

    try:
        cli()
    except ConfigError as e:
        complain(
            *map(problem_line, e.problems),
            f"{len(e.problems)} problem(s); nothing was started or changed.",
        )
        sys.exit(WRONG)
    except Locked as e:
        complain(str(e))
        sys.exit(LOCKED)
