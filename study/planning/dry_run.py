"""What a command would train, and how long that would take."""

import json
from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

from core.data.checks import DataCheck
from results.ledger.ledger import Ledger
from results.text import counted
from study.command_line.options import RunOptions
from study.planning.adding_seeds import sampling_of
from study.planning.engine_choice import engines_of
from study.planning.horizon import horizon_text, horizons, replaced_by_profile
from study.planning.least_seeds import too_few_seeds
from study.planning.main_effects import main_effects_outlook
from study.planning.pace import Pace, slots_here, work_of
from study.planning.planned_power import planned_power, power_sentence
from study.planning.short_curves import means_without_a_window
from study.planning.speed_claims import claims_too_long
from study.planning.standing import Standing
from study.planning.stop_rule import Until
from study.request import StudyRequest


def dry_run(
    requests: Sequence[StudyRequest],
    until: Until | None,
    ledger: Ledger,
    options: RunOptions,
    data_check: DataCheck | None,
) -> None:
    """Say what was found in the data, how many runs are requested and how many are there, and the
    expected time; write nothing."""
    if data_check and not options.as_json:
        print(f"data {requests[0].data_source}: {data_check}")
    pace = Pace.of(ledger.runs())
    slots = slots_here(options.cpus_per_trial)
    for name, request in zip(dict.fromkeys(options.studies), requests, strict=True):
        report = report_of(request, until, ledger, pace, slots)
        if report["missing"]:
            ledger.storage.require_writable()  # as the command that trains would
        report |= {
            "out": options.out,
            "data_check": data_check.as_dict() if data_check else None,
        }
        if options.as_json:
            print(json.dumps(report))
        else:
            show(report, slots, options.plan_command(name), gpus=options.gpus_per_trial > 0)


def report_of(
    request: StudyRequest, until: Until | None, ledger: Ledger, pace: Pace, slots: int
) -> dict[str, Any]:
    """Everything that is said of one study."""
    sampling = sampling_of(request, until, ledger) if until else None
    standing = Standing.of(sampling.final() if sampling else request, ledger)
    remaining = [
        work_of(config for config in generation if config.run_id not in standing.done)
        for generation in standing.request.generations()
    ]
    expected = pace.expect(remaining, slots)
    report: dict[str, Any] = {
        "study": standing.request.study.name,
        "profile": standing.request.profile,
        "data": standing.request.data_source,
        "horizon": horizons(standing.request),
        "horizon_text": horizon_text(standing.request),
        "engines": engines_of(standing.request),
        "runs": len(standing.runs),
        "done": len(standing.done),
        "missing": len(standing.missing),
        "expected_seconds": expected.seconds if expected.complete else None,
        "expected": str(expected),
        "expected_is_guessed": expected.guessed,
        "notes": list(request.notes),
        "replaced_by_profile": replaced_by_profile(request),
        "power": [] if until or not (power := planned_power(request)) else [power_sentence(power)],
        "too_few_seeds": [] if until else too_few_seeds(request),
        "main_effects": [] if until else main_effects_outlook(request),
        "too_short": [*claims_too_long(request), *means_without_a_window(request)],
    }
    if sampling:
        outlook = sampling.outlook(pace, slots)
        rule = standing.request.until_width or standing.request.until_decided
        report["until_width" if standing.request.until_width else "until_decided"] = {
            **(asdict(rule) if rule else {}),
            "seeds_a_cell": outlook.seeds,
            "supposed_seeds_a_cell": outlook.supposed,
            "outlook": str(outlook),
        }
    return report


def show(report: dict[str, Any], slots: int, plan_command: str, *, gpus: bool) -> None:
    """The same for people; where the time is unknown, with the command that measures it."""
    unknown = report["missing"] and report["expected_seconds"] is None
    measured = f" (`{plan_command}` measures it)" if unknown else ""
    print(
        f"{report['study']}: {counted(report['runs'], 'run')}, {report['done']} already in "
        f"{report['out']}, {report['missing']} to train; profile {report['profile']} "
        f"({report['horizon_text']}), engine {' or '.join(report['engines'])}, data "
        f"{report['data']}; expected time on "
        f"{counted(slots, 'slot')} of this machine: {report['expected']}"
        f"{measured}{'; GPUs are not counted' if gpus else ''}"
    )
    names = ("notes", "replaced_by_profile", "power", "too_few_seeds", "main_effects", "too_short")
    for name in names:
        for line in report[name]:
            print(line)
    for rule in report.keys() & {"until_width", "until_decided"}:
        print(f"and then, {report[rule]['outlook']}")
