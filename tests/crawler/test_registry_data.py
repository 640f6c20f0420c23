"""The registry as it is tracked: every line can be crawled as it stands."""

import tomllib
from pathlib import Path

import pytest

from crawler.divisions import load_divisions
from crawler.portals import Portal, load_portals

FOLDER = Path(__file__).parents[2] / "data" / "portals"
PORTALS = load_portals(FOLDER)
PROVINCES = {division.code[:2]: division for division in load_divisions().values() if division.level == "province"}


def test_fengcheng_stands_first_with_the_address_that_its_report_prints():
    first = tomllib.loads((FOLDER / "jiangxi.toml").read_text(encoding="utf-8"))["portals"][0]
    assert first["key"] == "fengcheng"
    assert PORTALS["fengcheng"] == Portal(
        "fengcheng", "丰城市人民政府", "360981", "ucap", "http://www.jxfc.gov.cn/fcsrmzf/bjzfxxgknb/xxgk_list.shtml"
    )


def test_no_column_is_crawled_twice():
    columns = [portal.column_url.split("://")[1].removeprefix("www.") for portal in PORTALS.values()]
    assert len(columns) == len(set(columns))


def test_every_province_with_portals_has_its_own_file():
    assert len(PORTALS) > 150
    assert len({portal.division[:2] for portal in PORTALS.values() if portal.division}) >= 30


@pytest.mark.parametrize("portal", PORTALS.values(), ids=lambda portal: portal.key)
def test_every_host_is_a_government_one(portal):
    # A host outside gov.cn needs a reason in the file and a line here.
    assert portal.host.endswith(".gov.cn")


@pytest.mark.parametrize("path", sorted(FOLDER.glob("*.toml")), ids=lambda path: path.stem)
def test_every_division_is_a_place_of_today_in_the_file_of_its_province(path):
    for line in tomllib.loads(path.read_text(encoding="utf-8"))["portals"]:
        if "division" not in line:
            continue
        division = load_divisions()[line["division"]]
        assert division.valid_to is None, line["key"]
        spelling = PROVINCES[division.code[:2]].pinyin if division.level != "country" else "central"
        assert spelling == path.stem, line["key"]


def test_only_what_no_government_leads_is_without_a_division():
    assert {key for key, portal in PORTALS.items() if portal.division is None} == {"bingtuan-fgw"}
