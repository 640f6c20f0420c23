"""Adding to the registry: a column that was found becomes a line of data/portals/<province>.toml, with its reason."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from crawler.bodies import read_body
from crawler.divisions import COUNTRY, Division, load_divisions, province_of
from crawler.families.twins import place_of
from crawler.places import whereabouts
from crawler.portals import AUTO, Portal, RegistryError, host_of, load_portals, read_portals

NAMELESS_LABELS = frozenset({"www", "gov", "cn", "com", "xxgk", "zwgk", "zfxxgk", "zyk", "gk", "szf", "zf"})
CENTRAL = "central"


@dataclass(frozen=True)
class Added:
    """A line that was written: where, and as which portal."""

    path: Path
    portal: Portal


def add_portal(
    folder: Path,
    column_url: str,
    *,
    family: str = AUTO,
    site_names: Iterable[str] = (),
    evidence: str = "",
    key: str | None = None,
    name: str | None = None,
    division: str | None = None,
    today: date | None = None,
) -> Added:
    """Write the registry line of a column. What is not given is derived, where it is certain.

    Name and division come from what the site calls itself, the key from the place. Raises RegistryError where the
    column or the key is registered already, where name or division is not certain, and where the line would be wrong.
    """
    known = load_portals(folder)
    for other in known.values():
        if place_of(other.column_url) == place_of(column_url):
            raise RegistryError(f"{column_url}: this column is registered already, as {other.key} ({other.column_url})")
    own_name, own_division = told_by(site_names, column_url)
    name, division = name or own_name, division or own_division
    if name is None:
        raise RegistryError(f"{column_url}: the site does not say whose it is: give --name")
    if division is None:
        raise RegistryError(f"{column_url}: which division {name} governs is not certain: give --division")
    place = load_divisions().get(division)
    if place is None or place.valid_to is not None:
        raise RegistryError(f"{column_url}: {division} is no division of today")
    key = key or key_for(place, column_url, known)
    if key in known:
        raise RegistryError(f"{column_url}: the key {key} is taken by {known[key].name}: give another with --key")
    portal = Portal(key, name, division, family, column_url)
    reason = f"found {(today or date.today()).isoformat()}" + (f": {evidence}" if evidence else "")
    path = folder / f"{province_file(place)}.toml"
    _write(path, registry_line(portal, reason), portal)
    return Added(path, portal)


def told_by(site_names: Iterable[str], url: str) -> tuple[str | None, str | None]:
    """Name and division of the first government that a site names itself after; None where that is not certain.

    >>> told_by(("政府信息公开年报", "丰城市人民政府"), "http://www.jxfc.gov.cn/nb/")
    ('丰城市人民政府', '360981')
    """
    where, name = whereabouts(url, None), None
    for said in site_names:
        body = read_body(said, None, where)
        if body and body.kind != "enterprise" and body.division:
            return body.name, body.division
        if body and body.kind == "government":
            name = name or body.name
    return name, None


def key_for(place: Division, url: str, taken: Mapping[str, Portal]) -> str:
    """A key from the place's name in letters, or from the host where that is taken.

    >>> key_for(load_divisions()["360981"], "http://www.jxfc.gov.cn/nb/", {})
    'fengcheng'
    """
    labels = [label for label in host_of(url).split(".") if label not in NAMELESS_LABELS]
    province = load_divisions().get(f"{place.code[:2]}0000")
    spelt = re.sub(r"[^a-z0-9]+", "", place.pinyin)
    tries = [spelt, *(f"{spelt}-{label}" for label in labels), f"{spelt}-{province.pinyin}" if province else ""]
    return next((each for each in tries if each and each not in taken), tries[0])


def province_file(place: Division) -> str:
    """The name of the file that holds the portals of a division.

    >>> province_file(load_divisions()["360981"]), province_file(load_divisions()["610000"])
    ('jiangxi', 'shaanxi')
    """
    if place.code == COUNTRY or province_of(place.code) is None:
        return CENTRAL
    return load_divisions()[f"{place.code[:2]}0000"].pinyin


def registry_line(portal: Portal, reason: str) -> str:
    """The portal as a line of a registry file, with the reason for it behind.

    >>> print(registry_line(Portal("x", "某市人民政府", "360900", "trs", "http://x.gov.cn/nb/"), "found 2026-11-22"))
    { key = "x", name = "某市人民政府", division = "360900", family = "trs", column_url = "http://x.gov.cn/nb/" }, # found 2026-11-22
    """
    fields = {"key": portal.key, "name": portal.name, "division": portal.division, "family": portal.family,
              "column_url": portal.column_url}  # fmt: skip
    # A TOML string is a JSON string here: quotes, backslashes and controls are escaped alike.
    inside = ", ".join(f"{field} = {json.dumps(value, ensure_ascii=False)}" for field, value in fields.items() if value)
    return f"{{ {inside} }}, # {' '.join(reason.split())}"


def _write(path: Path, line: str, portal: Portal) -> None:
    """Put the line at the end of the file's list; the file is only replaced by one that reads back as meant."""
    text = path.read_text(encoding="utf-8") if path.exists() else "portals = [\n]\n"
    end = text.rstrip().rfind("]") if re.search(r"^portals = \[", text, re.M) else -1
    if end >= 0 and text[end:].strip() == "]":
        text = f"{text[:end].rstrip()}\n  {line}\n]\n"
    else:  # a file of [[portals]] tables
        inside, _, reason = line.partition(" }, # ")
        table = re.sub(r", (?=(?:name|division|family|column_url) = )", "\n", inside.removeprefix("{ "))
        text = f"{text.rstrip()}\n\n# {reason}\n[[portals]]\n{table}\n"
    beside = path.with_suffix(".new")  # not .toml: nobody must read it as part of the registry
    beside.write_text(text, encoding="utf-8")
    try:
        if portal not in read_portals(beside):
            raise RegistryError(f"{path}: the line could not be added so that it reads back: {line}")
        beside.replace(path)
    finally:
        beside.unlink(missing_ok=True)
