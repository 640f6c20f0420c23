"""Which family a column is taken for: by the addresses of real reports, and by the marks of each family's pages."""

import pytest
from making.portals import all_portals, families
from making.portals.pages import column, said
from making.portals.serving import LocalPortal

from crawler.families import FAMILIES, Page, family_of, recognize

REAL = [
    ("trs", "http://cqlp.gov.cn/zfb/zfxxgknb/202401/t20240123_12851462.html"),
    ("trs", "https://www.hukou.gov.cn/zfb/zfxxgknb/t_7158622.html"),
    ("trs", "https://www.fuliang.gov.cn/xzf/gknb/t947244.shtml"),
    ("trs", "http://www.liunan.gov.cn/xxgk/zfxxgknb/t19700101_3441457.shtml"),
    ("trs", "https://rsj.sh.gov.cn/txxgknb_17198/20200617/t0035_1372757.html"),
    ("trs", "http://zwsjj.xianning.gov.cn/zwgk/xxgknb/202601/t20260128_4233432_app.shtml"),
    ("ucap", "http://www.jxdy.gov.cn/dyxxxgk/c102429/202401/90da02ee81d7436a916a1815a4004b51.shtml"),
    ("ucap", "http://hrbfz.gov.cn/fzx/c111797/202401/c01_961750.shtml"),
    ("ucap", "http://www.xinjiang.gov.cn/xinjiang/c113421k/202301/030a16b02304483a9c6a13c58534900f.html"),
    ("hanweb", "http://gb.shandong.gov.cn/art/2024/1/29/art_341595_41790.html"),
    ("hanweb", "https://lxs.gov.cn/lxs/zwgk/xxgkndbg/2023/szf/art/2024/art_c6c8b76aee574d2d9311aacff65ab5fe.html"),
    ("vsb", "http://fg.gov.cn/info/1648/47211.htm"),
    ("nfcms", "https://www.sz.gov.cn/cn/xxgk/ndxxgkbg/content/post_12675915.html"),
    ("longxun", "https://www.shucheng.gov.cn/public/content/37034572"),
    ("showlist", "https://ewenke.gov.cn/OpennessAnnualReport/show/7179.html"),
    ("showlist", "https://www.dongzhi.gov.cn/Xxgknb/show/616527.html?type=1"),
    (
        "hebei",
        "http://gc.gov.cn/columns/0772e821-5733-421d-82e7-f545c5729b9e/202302/13/67eb2365-22bc-45b5-be58-199b9683883a.html",
    ),
    ("generic", "http://www.liling.gov.cn/c25931/20240201/i2160361.html"),
    ("generic", "http://www.xiangyin.gov.cn/31185/32016/content_2150541.html"),
    ("generic", "https://www.xiaogan.gov.cn/c/www/2024nszfnb/390824.jhtml"),
    ("generic", "http://www.zhongjiang.gov.cn/gk/zwgk/2021zfxxgknb/2022/xzf/1575683.htm"),
]


def first_page(portal: LocalPortal) -> Page:
    answer = portal.answers.get(portal.column) or portal.answers[portal.column.partition("?")[0]]
    return Page(f"http://www.x.gov.cn{portal.column}", 200, {}, answer if isinstance(answer, str) else "")


@pytest.mark.parametrize(("family", "address"), REAL)
def test_three_reports_at_such_addresses_tell_the_family_and_are_all_listed(family, address):
    # The last digit of the address differs, as it does from one report to the next.
    place = max(n for n, character in enumerate(address) if character.isdigit())
    addresses = [address[:place] + digit + address[place + 1 :] for digit in "123"]
    lines = [(url, said(town)) for url, town in zip(addresses, ("曲江镇", "上塘镇", "拖船镇"), strict=True)]
    page = Page("http://www.x.gov.cn/nb/", 200, {}, column(lines))
    assert recognize(page).family == family
    assert [entry.url for entry in FAMILIES[family].entries(page)] == addresses


@pytest.mark.parametrize(
    ("portal", "family"),
    [
        (families.ucap_json(), "ucap"), (families.ucap_channels(), "ucap"), (families.hanweb_post(), "hanweb"),
        (families.hanweb_encrypted(), "hanweb"), (families.hanweb_jpaas(), "hanweb"), (families.gkmlpt(), "gkmlpt"),
        (families.longxun(), "longxun"), (families.showlist(), "showlist"), (families.hebei(), "hebei"),
        (families.epoint(0), "epoint"), (families.epoint_static(), "epoint"), (families.generic_table(), "generic"),
    ],
    ids=lambda value: getattr(value, "key", value),
)  # fmt: skip
def test_a_column_whose_lines_arrive_later_is_known_by_its_marks(portal, family):
    found = recognize(first_page(portal))
    assert found.family == family
    assert found.marks


def test_a_page_that_a_program_draws_is_of_no_family():
    (portal,) = [portal for portal in all_portals() if portal.key == "unknown"]
    assert recognize(Page("http://www.x.gov.cn/", 200, {}, portal.answers["/"])) is None


def test_a_pinned_family_that_sees_nothing_of_its_own_gives_way():
    page = first_page(families.hebei())
    assert family_of(page, "trs") is FAMILIES["hebei"]
    assert family_of(Page("http://www.x.gov.cn/", 200, {}, ""), "trs") is FAMILIES["trs"]
