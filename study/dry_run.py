"""What a command would train, and how long that would take."""

import argparse
import json
from collections.abc import Sequence
from dataclasses import asdict

from results.ledger.ledger import Ledger
from results.text import counted
from study.least_seeds import too_few_seeds
from study.pace import Pace, slots_here, work_of
from study.request import StudyRequest
from study.standing import Standing
from study.until import Sampling, Until


def dry_run(
    requests: Sequence[StudyRequest],
    until: Until | None,
    ledger: Ledger,
    options: argparse.Namespace,
) -> None:
    """Say how many runs, how many are there, and the expected time; write nothing."""
    pace = Pace.of(ledger.runs())
    slots = slots_here(options.cpus_per_trial)
    reports = []
    for request in requests:
        sampling = Sampling(request, until, ledger) if until else None
        standing = Standing.of(sampling.final() if sampling else request, ledger)
        remaining = [
            work_of(config for config in generation if config.run_id not in standing.done)
            for generation in standing.request.generations()
        ]
        expected = pace.expect(remaining, slots)
        reports.append(
            {
                "study": standing.request.study.name,
                "profile": standing.request.profile,
                "data": standing.request.data_source,
                "out": options.out,
                "runs": len(standing.runs),
                "done": len(standing.done),
                "missing": len(standing.missing),
                "expected_seconds": expected.seconds if expected.complete else None,
                "expected": str(expected),
                "expected_is_guessed": expected.guessed,
                "too_few_seeds": [] if until else too_few_seeds(request),
            }
        )
        if sampling:
            outlook = sampling.outlook(pace, slots)
            reports[-1]["until_width"] = {
                **(asdict(standing.request.until_width) if standing.request.until_width else {}),
                "seeds_a_cell": outlook.seeds,
                "supposed_seeds_a_cell": outlook.supposed,
                "outlook": str(outlook),
            }
    for report in reports:
        if options.json:
            print(json.dumps(report))
            continue
        print(
            f"{report['study']}: {counted(report['runs'], 'run')}, {report['done']} already in "
            f"{options.out}, {report['missing']} to train; profile {report['profile']}, data "
            f"{report['data']}; expected time on {counted(slots, 'slot')} of this machine: "
            f"{report['expected']}{'; GPUs are not counted' if options.gpus_per_trial else ''}"
        )
        for line in report["too_few_seeds"]:
            print(line)
        if until:
            print(f"and then, {report['until_width']['outlook']}")
