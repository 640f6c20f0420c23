"""What titles say: kind, year, body. The titles are made here in the shapes in which real ones occur."""

import pytest

from crawler.bodies import read_body
from crawler.characters import simplified
from crawler.titles import read_title, read_title_file

REPORT = "政府信息公开工作年度报告"


@pytest.mark.parametrize(
    ("title", "body"),
    [
        (f"丰城市人民政府2023年{REPORT}", "丰城市人民政府"),
        (f"丰城市2023年{REPORT}", "丰城市人民政府"),
        (f"江西省宜春市丰城市2023年{REPORT}", "丰城市人民政府"),
        (f"洪泽区2023年{REPORT}", "淮安市洪泽区人民政府"),
        (f"淮安洪泽区2023年{REPORT}", "淮安市洪泽区人民政府"),
        (f"2022年江苏省{REPORT}", "江苏省人民政府"),
        ("2015年尚庄镇政府信息公开年报", "尚庄镇人民政府"),
        ("尚庄镇人民政府信息公开2015年年度报告", "尚庄镇人民政府"),
        (f"丰城市剑光街道2023年{REPORT}", "丰城市剑光街道办事处"),
        (f"丰城市剑光街道办2023年{REPORT}", "丰城市剑光街道办事处"),
        (f"越秀区北京街道2023年{REPORT}", "广州市越秀区北京街道办事处"),
        (f"南岗区花园街街道2020年{REPORT}", "哈尔滨市南岗区花园街街道办事处"),
        (f"东区街道办事处2022年{REPORT}", "东区街道办事处"),
        (f"海南州财政局2022年{REPORT}", "海南州财政局"),
        (f"津市市市场监督管理局2022年{REPORT}", "津市市市场监督管理局"),
        (f"宜春市生态环境局丰城分局2023年{REPORT}", "宜春市生态环境局丰城分局"),
        ("丰城市政府办2023年年报", "丰城市人民政府办公室"),
        (f"兴安盟行署办公室2022年{REPORT}", "兴安盟行政公署办公室"),
        (f"大兴安岭地区2022年{REPORT}", "大兴安岭地区行政公署"),
        (f"国家税务总局丰城市税务局2023年{REPORT}", "国家税务总局丰城市税务局"),
        (f"中华人民共和国水利部2022年{REPORT}", "水利部"),
        (f"审计署(本级)2022年{REPORT}", "审计署"),
        (f"鹤壁高新区九州路街道办事处2022年{REPORT}", "鹤壁高新区九州路街道办事处"),
        (f"平潭综合实验区2022年{REPORT}", "平潭综合实验区"),
        (f"{REPORT}（2023年）——丰城市财政局", "丰城市财政局"),
        ("2023年政府信息公开年报(丰城市教育局)", "丰城市教育局"),
        (f"丰城市教育局2023年{REPORT}_丰城市人民政府", "丰城市教育局"),
        (f"丰城市2023年{REPORT}丰城市2023年{REPORT}", "丰城市人民政府"),
        (f"丰城市丰城市教育局丰城市丰城市教育局2023年{REPORT}", "丰城市教育局"),
        (f"示例县教育局2023年{REPORT}", "示例县教育局"),
        (f"示例县2023年{REPORT}", "示例县人民政府"),
        (f"示例市示例区2023年{REPORT}", "示例市示例区人民政府"),
        (f"演示区人民政府2023年{REPORT}", "演示区人民政府"),
        (f"演示空港区2023年{REPORT}", "演示空港区"),
        ("賀蘭縣洪廣鎮2014年政府信息公開工作年度報告", "贺兰县洪广镇人民政府"),
        (f"乾县2019年{REPORT}", "乾县人民政府"),
        (f"寧夏回族自治區(qū)人民政府辦公廳2020年{REPORT}", "宁夏回族自治区人民政府办公厅"),
        (f"某镇2023年{REPORT}", None),
        (f"XX县人民政府2023年{REPORT}", None),
        (f"朝阳2020年{REPORT}", None),
        (f"2022年{REPORT}", None),
        (f"街道办事处2022年{REPORT}", None),
    ],
)
def test_names_the_issuing_body_in_full(title, body):
    assert read_title(title).issuing_body == body


