"""The command line: each command a few lines that call the public API.

Exit codes: 0 done, 1 a bug of ours, 2 usage, 3 bad data or scenario, 4 no plan can
keep the rules, 5 stopped at a wall-clock limit with a usable plan, 130 interrupted.
Greedy search always has a plan where there is one, so none is ever missing at a
limit. Heavy libraries are imported by the commands
that need them, so that --help answers at once.
"""

import signal
import sys
import traceback
from typing import Annotated

import typer

from geoalloc import __version__
from geoalloc.cli import (
    backtesting,
    briefing,
    checking,
    comparing,
    finding,
    investigating,
    looking,
    mapping,
    planning,
    recording,
    replanning,
    scenarios,
    starting,
)
from geoalloc.cli.options import progress
from geoalloc.errors import GeoallocError

_INTERRUPTED = 130

app = typer.Typer(
    help="Turn recorded incidents into a defensible allocation of units for a shift.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)
scenario_app = typer.Typer(
    help="Scenario files: what they say, and what they may hold.",
    no_args_is_help=True,
    rich_markup_mode=None,
)
app.add_typer(scenario_app, name="scenario")

app.command()(planning.plan)
app.command("map")(mapping.release_map)
app.command()(briefing.brief)
app.command()(comparing.compare)
app.command()(replanning.replan)
app.command()(finding.hotspots)
app.command()(backtesting.backtest)
app.command()(checking.check)
app.command()(looking.outlook)
app.command()(investigating.investigators)
app.command()(recording.record)
app.command()(planning.sample)
app.command()(starting.new)
scenario_app.command("list")(scenarios.listed)
scenario_app.command()(scenarios.schema)
scenario_app.command()(scenarios.show)


def _version(asked: bool) -> None:
    if asked:
        typer.echo(__version__)
        raise typer.Exit


@app.callback()
def _options(
    version: Annotated[
        bool,
        typer.Option(
            "--version", callback=_version, is_eager=True, help="Print the version."
        ),
    ] = False,
) -> None:
    pass


def main() -> None:
    """Run the command line; the exit code says how it went."""
    for stream in (sys.stdout, sys.stderr):
        stream.reconfigure(errors="replace")  # type: ignore[union-attr]
    # What ends the process lets it clean up first.
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        app()
    except GeoallocError as error:
        progress("")
        typer.echo(f"geoalloc: {error}", err=True)
        sys.exit(error.exit_code)
    except KeyboardInterrupt:
        sys.exit(_INTERRUPTED)
    except Exception:
        progress("")
        traceback.print_exc()
        typer.echo("geoalloc: this is a bug of ours; please report it", err=True)
        sys.exit(GeoallocError.exit_code)
