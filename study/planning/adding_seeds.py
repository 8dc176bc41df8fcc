"""Which rule adds the seeds that the user's options ask for."""

from results.ledger.ledger import Ledger
from study.planning.sampling import Sampling
from study.planning.stop_rule import Until
from study.planning.until_decided import UntilClear
from study.planning.until_width import UntilNarrow
from study.request import StudyRequest


def sampling_of(request: StudyRequest, until: Until, ledger: Ledger) -> Sampling:
    """The study whose seeds are added; arguments as of `Sampling`.

    Raises:
        ConfigError: nothing is to be decided.
    """
    kind = UntilClear if until.width is None else UntilNarrow
    return kind(request, until, ledger)
