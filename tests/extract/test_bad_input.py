from __future__ import annotations

import pytest
from making import bad

from extract import readers
from extract.document import UnreadableDocument
from extract.reading import read_report


@pytest.mark.parametrize(
    ("payload", "kind"),
    [
        (bad.empty_file(), "damaged"),
        (bad.truncated_docx(), "damaged"),
        (bad.docx_with_broken_xml(), "damaged"),
        (bad.noise(), "unreadable"),
    ],
    ids=["empty", "truncated", "broken xml", "noise"],
)
def test_what_cannot_be_read_says_why(payload: bytes, kind: str) -> None:
    with pytest.raises(UnreadableDocument) as refused:
        readers.read(payload)
    assert refused.value.kind == kind
    assert refused.value.detail


@pytest.mark.parametrize(
    "payload",
    [
        bad.page_without_report(),
        bad.page_of_deep_nesting(),
        bad.page_with_huge_spans(),
        bad.error_page_with_status_200(),
        bad.docx_that_is_no_report(),
        bad.blank_form(),
    ],
    ids=["no report", "deep", "spans", "soft 404", "docx", "blank form"],
)
def test_what_is_no_report_gives_no_figure(payload: bytes) -> None:
    reading = read_report(readers.read(payload))
    assert reading.head.why_not
    assert reading.facts == () and [issue.kind for issue in reading.issues] == ["not_a_report"]
