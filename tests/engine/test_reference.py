from pathlib import Path

import pytest

from engine.reference import write_reference

PAGE = Path(__file__).parents[2] / "docs" / "reference.md"


@pytest.mark.skipif(not PAGE.exists(), reason="the documentation is not beside the tests")
def test_reference_page_is_current():
    written = PAGE.read_text(encoding="utf-8")
    assert written == write_reference(), "Run `python -m engine.reference > docs/reference.md` and commit the page."
