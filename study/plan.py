"""The command `study plan`: how many seeds a question needs, and how long they take."""

import sys
from typing import Any

from results.command_line import DONE, program, require_given
from study.command_line.plan_options import EXAMPLES, PlanOptions, plan_options


@program(
    "study.plan",
    "Say how many seeds a question needs and how long they take; writes nothing.",
    EXAMPLES,
    interrupted="nothing was written",
)
@plan_options
def main(**given: Any) -> int:
    """Find the seeds, count the runs, expect the time, and print.

    Raises:
        ConfigError: an unknown study, profile, field, value or seed.
        DataError: the data cannot be identified, or a tile is larger than its slices.
    """
    options = PlanOptions(**given)
    require_given(data=options.data, out=options.out, profile=options.profile)
    from study.planning.plan_rows import plan  # scipy takes a second, which help need not wait for

    plan(options)
    return DONE


if __name__ == "__main__":
    sys.exit(main())
