"""These tests need a C++ compiler; where there is none they are skipped, and say so."""

import pytest

from core.engines.lanes.compiler import CompilerError, find_compiler


@pytest.fixture(autouse=True, scope="session")
def compiler() -> None:
    try:
        find_compiler()
    except CompilerError as error:
        pytest.skip(str(error))
