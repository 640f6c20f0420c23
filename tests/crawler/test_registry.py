import doctest
import shutil
from datetime import date
from pathlib import Path

import pytest

from crawler import registry
from crawler.portals import RegistryError, load_portals
from crawler.registry import add_portal, told_by

FOLDER = Path(__file__).parents[2] / "data" / "portals"
DAY = date(2026, 11, 22)
GAOAN = "http://www.gaoan.gov.cn/gasrmzf/xxgknb/"


@pytest.fixture
def folder(tmp_path):
    return shutil.copytree(FOLDER, tmp_path / "portals")


def test_a_column_becomes_a_line_at_the_end_of_its_provinces_file(folder):
    before = (folder / "jiangxi.toml").read_text(encoding="utf-8")
    names = ("政府信息公开年报", "高安市人民政府")
    added = add_portal(folder, GAOAN, family="trs", site_names=names, evidence="link 政府信息公开年报", today=DAY)
    after = (folder / "jiangxi.toml").read_text(encoding="utf-8")
    line = (
        '{ key = "gaoan", name = "高安市人民政府", division = "360983", family = "trs",'
        f' column_url = "{GAOAN}" }}, # found 2026-11-22: link 政府信息公开年报'
    )
    assert after == before.rstrip().removesuffix("]") + f"  {line}\n]\n"
    assert added.path == folder / "jiangxi.toml"
    assert load_portals(folder)["gaoan"] == added.portal
    assert sorted(path.name for path in folder.iterdir()) == sorted(path.name for path in FOLDER.iterdir())


@pytest.mark.parametrize(
    "url",
    [
        "http://www.jxfc.gov.cn/fcsrmzf/bjzfxxgknb/xxgk_list.shtml",
        "https://jxfc.gov.cn/fcsrmzf/bjzfxxgknb/xxgk_list.shtml",
    ],
)
def test_a_column_is_not_registered_twice(folder, url):
    with pytest.raises(RegistryError, match="registered already, as fengcheng"):
        add_portal(folder, url, site_names=("丰城市人民政府",))


def test_a_key_that_is_taken_gives_way_to_one_with_the_host(folder):
    added = add_portal(folder, "http://xxgk.fcjyj.gov.cn/nb/", site_names=("丰城市教育局",), today=DAY)
    assert (added.portal.key, added.portal.name) == ("fengcheng-fcjyj", "丰城市教育局")
    with pytest.raises(RegistryError, match="the key fengcheng is taken by 丰城市人民政府"):
        add_portal(folder, "http://xxgk.fcjyj.gov.cn/nb2/", site_names=("丰城市教育局",), key="fengcheng")


def test_nothing_is_guessed(folder):
    with pytest.raises(RegistryError, match="does not say whose it is"):
        add_portal(folder, "http://www.q.gov.cn/nb/", site_names=("首页", "政府信息公开年报"))
    with pytest.raises(RegistryError, match="通州区人民政府 governs is not certain"):
        add_portal(folder, "http://www.q.gov.cn/nb/", site_names=("通州区人民政府",))  # of Beijing, and of Nantong
    with pytest.raises(RegistryError, match="999999 is no division of today"):
        add_portal(folder, "http://www.q.gov.cn/nb/", name="某县人民政府", division="999999")
    with pytest.raises(RegistryError, match="column_url"):
        add_portal(folder, "q.gov.cn/nb/", name="丰城市人民政府", division="360981")
    assert load_portals(folder) == load_portals(FOLDER)


def test_what_a_person_says_goes_before_what_was_derived(folder):
    added = add_portal(
        folder, "http://www.q.gov.cn/nb/", site_names=("丰城市人民政府",), key="tongzhou-2", name="通州区人民政府",
        division="110112", today=DAY,
    )  # fmt: skip
    assert (added.path.stem, added.portal.key, added.portal.division) == ("beijing", "tongzhou-2", "110112")


def test_a_file_of_tables_and_a_file_that_is_not_there_yet_take_a_line_too(tmp_path):
    (tmp_path / "jiangxi.toml").write_text(
        '[[portals]]\nkey = "a"\nname = "某"\ncolumn_url = "http://a.gov.cn/"\n', encoding="utf-8"
    )
    add_portal(tmp_path, GAOAN, site_names=("高安市人民政府",), today=DAY)
    add_portal(tmp_path, "http://www.q.gov.cn/nb/", name="通州区人民政府", division="110112", today=DAY)
    assert set(load_portals(tmp_path)) == {"a", "gaoan", "tongzhou"}
    assert "# found 2026-11-22\n[[portals]]" in (tmp_path / "jiangxi.toml").read_text(encoding="utf-8")


def test_whose_site_it_is_is_taken_from_the_first_name_that_is_certain():
    assert told_by(("首页", "江西省丰城市人民政府"), GAOAN) == ("丰城市人民政府", "360981")
    assert told_by(("通州区人民政府",), "http://www.q.gov.cn/") == ("通州区人民政府", None)
    assert told_by((), GAOAN) == (None, None)


def test_the_examples_in_docstrings_hold():
    assert doctest.testmod(registry).failed == 0
