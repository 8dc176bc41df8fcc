"""Without a terminal progress is a line now and then, and none where there is no need for it."""

import pytest

from results.progress_bar import progress


def test_a_line_says_how_much_is_done(capsys: pytest.CaptureFixture[str]) -> None:
    with progress("tiles", every=0.0) as bar:
        known, unknown = bar.add_task("a", total=3), bar.add_task("b", total=None)
        bar.advance(known)
        bar.advance(known, 2)
        bar.advance(unknown)
    lines = ["[1 of 3 tiles]", "[3 of 3 tiles]", "[1 tiles]"]
    assert capsys.readouterr() == ("", "".join(f"{line}\n" for line in lines))


def test_what_is_soon_over_says_nothing(capsys: pytest.CaptureFixture[str]) -> None:
    with progress("tiles") as bar:
        bar.advance(bar.add_task("a", total=1))
    assert capsys.readouterr() == ("", "")
