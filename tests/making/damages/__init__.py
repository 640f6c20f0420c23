"""What goes wrong in real reports, as named changes of a printed one; each also says what is then true.

`damage(printed, "blank_cells", "wrong_total", seed=3)` applies them in that order. Those of `structure` lay tables out
anew, so name them first. A damage that finds nothing to change raises ValueError: a test of nothing is none.
"""

from __future__ import annotations

import random
from collections.abc import Mapping
from dataclasses import replace

from making.damages.cells import CELLS
from making.damages.labels import LABELS
from making.damages.structure import STRUCTURE
from making.damages.wording import HEADINGS, WORDING
from making.printed import Damage, Printed

DAMAGES: Mapping[str, Damage] = {**STRUCTURE, **LABELS, **HEADINGS, **CELLS, **WORDING}
# Those that only the form of that key gives occasion for.
ONLY_ON = {
    "2019": {"procurement_in_yuan", "changes_in_words", "changes_with_sign"},
    "2021": {
        "single_other_handling", "old_label_of_documents", "character_lost_in_head", "character_lost_in_last_head",
        "year_in_head", "space_in_head", "phantom_cells", "fees_with_unit", "fees_in_yuan",
    },
}  # fmt: skip


def damage(printed: Printed, *names: str, seed: int = 0) -> Printed:
    """The report with these damages, the same for the same seed. Raises KeyError for an unknown name."""
    for name in names:
        damaged = DAMAGES[name](printed, random.Random(f"{name} {seed}"))
        if damaged.parts == printed.parts:
            raise ValueError(f"{name} changes nothing in {printed.report.title}")
        printed = replace(damaged, damages=(*damaged.damages, name))
    return printed
