from pathlib import Path

import pytest

from crawler.portals import Portal, RegistryError, load_portals

FENGCHENG = """
[[portals]]
key = "fengcheng"
name = "丰城市人民政府"
division = "360981"
family = "ucap"
column_url = "http://www.jxfc.gov.cn/fcsrmzf/bjzfxxgknb/xxgk_list.shtml"
"""


def registry(folder: Path, **files: str) -> Path:
    for name, text in files.items():
        (folder / f"{name}.toml").write_text(text, encoding="utf-8")
    return folder


def line(**entries: str) -> str:
    known = {"key": "x", "name": "某市人民政府", "column_url": "http://www.x.gov.cn/nb/"} | entries
    return "[[portals]]\n" + "\n".join(f'{name} = "{value}"' for name, value in known.items())


def test_a_line_of_the_registry_becomes_a_portal(tmp_path):
    assert load_portals(registry(tmp_path, jiangxi=FENGCHENG))["fengcheng"] == Portal(
        "fengcheng", "丰城市人民政府", "360981", "ucap", "http://www.jxfc.gov.cn/fcsrmzf/bjzfxxgknb/xxgk_list.shtml"
    )


@pytest.mark.parametrize(
    ("entries", "complaint"),
    [
        ({"family": "ucapp"}, "jiangxi.toml: x: unknown family 'ucapp' (known: auto, epoint, "),
        ({"column_url": "www.x.gov.cn/nb/"}, "jiangxi.toml: x: column_url 'www.x.gov.cn/nb/' must be"),
        ({"column_url": "http://[x/nb/"}, "jiangxi.toml: x: column_url"),
        ({"column_url": "http://x.gov.cn:port/nb/"}, "jiangxi.toml: x: column_url"),
        ({"division": "3609"}, "jiangxi.toml: x: division '3609' must be six digits"),
        ({"name": " "}, "jiangxi.toml: x: name ' '"),
        ({"key": "Feng Cheng"}, "jiangxi.toml: Feng Cheng: key 'Feng Cheng'"),
        ({"famliy": "ucap"}, "jiangxi.toml: x: unknown entry famliy (known: "),
    ],
)
def test_a_wrong_value_is_named_with_file_and_portal(tmp_path, entries, complaint):
    with pytest.raises(RegistryError) as refusal:
        load_portals(registry(tmp_path, jiangxi=line(**entries)))
    assert complaint in str(refusal.value)
    assert "\n" not in str(refusal.value)


@pytest.mark.parametrize(
    ("options", "complaint"),
    [
        ("depth = 0", "options.depth 0 must be"),
        ("columns = true", "options.columns True must"),
        ("fruitless = 'x'", "options.fruitless 'x'"),
    ],
)
def test_a_bound_is_a_whole_number_above_nought(tmp_path, options, complaint):
    with pytest.raises(RegistryError) as refusal:
        load_portals(registry(tmp_path, jiangxi=f"{line()}\noptions = {{ {options} }}"))
    assert f"jiangxi.toml: x: {complaint}" in str(refusal.value)


def test_a_key_that_two_files_use_names_both(tmp_path):
    with pytest.raises(RegistryError, match=r"jiangxi\.toml: x: this key stands in .*anhui\.toml already"):
        load_portals(registry(tmp_path, anhui=line(), jiangxi=line()))


def test_a_file_that_is_no_toml_is_named(tmp_path):
    with pytest.raises(RegistryError, match=r"jiangxi\.toml: cannot be read"):
        load_portals(registry(tmp_path, jiangxi="portals = ["))


def test_only_government_hosts_and_those_that_the_portal_lists_may_be_asked():
    portal = Portal("x", "某市人民政府", None, "auto", "http://127.20.0.1:8000/nb/", hosts=("cdn.example.com",))
    assert portal.may_ask("http://127.20.0.1:9999/")
    assert portal.may_ask("https://WWW.X.GOV.CN./nb/")
    assert portal.may_ask("http://cdn.example.com/a.pdf")
    assert not portal.may_ask("http://example.com/gov.cn/")
    assert not portal.may_ask("http://x-gov.cn/")
    assert not portal.may_ask("http://x.gov.cn.example.net/")
    assert not portal.may_ask("ftp://x.gov.cn/a.pdf")
    assert not portal.may_ask("http://[/")