@pytest.mark.parametrize(
    ("title", "year"),
    [
        (f"丰城市2023年{REPORT}", 2023),
        (f"2023年度丰城市{REPORT}", 2023),
        ("丰城市政府信息公开2009年工作报告", 2009),
        ("丰城市教育局2023政府信息公开年报", 2023),
        (f"丰城市教育局二〇二三年{REPORT}", 2023),
        (f"丰城市教育局二○二三年度{REPORT}", 2023),
        (f"丰城市教育局二零一九年度{REPORT}", 2019),
        (f"丰城市教育局２０２１年{REPORT}", 2021),
        ("丰城市2023年度政府信息公开年度年度报告.docx", 2023),
        (f"2024年1月发布丰城市2023年度{REPORT}", 2023),
        (f"[2023]丰城市{REPORT}", 2023),
        (f"2020-2021年丰城市{REPORT}", None),
        (f"丰城市20231年{REPORT}", None),
        (f"丰城市{REPORT}", None),
    ],
)
def test_reads_the_year_of_the_title(title, year):
    assert read_title(title).report_year == year


def test_never_takes_the_year_from_the_address():
    reading = read_title(f"丰城市{REPORT}", url="http://www.jxfc.gov.cn/202401/t20240129_1.html")
    assert reading.report_year is None


@pytest.mark.parametrize(
    ("title", "kind"),
    [
        (f"丰城市2023年{REPORT}", "report"),
        (f"丰城市人民政府\n2023年{REPORT}", "report"),
        (f"丰城市2023年{REPORT}（图片版）", "report"),
        ("丰城市2023年政府信息公开年报", "report"),
        ("丰城市2012年政务公开工作报告", "report"),
        ("关于2023年度政府信息公开工作情况的报告", "report"),
        ("丰城市教育局2023年年报", "report"),
        ("2023年度报告", "report"),
        (f"丰城市发展规划考核办公室2023年{REPORT}", "report"),
        (f"丰城市2023年{REPORT}(图解)", "interpretation"),
        (f"一图读懂丰城市2023年{REPORT}", "interpretation"),
        (f"《丰城市2023年{REPORT}》解读", "interpretation"),
        ("关于做好2023年度政府信息公开年报工作的通知", "notice"),
        (f"关于报送2023年{REPORT}的函", "notice"),
        ("丰城市2023年度政府信息公开年报公布情况", "filing_list"),
        ("丰城市2015年政府信息公开工作总结", "summary"),
        ("政府信息公开工作年度报告（空白表）", "template"),
        ("政府信息公开年报模板", "template"),
        ("丰城市政府信息公开工作年度报告制度", "regulation"),
        ("2023年政府信息公开工作要点", "regulation"),
        ("丰城市召开2023年政府信息公开年报编制部署会", "news"),
        ("丰城市2023年度政府网站工作年度报表", "website_report"),
        (f"各县(市、区)2023年{REPORT}", "column"),
        ("政府信息公开年报", "column"),
        ("2023年", "column"),
        ("丰城市城市投资集团2023年政府信息公开年度报告", "other"),
        ("丰城市人民医院2023年政府信息公开年度报告", "other"),
        ("2023年丰城市法治政府建设年度报告", "other"),
        ("丰城市2010年第三季度政府信息公开工作报告", "other"),
        ("定西市政府信息公开情况统计表", "other"),
        ("", "other"),
    ],
)
def test_tells_reports_from_what_stands_beside_them(title, kind):
    reading = read_title(title)
    assert reading.kind == kind
    assert reading.rule
    assert reading.is_annual_report == (kind == "report")


@pytest.mark.parametrize(
    ("title", "scope", "body_kind", "level", "division", "province"),
    [
        (f"丰城市2023年{REPORT}", "aggregate", "government", "county", "360981", "江西省"),
        (f"丰城市人民政府办公室2023年{REPORT}", "own_organ", "government_office", "county", "360981", "江西省"),
        (f"江西省教育厅2023年{REPORT}", "own_organ", "department", "province", "360000", "江西省"),
        (f"丰城市尚庄街道2023年{REPORT}", "own_organ", "township", "township", "360981", "江西省"),
        (f"南京海关2023年{REPORT}", "own_organ", "vertical", "prefecture", "320100", "江苏省"),
        (f"水利部2023年{REPORT}", "own_organ", "department", "country", "100000", None),
        (f"丰城高新区管委会2023年{REPORT}", "aggregate", "zone", None, "360981", "江西省"),
        (f"丰城市残联2023年{REPORT}", "own_organ", "other", "county", "360981", "江西省"),
        (f"2023年{REPORT}", "unknown", None, None, None, None),
        # Of a name that several places bear, only what they share is told.
        (f"通州区教育局2021年{REPORT}", "own_organ", "department", "county", None, None),
        (f"海南州2022年{REPORT}", "aggregate", "government", "prefecture", "632500", "青海省"),
        (f"南通市通州区2021年{REPORT}", "aggregate", "government", "county", "320612", "江苏省"),
        # 东湖风景区 is Wuhan's; the one 东湖区 is Nanchang's.
        (f"东湖风景区管委会2022年{REPORT}", "aggregate", "zone", None, None, None),
    ],
)
def test_places_the_body(title, scope, body_kind, level, division, province):
    r = read_title(title)
    expected = (scope, body_kind, level, division, province)
    assert (r.scope, r.body_kind, r.level, r.division, r.province) == expected


