"""Parts of a run taken over by the main archive, whether they are through or were left lying by a killed process."""

from __future__ import annotations

import shutil
from collections.abc import Collection, Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from crawler.archive import Archive
from crawler.parts import Part, parts_of


@dataclass(frozen=True)
class Adopted:
    """What came of a part: the portals that are through, and where the others lead that could not be asked there."""

    finished: tuple[str, ...]
    elsewhere: Mapping[str, Collection[str]]


def take_over(main: Archive, folder: Path) -> Adopted:
    """Adopt a part and remove it. Waits a while for the process that writes it; ArchiveLocked where it goes on."""
    with Part(folder) as part:
        found = Adopted(part.finished(), part.elsewhere())
        main.adopt(folder, part.part_of)
        shutil.rmtree(folder)
    with suppress(OSError):  # others may be in it
        folder.parent.rmdir()
        folder.parents[1].rmdir()
    return found


def take_over_all(main: Archive) -> None:
    """Adopt what earlier processes left lying. Raises ArchiveLocked where one of them is still writing."""
    for folder in parts_of(main.folder):
        take_over(main, folder)
