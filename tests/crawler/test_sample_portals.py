import urllib.error
import urllib.request

import pytest

from crawler.sample_portals import Answer, SamplePortals

DEMO = """
[[portals]]
key = "one"
name = "示例县人民政府"
division = "360981"
family = "generic"
address = "127.20.9.1"
column = "/nb/"
folder = "one"

[[portals]]
key = "two"
name = "示例市人民政府"
address = "127.20.9.2"
column = "/list.shtml"
folder = "two"
"""


@pytest.fixture
def folder(tmp_path):
    (tmp_path / "demo.toml").write_text(DEMO, encoding="utf-8")
    (tmp_path / "one" / "nb").mkdir(parents=True)
    (tmp_path / "one" / "nb" / "index.html").write_text("一", encoding="utf-8")
    (tmp_path / "two").mkdir()
    (tmp_path / "two" / "list.shtml").write_text("二", encoding="utf-8")
    (tmp_path / "two" / "download.jsp?id=7").write_text("三", encoding="utf-8")
    (tmp_path / "secret.txt").write_text("not served", encoding="utf-8")
    return tmp_path


def get(url, **headers):
    try:
        with urllib.request.urlopen(urllib.request.Request(url, headers=headers)) as answer:
            return answer.status, answer.read().decode(), answer.headers
    except urllib.error.HTTPError as answer:
        return answer.code, answer.read().decode(), answer.headers


def test_each_portal_is_served_on_its_own_address_and_all_on_one_port(folder):
    with SamplePortals(folder) as served:
        one, two = served.portals()
        assert (one.family, two.family, one.host, two.host) == ("generic", "auto", "127.20.9.1", "127.20.9.2")
        assert get(one.column_url)[:2] == (200, "一")
        assert get(two.column_url)[:2] == (200, "二")
        assert get(two.column_url.replace("list.shtml", "download.jsp?id=7"))[1] == "三"
        assert [(visit.address, visit.path, visit.status) for visit in served.visits][:2] == [
            ("127.20.9.1", "/nb/", 200),
            ("127.20.9.2", "/list.shtml", 200),
        ]


def test_an_unchanged_file_is_not_sent_again(folder):
    with SamplePortals(folder) as served:
        url = served.portals()[0].column_url
        headers = get(url)[2]
        assert get(url, **{"If-None-Match": headers["ETag"]})[0] == 304
        assert get(url, **{"If-Modified-Since": headers["Last-Modified"]})[0] == 304
        assert get(url, **{"If-None-Match": '"other"'})[0] == 200


def test_what_is_not_in_the_folder_is_not_there(folder):
    with SamplePortals(folder) as served:
        base = served.portals()[0].column_url
        assert get(base + "missing.html")[0] == 404
        assert get(base + "../../secret.txt")[0] == 404
        assert get(base + "%2e%2e/%2e%2e/secret.txt")[0] == 404


def test_a_test_may_answer_in_place_of_the_files(folder):
    def busy(address, path, headers):
        return Answer(503, "忙".encode()) if address == "127.20.9.2" else None

    with SamplePortals(folder, behaviour=busy) as served:
        one, two = served.portals()
        assert get(one.column_url)[0] == 200
        assert get(two.column_url)[0] == 503
