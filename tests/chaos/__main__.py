"""`python -m tests.chaos`: every set-up, with the caps off and on. See `--help`."""

from __future__ import annotations

import argparse
import contextlib
import dataclasses
import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from tests.chaos.accounts import Tally
from tests.chaos.round import Round
from tests.chaos.setups import SET_UPS, NotHere, SetUp, environment

ROOT = Path(__file__).parent.parent.parent
COLUMNS = {
    "alerts": "alerts",
    "deliveries": "deliveries",
    "at_twilio": "at Twilio",
    "lost": "lost",
    "doubled": "doubled",
    "contradicted": "contradicted",
    "unaccounted": "unaccounted",
    "digested": "in digests",
    "attempts": "attempts",
    "looked_up": "looked up",
    "kills": "kills",
    "seconds": "seconds",
}


def run(plan: Round, setup: SetUp, folder: Path) -> Tally:
    """Play a round in a process of its own; its files are left in `folder`.

    Raises `NotHere` where a service of the set-up is not reachable, RuntimeError where the
    round itself could not be played.
    """
    arguments = json.dumps({"folder": str(folder), **dataclasses.asdict(plan)})
    with environment(setup, folder) as environ:
        child = subprocess.Popen(
            [sys.executable, "-m", "tests.chaos.round", arguments],
            cwd=ROOT,
            env=environ,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            start_new_session=True,
        )
        try:
            said, complaints = child.communicate(timeout=plan.limit + 120)
        finally:
            # The emulator, the host and the workers are in its group.
            with contextlib.suppress(ProcessLookupError):
                os.killpg(child.pid, signal.SIGKILL)
            child.wait()
    if child.returncode:
        raise RuntimeError(f"The round broke off:\n{complaints}")
    return Tally(**json.loads(said.splitlines()[-1]))


def main(arguments: Sequence[str]) -> int:
    options = _parse(arguments)
    may_miss = options.pop("skip_missing")
    rows, failed = [], False
    for caps in {"off": [False], "on": [True], "both": [False, True]}[options.pop("caps")]:
        for name in options["setup"] or SET_UPS:
            title = f"{name}, caps {'on' if caps else 'off'}"
            plan = Round(caps=caps, **{k: v for k, v in options.items() if k != "setup"})
            print(f"{title}: {plan.alerts} alerts to {plan.recipients} recipients ...", flush=True)
            folder = Path(tempfile.mkdtemp(prefix="sentry-twilio-chaos-"))
            try:
                tally = run(plan, SET_UPS[name], folder)
            except NotHere as reason:
                rows.append([title, f"not run: {reason}"])
                failed |= not may_miss
                shutil.rmtree(folder)
                continue
            rows.append([title, *(str(getattr(tally, column)) for column in COLUMNS)])
            print(f"  {_states(tally)}", flush=True)
            if tally.is_clean:
                shutil.rmtree(folder)
                continue
            failed = True
            print("\n".join(f"  {finding}" for finding in tally.findings))
            print(f"  The processes' output and the SQLite database are in {folder}")
    print()
    _show(["", *COLUMNS.values()], rows)
    return 1 if failed else 0


def _parse(arguments: Sequence[str]) -> dict[str, Any]:
    parser = argparse.ArgumentParser(prog="python -m tests.chaos", description=__doc__)
    parser.add_argument("setup", nargs="*", help=f"of {', '.join(SET_UPS)}; by default all")
    parser.add_argument("--caps", choices=("off", "on", "both"), default="both")
    parser.add_argument(
        "--skip-missing",
        action="store_true",
        help="end with 0 although a set-up's service was not reachable",
    )
    for field in dataclasses.fields(Round):
        if field.name != "caps":
            parser.add_argument(
                f"--{field.name.replace('_', '-')}",
                type=type(field.default),
                default=field.default,
                help=f"default: {field.default}",
            )
    options = vars(parser.parse_args(arguments))
    unknown = set(options["setup"]) - SET_UPS.keys()
    if unknown:
        parser.error(f"there is no {', '.join(sorted(unknown))}; there are {', '.join(SET_UPS)}")
    return options


def _states(tally: Tally) -> str:
    return ", ".join(f"{count} {state}" for state, count in sorted(tally.states.items()))


def _show(head: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
    full = [row for row in [head, *rows] if len(row) == len(head)]
    widths = [max(len(row[column]) for row in full) for column in range(len(head))]
    widths[0] = max(len(row[0]) for row in [head, *rows])
    for row in [head, *rows]:
        first, *others = row
        cells = [first.ljust(widths[0])]
        cells += [cell.rjust(width) for cell, width in zip(others, widths[1:], strict=False)]
        print("  ".join(cells))


if __name__ == "__main__":
    # As a Ctrl-C: the round's processes are ended on the way out.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(128 + signal.SIGTERM))
    sys.exit(main(sys.argv[1:]))
