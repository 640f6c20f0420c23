"""The official forms as rows of the database, so that a page can print a table as the form does without reading data/forms."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import asdict

from extract.forms import Form


def definition(form: Form) -> str:
    """A form as JSON: its sections and tables with the dataclass fields of extract.forms, the tables in printed order."""
    return json.dumps(
        {
            "sections": [asdict(section) for section in form.sections],
            "tables": [asdict(table) for table in form.tables.values()],
        },
        ensure_ascii=False,
    )


def form_row(form: Form) -> dict[str, str | int | None]:
    """The form's row in the table `forms`."""
    return {
        "key": form.key,
        "notice": form.notice,
        "issued_on": form.issued_on.isoformat(),
        "title_zh": form.title_zh,
        "title_en": form.title_en,
        "first_year": form.first_year,
        "last_year": form.last_year,
        "definition": definition(form),
    }


def line_rows(forms: Mapping[str, Form]) -> Iterator[dict[str, str | int | None]]:
    """The codebook: every figure of every form; `comparable_with` names the forms that ask the same figure."""
    asked = {
        key: {(t.key, line.key, column.key) for t in form.tables.values() for _, line, column in t.cells()}
        for key, form in forms.items()
    }
    for key, form in forms.items():
        position = 0
        for table in form.tables.values():
            stand_ins = {other: line.key for line in table.lines for other in line.stands_for}
            for _, line, column in table.cells():
                position += 1
                address = (table.key, line.key, column.key)
                same = [other for other in asked if other != key and address in asked[other]]
                summed = [
                    f"{other}: {table.key}/{stand_ins[line.key]}/{column.key} (sum of its three rows)"
                    for other in asked
                    if other != key
                    and line.key in stand_ins
                    and (table.key, stand_ins[line.key], column.key) in asked[other]
                ]
                yield {
                    "table_key": table.key,
                    "row_key": line.key,
                    "column_key": column.key,
                    "form": key,
                    "label_zh": f"{line.label} · {column.label}",
                    "label_en": f"{line.en} · {column.en}",
                    "unit": column.unit,
                    "position": position,
                    "comparable_with": ", ".join(same + summed) or None,
                }
