import pytest

from crawler.attachments import attachments
from crawler.families import Page
from crawler.families.page import FILE_SUFFIXES

URL = "http://www.x.gov.cn/nb/202401/t20240115_1.html"
LONG = "新收政府信息公开申请54件。" * 20


def found(body: str) -> list[tuple[str, str]]:
    return [(file.title, file.url) for file in attachments(Page(URL, 200, {}, f"<html><body>{body}</body></html>"))]


@pytest.mark.parametrize("suffix", [s.removeprefix(".") for s in FILE_SUFFIXES])
def test_a_link_to_a_file_is_an_attachment(suffix):
    name = f"W020240115500000000000.{suffix}"
    assert found(f'<a href="./{name}">附件：年报.{suffix}</a>') == [
        (f"附件：年报.{suffix}", f"http://www.x.gov.cn/nb/202401/{name}")
    ]


@pytest.mark.parametrize(
    "href",
    [
        "/system/_content/download.jsp?urltype=news.DownloadAttachUrl&owner=1&wbfileid=2",
        "/module/download/downfile.jsp?classid=0&filename=0a1b.pdf",
    ],
)
def test_a_download_address_without_a_suffix_is_an_attachment(href):
    assert found(f'<a href="{href}">年报</a>') == [("年报", f"http://www.x.gov.cn{href}")]


def test_a_link_whose_text_names_a_file_is_an_attachment():
    assert found('<a href="/attach/0/778899">2023年年报.docx</a>') == [("2023年年报.docx", "http://www.x.gov.cn/attach/0/778899")]


def test_the_file_that_a_viewer_shows_is_the_attachment():
    body = '<iframe src="/pdfjs/web/viewer.html?file=%2Fattach%2Fx.pdf"></iframe><embed src="y.pdf">'
    assert [url for _, url in found(body)] == ["http://www.x.gov.cn/attach/x.pdf", "http://www.x.gov.cn/nb/202401/y.pdf"]


def test_each_file_is_named_once_and_the_pages_furniture_not_at_all():
    body = '<header><a href="/help.pdf">使用帮助</a></header><a href="a.pdf">a</a><a href="a.pdf">again</a>'
    assert [url for _, url in found(body)] == ["http://www.x.gov.cn/nb/202401/a.pdf"]


def test_pictures_count_where_the_article_has_hardly_any_text():
    pictures = '<img src="1.jpg"><img src="2.jpg">'
    assert [url for _, url in found(f'<div class="TRS_Editor">{pictures}</div><img src="logo.png">')] == [
        "http://www.x.gov.cn/nb/202401/1.jpg",
        "http://www.x.gov.cn/nb/202401/2.jpg",
    ]
    assert found(f'<div class="TRS_Editor">{LONG}{pictures}</div>') == []


def test_pictures_that_load_late_have_their_address_kept_apart():
    late = '<div id="zoom"><img src="/load.gif" data-original="1.jpg"><img data-src="2.jpg"></div>'
    assert [url for _, url in found(late)] == ["http://www.x.gov.cn/nb/202401/1.jpg", "http://www.x.gov.cn/nb/202401/2.jpg"]


def test_a_file_behind_a_click_is_an_attachment():
    clicked = """<a href="javascript:;" onclick="window.open('/files/nb.docx')">下载</a>"""
    assert found(clicked) == [("下载", "http://www.x.gov.cn/files/nb.docx")]


def test_a_page_in_a_frame_is_the_report_where_the_page_around_it_says_hardly_anything():
    frame = '<iframe src="/attach/nb2023.html"></iframe><iframe src="http://player.example.org/"></iframe>'
    assert [url for _, url in found(frame)] == ["http://www.x.gov.cn/attach/nb2023.html"]
    assert found(f"<p>{LONG * 4}</p>{frame}") == []


def test_files_and_pictures_of_a_gkmlpt_report_stand_in_its_script():
    content = '<p><a href=\\"/attachment/0/1.docx\\">附件</a><img src=\\"/attachment/0/2.png\\"></p>'
    script = f'<script>window._CONFIG = {{"DETAIL": {{"content": "{content}"}}}};</script>'
    assert [url for _, url in found(script)] == [
        "http://www.x.gov.cn/attachment/0/1.docx",
        "http://www.x.gov.cn/attachment/0/2.png",
    ]
