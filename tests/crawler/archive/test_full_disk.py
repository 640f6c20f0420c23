"""A disk that is full, and one that cannot be written: one clear line, exit 1, and nothing archived is lost."""

import os
import random
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import pytest
from click.testing import CliRunner
from making.crawls import PATIENCE, ROOT, links, report, write_portals
from making.warm import Crawling

import nianbao
from crawler.archive import Archive
from crawler.archive.store import SETTING
from crawler.archive.verifying import verify
from crawler.portals import Portal
from crawler.sample_portals import SamplePortals

PAGES = 10
ROOM = 500 << 10  # bytes: for the index and some of the pages


@dataclass(frozen=True)
class Disk:
    """A small disk: a file system of its own where we may mount one, else a limit on the length of files."""

    folder: Path
    mounted: bool

    def fill(self) -> None:
        """Leave not a byte."""
        with suppress(OSError), (self.folder / "filler").open("wb", buffering=0) as file:
            while True:
                file.write(bytes(512))

    def mount(self, options: str) -> None:
        subprocess.run(["mount", "-o", f"remount,{options}", str(self.folder)], check=True)


@pytest.fixture
def disk(tmp_path) -> Iterator[Disk]:
    folder = tmp_path / "data"
    folder.mkdir()
    line = ["mount", "-t", "tmpfs", "-o", f"size={ROOM}", "tmpfs", str(folder)]
    mounted = os.geteuid() == 0 and subprocess.run(line, capture_output=True, check=False).returncode == 0
    yield Disk(folder, mounted)
    if mounted:
        subprocess.run(["umount", "--lazy", str(folder)], check=True)


@pytest.fixture(scope="module")
def large_pages(tmp_path_factory) -> Path:
    paths = [f"/nb/202401/t20240115_4400{n:02}.html" for n in range(PAGES)]
    noise = random.Random(1)
    pages = {path: f"<p>{path}</p>{noise.randbytes(40000).hex()}" for path in paths}
    listed = links(*(report(path, f"示例县{n}局") for n, path in enumerate(paths)))
    column = {"family": "trs", "column": "/nb/", "pages": {"/nb/index.html": listed, **pages}}
    return write_portals(tmp_path_factory.mktemp("portals"), flat=column)


def crawl(disk: Disk, portal: Portal, *, full: bool = False, store: str = "") -> tuple[int, str]:
    """How the command ended, and what it said."""
    arguments = ["--data", str(disk.folder), "crawl", "--column", portal.column_url, "--delay", "0"]
    if full and not disk.mounted:
        line = ["prlimit", f"--fsize={ROOM // 2}", sys.executable, "-m", "nianbao", *arguments]
        done = subprocess.run(line, cwd=ROOT, capture_output=True, text=True, timeout=PATIENCE, check=False)
        return done.returncode, done.stdout + done.stderr
    process = Crawling("run_command", [arguments], {SETTING: store})
    out, err = process.communicate(timeout=PATIENCE)
    return process.returncode, out + err


def test_a_full_disk_ends_a_crawl_with_one_line_and_the_next_one_goes_on(disk, large_pages, tmp_path):
    with SamplePortals(large_pages) as served:
        (portal,) = served.portals()
        code, said = crawl(disk, portal, full=True)
        assert (code, said.count("\n")) == (1, 1), said
        assert said.startswith(f"nianbao: the archive cannot be written: {disk.folder}/archive/"), said
        first = [visit.path for visit in served.visits]
        archive = disk.folder / "archive"
        assert list(verify(archive)) == []
        with Archive(archive) as opened:
            kept = [capture.url for capture in opened.captures() if opened.exchange(capture).body]
            assert 2 < len(kept) < PAGES
        if disk.mounted:
            disk.fill()
            result = CliRunner().invoke(nianbao.main, ["--data", str(disk.folder), "build"])
            assert (result.exit_code, result.stderr.count("\n")) == (1, 1), result.output
            assert result.stderr.startswith("nianbao: nothing was published: ")
            disk.mount("size=16m")
        store = tmp_path / "store"
        code, said = crawl(disk, portal, store=f"file://{store}")
        (stored,) = store.iterdir()  # a finished run puts its files there by itself
        assert (code, said) == (0, f"file://{stored}\n")
        again = [visit.path for visit in served.visits[len(first) :]]
    twice = [path for path, count in Counter([*first, *again]).items() if count > 1]
    assert len(twice) <= 2  # the one whose answer could not be kept, and one that was under way
    assert not set(twice) & {url.partition(portal.host)[2].partition("/")[2] for url in kept}
    assert list(verify(archive)) == []
    with Archive(archive) as opened:
        assert {c.url for c in opened.captures()} > set(kept)
        assert sum(1 for c in opened.captures() if c.role == "report" and opened.exchange(c).body) == PAGES


def test_a_folder_that_cannot_be_written_is_told_in_one_line(disk, large_pages, tmp_path):
    (disk.folder / "archive").mkdir()
    if disk.mounted:
        disk.mount("ro")
    else:
        (disk.folder / "archive").chmod(0o555)
        disk.folder.chmod(0o555)
    try:
        code, said = crawl(disk, Portal("x", "x", None, "auto", "http://127.20.8.98:9/nb/"))
        assert (code, said.count("\n")) == (1, 1), said
        assert said.startswith("nianbao: the archive cannot be written: ")
        assert str(disk.folder) in said
        for command in ("build",), ("archive", "verify", "--repair"):
            result = CliRunner().invoke(nianbao.main, ["--data", str(disk.folder), *command])
            assert (result.exit_code, result.stderr.count("\n")) == (1, 1), result.output
            assert str(disk.folder) in result.stderr
    finally:
        if not disk.mounted:
            disk.folder.chmod(0o755)
