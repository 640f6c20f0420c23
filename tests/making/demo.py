"""The sample portals of the demo: `python -m making.demo` (with PYTHONPATH=tests) writes data/demo, the same each time.

All bodies but 丰城 are made up and named so (示例…, 演示…); each made page says that it is a sample.
"""

from __future__ import annotations

import datetime
import hashlib
import shutil
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from making.damages import damage
from making.docx import write_docx
from making.fengcheng import print_fengcheng
from making.html import encode, frame, paragraphs, write_html, write_page
from making.lists import COLUMN, Item, plain_list, showlist_list, trs_list, ucap_list, vsb_list
from making.others import make_other
from making.printed import Printed, print_report
from making.report import SAMPLE_NOTE, Report, make_report
from making.samples import CITY, COUNTY, DISTRICT, FENGCHENG, ODDITIES, OTHER_COUNTY, PLAIN, Oddity, Sample

FOLDER = Path(__file__).parents[2] / "data" / "demo"
SEED = 711
Files = dict[str, bytes]

def demo_files() -> Files:
    """Every file of data/demo by its path there."""
    samples = {FENGCHENG: _fengcheng, CITY: _city, COUNTY: _county, DISTRICT: _district, OTHER_COUNTY: _other_county}
    files = {"demo.toml": _registry(samples).encode()}
    for sample, make in samples.items():
        pages = {"robots.txt": sample.robots.encode(), "index.html": _home(sample), **make(sample)}
        files |= {f"{sample.key}/{path}": content for path, content in pages.items()}
    return files


def write_demo(folder: Path = FOLDER) -> None:
    """Write the files, and nothing else, into the folder."""
    shutil.rmtree(folder, ignore_errors=True)
    for name, content in demo_files().items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)


def _registry(samples: Iterator[Sample] | Mapping[Sample, object]) -> str:
    lines = ["# The sample portals of the demo, written by tests/making/demo.py; the folders hold what they serve."]
    for sample in samples:
        division = f'division = "{sample.division}"\n' if sample.division else ""
        lines.append(
            f'[[portals]]\nkey = "{sample.key}"\nname = "{sample.name}"\n{division}family = "{sample.family}"\n'
            f'address = "{sample.address}"\ncolumn = "{sample.column}"\nfolder = "{sample.key}"\n'
        )
    return "\n".join(lines)


def _home(sample: Sample) -> bytes:
    body = f'<ul><li><a href="{sample.column}">{COLUMN}</a></li></ul>\n{paragraphs("本站为演示用样例站点。")}'
    return encode(frame(title=sample.site, site=sample.site, column="首页", body=body), "utf-8")


def series(sample: Sample) -> Iterator[tuple[Printed, Oddity]]:
    """The reports that file at a portal, body by body, each year following on the one before."""
    for body in sample.bodies:
        before: Report | None = None
        for year in sample.years:
            odd = ODDITIES.get((body, year), PLAIN)
            report = make_report(SEED, body, year, form=odd.form, previous=before, published_on=odd.published_on)
            yield damage(print_report(report), *odd.damages), odd
            before = report


def _published(printed: Printed) -> datetime.date:
    day = printed.report.published_on
    if day is None:
        raise ValueError(f"{printed.report.title} has no day of publication")
    return day


@dataclass(frozen=True, slots=True)
class _Article:
    """Where an article stands at a portal, how the list names it, where its attachment stands."""

    path: str
    href: str
    attachment: str
    attachment_href: str


def _publish(
    sample: Sample, cms: str, printed: Printed, odd: Oddity, article: _Article, charset: str = "utf-8"
) -> Files:
    """A report's page, with the report in it, attached to it, or both."""
    files: Files = {}
    links = []
    if odd.delivery != "page":
        files[article.attachment] = write_docx(damage(printed, *odd.damages_of_docx), **(odd.word or {}))
        links = [(article.attachment_href, f"{printed.title}.docx")]
    if odd.delivery == "docx":
        page = write_page(
            cms,
            title=printed.title,
            body=paragraphs(SAMPLE_NOTE, "报告全文见附件。"),
            published=f"{_published(printed)}",
            source=printed.report.issuing_body,
            site=sample.site,
            attachments=links,
            charset=charset,
        )
    else:
        page = write_html(
            printed, cms=cms, markup=odd.markup, site=sample.site, attachments=links, charset=charset
        )
    return files | {article.path: page}


def _others(sample: Sample, cms: str, charset: str = "utf-8") -> Iterator[tuple[str, datetime.date, bytes]]:
    """What stands in the column and is no report: title, day, page."""
    place = sample.name.removesuffix("人民政府")
    for number, (kind, year) in enumerate(sample.others):
        other, day = make_other(kind, place, year), datetime.date(year + 1, 2, 2 + number)
        page = write_page(
            cms,
            title=other.title,
            body=other.body,
            published=f"{day}",
            source=f"{place}演示",
            site=sample.site,
            charset=charset,
        )
        yield other.title, day, page


def _digest(text: str) -> str:
    """32 hexadecimal digits, as content systems name their files."""
    return hashlib.sha256(text.encode()).hexdigest()[:32]


def _newest_first(items: Sequence[Item]) -> list[Item]:
    return sorted(items, key=lambda item: item.published or "", reverse=True)


