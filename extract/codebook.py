"""The official forms as rows of the database, so that a page can print a table as the form does without reading data/forms."""

from __future__ import annotations

import json
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
