"""Makes simplified.toml from OpenCC's table of single characters (package and licence: NOTICE).

    pip download --no-deps opencc-python-reimplemented==0.1.7 && unzip opencc*.whl
    python …/data/names/make_simplified.py opencc/dictionary/TSCharacters.txt
"""

from __future__ import annotations

import csv
import sys
from pathlib import Path

HERE = Path(__file__).parent
# Characters that Simplified text uses too, outside place names: 信息公开 pages are written in Simplified as a rule.
SHARED = set("乾於后里台干云著藉夥麽徵馀")


def main(table: Path) -> None:
    """Writes simplified.toml beside this file."""
    divisions = HERE.parent / "divisions" / "divisions.csv"
    with divisions.open(encoding="utf-8", newline="") as file:
        in_names = {character for row in csv.DictReader(file) for character in row["name"]}
    pairs = [line.split("\t") for line in table.read_text(encoding="utf-8").splitlines()]
    kept = [
        (old, new.split()[0])
        for old, new in pairs
        if len(old) == 1 and ord(old) < 0x10000 and old != new.split()[0] and old not in in_names | SHARED
    ]
    with (HERE / "simplified.toml").open("w", encoding="utf-8") as file:
        file.write("# Traditional characters and the Simplified ones in their place, made by make_simplified.py.\n")
        file.write("# Left out: characters that names of divisions are written with today (乾县), see SHARED there.\n")
        for name, column in (("traditional", 0), ("simplified", 1)):
            characters = "".join(pair[column] for pair in kept)
            lines = [characters[at : at + 50] for at in range(0, len(characters), 50)]
            file.write(f"{name} = [\n" + "".join(f'  "{line}",\n' for line in lines) + "]\n")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
