"""Administrative divisions: names to codes, parents, history."""

import pytest

from crawler.divisions import chain, load_divisions, named, province_of, spellings


@pytest.mark.parametrize(
    ("name", "codes"),
    [
        ("丰城市", ["360981"]),
        ("丰城", ["360981"]),
        ("通州区", ["110112", "320612"]),
        ("长安区", ["130102", "610116"]),
        ("鼓楼区", ["320106", "320302", "350102", "410204"]),
        ("海南州", ["632500"]),
        ("克州", ["653000"]),
        ("襄樊市", ["420600"]),
        ("西藏自治区", ["540000"]),
        ("广西自治区", ["450000"]),
        ("高新区", []),
    ],
)
def test_finds_every_division_of_a_name(name, codes):
    assert [division.code for division in named(name)] == codes


def test_every_chain_of_parents_ends_at_a_province():
    divisions = load_divisions()
    ends = {chain(code)[-1].level for code, division in divisions.items() if division.level != "country"}
    assert ends == {"province"}


def test_has_the_34_provincial_units_and_all_counties_of_today():
    today = [division for division in load_divisions().values() if division.valid_to is None]
    assert sum(division.level == "province" for division in today) == 34
    assert sum(division.level == "prefecture" for division in today) == 333
    assert 2840 <= sum(division.level == "county" for division in today) <= 2860


def test_a_county_that_became_a_district_names_its_successor():
    hongze = load_divisions()["320829"]
    assert (hongze.name, hongze.valid_to, hongze.successor) == ("洪泽县", 2015, "320813")
    assert load_divisions()["320813"].valid_from == 2016


def test_every_successor_is_a_division_that_lasted_longer():
    divisions = load_divisions()
    for division in divisions.values():
        if division.successor:
            after = divisions[division.successor].valid_to
            assert after is None or after > (division.valid_to or 0), division


def test_every_division_that_ended_since_reports_exist_says_where_it_went():
    # 九里区 and 蝶山区 were shared out, 邯郸县 too: none of the heirs is the one.
    lost = {d.name for d in load_divisions().values() if (d.valid_to or 0) >= 2008 and not d.successor}
    assert lost == {"九里区", "蝶山区", "邯郸县"}


def test_existed_in_gives_the_year_of_change_to_both():
    before, after = load_divisions()["320829"], load_divisions()["320813"]
    assert before.existed_in(2016) and after.existed_in(2016)
    assert not before.existed_in(2018) and not after.existed_in(2013)


@pytest.mark.parametrize(
    ("code", "province"), [("360981", "江西省"), ("500153", "重庆市"), ("100000", None), ("990000", None)]
)
def test_tells_the_province_of_a_code(code, province):
    assert province_of(code) == province


def test_zones_and_headings_of_the_list_are_no_divisions():
    names = {division.name for division in load_divisions().values()}
    assert not names & {"市辖区", "县", "苏州工业园区", "省直辖县级行政区划"}


@pytest.mark.parametrize(
    ("spelling", "name"), [("shaanxi", "陕西省"), ("rongchang", "荣昌区"), ("chongqing", "重庆市")]
)
def test_knows_how_places_spell_themselves(spelling, name):
    assert name in {division.name for division in spellings()[spelling]}