def _fengcheng(sample: Sample) -> Files:
    """The real report as a Word document on a page of its own; everything else in the column is made and says so."""
    printed = print_fengcheng()
    title = printed.report.title
    folder = "fcsrmzf/bjzfxxgknb"
    name = _digest(title)
    attached = f"{folder}/202402/{name}/files/{_digest(name)}.docx"
    note = "本页的页面框架为演示而制，附件为该报告的真实文本。报告全文见附件。"
    files = {
        attached: write_docx(printed),
        f"{folder}/202402/{name}.shtml": write_page(
            "ucap", title=title, body=paragraphs(note), published=None, source=sample.name, site=sample.site,
            attachments=[(f"/{attached}", f"{title}.docx")],
        ),
    }  # fmt: skip
    items = [Item(title, f"/{folder}/202402/{name}.shtml")]
    for other, day, page in _others(sample, "ucap"):
        path = f"{folder}/{day:%Y%m}/{_digest(other)}.shtml"
        files[path] = page
        items.append(Item(other, f"/{path}", f"{day}"))
    for listed in ucap_list(items, folder, site=sample.site, note="本列表为演示而制。", size=5):
        files[listed.path] = listed.content
    return files


def _city(sample: Sample) -> Files:
    """Articles at ./202401/t20240131_1001.html, attachments beside them; robots.txt forbids one of the links."""
    files: Files = {}
    items = []
    folder = sample.column.strip("/").rsplit("/", 1)[0]
    for number, (printed, odd) in enumerate(series(sample), 1001):
        day = _published(printed)
        name = f"{day:%Y%m}/t{day:%Y%m%d}_{number}.html"
        word = f"W0{day:%Y%m%d}{number:012d}.docx"
        article = _Article(f"{folder}/{name}", f"./{name}", f"{folder}/{day:%Y%m}/{word}", f"./{word}")
        files |= _publish(sample, "trs", printed, odd, article)
        items.append(Item(printed.title, article.href, f"{day}"))
    for number, (title, day, page) in enumerate(_others(sample, "trs"), 2001):
        name = f"{day:%Y%m}/t{day:%Y%m%d}_{number}.html"
        files[f"{folder}/{name}"] = page
        items.append(Item(title, f"./{name}", f"{day}"))
    forbidden = print_report(make_report(SEED, "示例市审计局", 2023))
    files["internal/202401/t20240118_3001.html"] = write_html(forbidden, cms="trs", site=sample.site)
    items.append(Item(forbidden.title, "/internal/202401/t20240118_3001.html", "2024-01-18"))
    for listed in trs_list(_newest_first(items), folder, site=sample.site, note=SAMPLE_NOTE, size=12):
        files[listed.path] = listed.content
    return files


def _county(sample: Sample) -> Files:
    """Articles at info/1025/6001.htm, attachments under /__local; pages of the column count down."""
    files: Files = {}
    items = []
    for number, (printed, odd) in enumerate(series(sample), 6001):
        digest = _digest(printed.report.title).upper()
        local = f"__local/{digest[0]}/{digest[1:3]}/{digest[3:5]}/{digest[5:]}.docx"
        article = _Article(f"info/1025/{number}.htm", f"../info/1025/{number}.htm", local, f"/{local}")
        files |= _publish(sample, "vsb", printed, odd, article)
        items.append(Item(printed.title, article.href, f"{_published(printed)}"))
    for number, (title, day, page) in enumerate(_others(sample, "vsb"), 6901):
        files[f"info/1025/{number}.htm"] = page
        items.append(Item(title, f"../info/1025/{number}.htm", f"{day}"))
    path = sample.column.strip("/").removesuffix(".htm")
    for listed in vsb_list(_newest_first(items), path, site=sample.site, note=SAMPLE_NOTE, size=10):
        files[listed.path] = listed.content
    return files


def _district(sample: Sample) -> Files:
    """A bare list of links; its older pages declare gb2312 and are gb18030."""
    files: Files = {}
    items = []
    for number, (printed, odd) in enumerate(series(sample), 8801):
        year = printed.report.report_year
        word = f"upload/{year + 1}/{number}.docx"
        article = _Article(f"content/{number}.html", f"../../content/{number}.html", word, f"/{word}")
        files |= _publish(sample, "plain", printed, odd, article, "gb2312" if year < 2022 else "utf-8")
        items.append(Item(printed.title, article.href, f"{_published(printed)}"))
    for number, (title, day, page) in enumerate(_others(sample, "plain", "gb2312"), 8901):
        files[f"content/{number}.html"] = page
        items.append(Item(title, f"../../content/{number}.html", f"{day}"))
    folder = sample.column.strip("/")
    for listed in plain_list(
        _newest_first(items), folder, site=sample.site, note=SAMPLE_NOTE, size=10, charset="gb2312"
    ):
        files[listed.path] = listed.content
    return files


def _other_county(sample: Sample) -> Files:
    """Articles of all bodies under one scheme of addresses, …/show/7101.html."""
    files: Files = {}
    items = []
    for number, (printed, odd) in enumerate(series(sample), 7101):
        path, word = f"OpennessAnnualReport/show/{number}.html", f"upload/annual/{number}.docx"
        files |= _publish(sample, "plain", printed, odd, _Article(path, f"/{path}", word, f"/{word}"))
        items.append(Item(printed.title, f"/{path}", f"{_published(printed)}"))
    for number, (title, day, page) in enumerate(_others(sample, "plain"), 7901):
        files[f"OpennessAnnualReport/show/{number}.html"] = page
        items.append(Item(title, f"/OpennessAnnualReport/show/{number}.html", f"{day}"))
    folder = sample.column.strip("/").rsplit("/", 1)[0]
    for listed in showlist_list(_newest_first(items), folder, site=sample.site, note=SAMPLE_NOTE, size=6):
        files[listed.path] = listed.content
    return files


if __name__ == "__main__":
    write_demo()