@pytest.mark.parametrize(
    ("body", "context", "division", "name"),
    [
        ("通州区教育局", {"division": "110112"}, "110112", "北京市通州区教育局"),
        ("通州区教育局", {"division": "320600"}, "320612", "南通市通州区教育局"),
        ("通州区教育局", {"division": "360981"}, None, "通州区教育局"),
        ("长安区", {"division": "130100"}, "130102", "石家庄市长安区人民政府"),
        ("鼓楼区", {"url": "http://www.nanjing.gov.cn/a.html"}, "320106", "南京市鼓楼区人民政府"),
        ("鼓楼区", {"url": "http://nanjing.example.com/a.html"}, None, "鼓楼区人民政府"),
        ("鼓楼区", {"division": "320000"}, None, "鼓楼区人民政府"),
        ("县教育局", {"division": "511724"}, "511724", "大竹县教育局"),
        ("市教育局", {"division": "320813"}, "320800", "淮安市教育局"),
        ("市市场监督管理局", {"division": "360981"}, "360981", "丰城市市场监督管理局"),
        ("市场监督管理局", {"division": "360981"}, "360981", "丰城市市场监督管理局"),
        ("自治区人民政府办公厅", {"division": "450000"}, "450000", "广西壮族自治区人民政府办公厅"),
        ("市政府办公室", {"division": "360981"}, "360981", "丰城市人民政府办公室"),
        ("市民族宗教事务局", {"division": "360981"}, "360981", "丰城市民族宗教事务局"),
        ("市政园林局", {"division": "360981"}, "360981", "丰城市市政园林局"),
        ("市城市管理局", {"division": "360981"}, "360981", "丰城市城市管理局"),
        ("综合市场管理局", {"division": "360981"}, "360981", "丰城市综合市场管理局"),
        ("教育局", {"division": "360981"}, "360981", "丰城市教育局"),
        ("丰城教育局", {"division": "360981"}, "360981", "丰城市教育局"),
        ("丰城教育局", {"division": "320600"}, None, "丰城教育局"),
        ("剑光街道", {"division": "360981"}, "360981", "丰城市剑光街道办事处"),
        ("剑光街道", {"division": "360900"}, None, "剑光街道办事处"),
        ("三河镇", {"division": "360981"}, "360981", "丰城市三河镇人民政府"),  # 三河 is a city elsewhere
        ("江西中医药管理局", {"division": "360000"}, "360000", "江西省中医药管理局"),
        ("长安镇", {"division": "441900"}, "441900", "东莞市长安镇人民政府"),
        ("昌元街道", {"url": "http://www.rongchang.gov.cn/"}, "500153", "重庆市荣昌区昌元街道办事处"),
        # nanjing also spells 南靖县, suixi both 遂溪县 and 濉溪县: left open.
        ("县教育局", {"url": "http://www.nanjing.gov.cn/"}, None, "县教育局"),
        ("建设镇", {"url": "http://www.suixi.gov.cn/"}, None, "建设镇人民政府"),
        ("示例县教育局", {"division": "360981"}, None, "示例县教育局"),
    ],
)
def test_portal_and_host_settle_what_the_name_leaves_open(body, context, division, name):
    reading = read_title(f"{body}2022年{REPORT}", **context)
    assert (reading.division, reading.issuing_body) == (division, name)


@pytest.mark.parametrize(
    ("name", "year", "division"),
    [
        ("庐江县", 2009, "341421"),
        ("庐江县", 2015, "340124"),
        ("洪泽县", 2014, "320829"),
        ("香坊区", 2015, "230110"),
        ("襄樊市", 2009, "420600"),
    ],
)
def test_the_year_chooses_among_codes_of_one_name(name, year, division):
    assert read_title(f"{name}{year}年{REPORT}").division == division


