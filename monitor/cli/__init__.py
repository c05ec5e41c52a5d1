"""The command line: parse arguments, call one job, print what it returned.

Exit codes: 0 done, 1 done and something needs a look, 2 a file or argument is wrong, 3 another
process holds the service lock, 4 the database cannot be used.

Imports of the product stand inside the commands: `monitor --help` must not load SQLAlchemy.
"""

import sys

import typer

from monitor.cli import archive, digests, feeds, files, past, readers, rules, service
from monitor.cli.common import LOCKED, UNUSABLE, WRONG, complain, problem_line

cli = typer.Typer(
    name="monitor",
    help="Tells you every morning what the news did to each provision of a document you track.",
    no_args_is_help=True,
    add_completion=False,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
)
for group in (service, digests, readers, archive, rules, past, feeds, files):
    cli.add_typer(group.commands)


def main() -> None:
    """Run the command; errors that a person can mend are said in words, bugs keep a traceback."""
    from monitor.errors import ConfigError, Locked, NewerDatabase, Unusable

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
    except (NewerDatabase, Unusable) as e:
        complain(str(e))
        sys.exit(UNUSABLE)
    except Exception as e:
        if not (said := _of_database(e)):
            raise
        complain(f"the database cannot be used: {said}")
        sys.exit(UNUSABLE)


def _of_database(error: Exception) -> str:
    """What the database said, if it is its error: locked, full, read-only, damaged, none at all."""
    sqlalchemy = sys.modules.get("sqlalchemy.exc")
    if sqlalchemy is None or not isinstance(error, sqlalchemy.DatabaseError):
        return ""
    is_bug = isinstance(error, sqlalchemy.ProgrammingError | sqlalchemy.IntegrityError)
    return "" if is_bug else str(error.orig)