@pytest.mark.parametrize(
    ("name", "identity"),
    [
        ("临夏州水务局", "临夏回族自治州水务局"),
        ("三都县", "三都水族自治县人民政府"),
        ("科右前旗教育局", "科尔沁右翼前旗教育局"),
        ("襄樊市教育局", "襄阳市教育局"),
        ("丰城高新区管委会", "丰城高新区管理委员会"),
        ("丰城市高新区", "丰城高新区管理委员会"),
        ("南京海关", "南京海关"),
        ("亳州市利辛县阚疃镇", "利辛县阚疃镇人民政府"),
    ],
)
def test_one_body_has_one_identity_however_it_is_written(name, identity):
    assert read_body(name, 2022).identity == identity


@pytest.mark.parametrize(
    ("title", "publisher", "body"),
    [
        (f"2023年{REPORT}", "丰城市教育局", "丰城市教育局"),
        (f"建设镇2023年{REPORT}", "遂溪县建设镇人民政府", "遂溪县建设镇人民政府"),
        (f"丰城市教育局2023年{REPORT}", "丰城市人民政府办公室", "丰城市教育局"),
        (f"2023年{REPORT}", "本站", None),
        (f"2023年{REPORT}", "信息中心", None),
    ],
)
def test_the_publisher_speaks_only_where_the_title_names_no_body(title, publisher, body):
    assert read_title(title, publisher=publisher).issuing_body == body


def test_says_what_decided():
    reading = read_title(f"通州区教育局2021年{REPORT}", division="320600")
    assert reading.evidence[0] == "place 通州区"
    assert "南通市" in reading.evidence[1]


def test_writes_simplified_but_leaves_place_names_of_today():
    assert simplified("瀋陽市２０２３年，乾县") == "沈阳市2023年,乾县"


def test_reads_a_file_of_titles_in_its_order(tmp_path):
    file = tmp_path / "titles.tsv"
    file.write_text(f"url\ttitle\nhttp://a.gov.cn/\t丰城市2023年{REPORT}\n\t《某县》\\t年报模板\n", encoding="utf-8")
    first, second = read_title_file(file)
    assert (first["is_annual_report"], first["issuing_body"], first["report_year"]) == (True, "丰城市人民政府", 2023)
    assert (first["province"], second["is_annual_report"], second["issuing_body"]) == ("江西省", False, None)


def test_a_file_without_titles_is_refused(tmp_path):
    (tmp_path / "x.tsv").write_text("a\tb\n1\t2\n", encoding="utf-8")
    with pytest.raises(KeyError, match="title"):
        list(read_title_file(tmp_path / "x.tsv"))


ZONE = "丰城高新技术产业开发区管理委员会"


@pytest.mark.parametrize(
    ("body", "name", "division"),
    [
        ("财政局", "丰城高新技术产业开发区财政局", "360981"),
        ("党政办公室", "丰城高新技术产业开发区党政办公室", "360981"),
        ("管委会", "丰城高新技术产业开发区管委会", "360981"),
        ("市财政局", "丰城市财政局", "360981"),
        ("丰城市教育局", "丰城市教育局", "360981"),
        # The zone's or the county's: not guessed.
        ("区财政局", "区财政局", None),
        ("建新镇", "建新镇", None),
    ],
)
def test_a_department_on_a_zones_portal_is_the_zones(body, name, division):
    told = read_title(f"{body}2023年政府信息公开工作年度报告", division="360981", portal_name=ZONE)
    assert (told.issuing_body, told.division, told.kind) == (name, division, "report")


@pytest.mark.parametrize("portal", ["丰城市人民政府", "上海市浦东新区人民政府", "丰城市财政局", "不知何处"])
def test_a_portal_that_is_no_zones_changes_nothing(portal):
    title = "财政局2023年政府信息公开工作年度报告"
    assert read_title(title, division="360981", portal_name=portal) == read_title(title, division="360981")


def test_a_zone_that_the_lists_do_not_have_lies_where_its_portal_does():
    told = read_title("管委会2023年政府信息公开工作年度报告", division="610000", portal_name="西咸新区管理委员会")
    assert (told.issuing_body, told.scope, told.division) == ("西咸新区管委会", "aggregate", "610000")
