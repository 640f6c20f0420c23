"""Whole crawls of small portals, each in a process of its own; what was asked is read off the portals' own log."""

import json
import sys
from collections.abc import Sequence
from pathlib import Path

from crawler.archive import Archive, Capture
from crawler.discovery import Finding
from crawler.portals import Portal
from crawler.sample_portals import Visit
from making.warm import Crawling

ROOT = Path(__file__).resolve().parents[2]
PATIENCE = 60  # seconds until a test gives up on a process that hangs


def run_crawl(described: list[dict], archive: str, changed: dict[str, object]) -> None:
    """A crawl as the program of a process of its own; prints what it came to. `changed` are settings."""
    from crawler import settings
    from crawler.archive import ArchiveError
    from crawler.run import crawl

    for name, value in changed.items():
        assert hasattr(settings, name), name
        setattr(settings, name, value)
    portals = [Portal(**line) for line in described]
    try:
        result = crawl(portals, Path(archive), delay=0, show_progress=False)
    except ArchiveError as problem:
        sys.exit(f"{type(problem).__name__}: {problem}")
    counts = {name: sum(getattr(p.run, name) for p in result.portals) for name in ("unchanged", "requested")}
    said = {p.run.portal: p.reason or "" for p in result.portals}
    verdicts = {p.run.portal: p.run.verdict for p in result.portals}
    told = {"run_id": result.run_id, "verdict": result.verdict, "finished": result.finished, "reasons": result.reasons}
    print(json.dumps(told | {"portals": verdicts, "said": said} | counts))


def run_part(described: list[dict], folder: str, estates: list[str]) -> None:
    """The crawl of a part of a run as the program of a process of its own."""
    from crawler.run import crawl_part

    crawl_part([Portal(**line) for line in described], Path(folder), delay=0, estates=estates)


def run_discover(homes: list[str], archive: str) -> None:
    """A discovery as the program of a process of its own; prints its findings."""
    from crawler.run import discover

    _print_findings(discover(homes, Path(archive), delay=0, show_progress=False))


def run_check(described: list[dict], archive: str) -> None:
    """A check of portals as the program of a process of its own; prints its findings."""
    from crawler.run import check

    _print_findings(check([Portal(**line) for line in described], Path(archive), delay=0, show_progress=False))


def run_command(arguments: list[str]) -> None:
    """The command `nianbao` as the program of a process of its own."""
    import nianbao

    nianbao.main(arguments)


def _print_findings(found: tuple[Finding, ...]) -> None:
    print(json.dumps([finding.as_json() | {"names": finding.site_names} for finding in found]))


def html(body: str) -> str:
    return f"<html><head><meta charset='utf-8'></head><body>{body}</body></html>"


def links(*lines: tuple[str, str]) -> str:
    rows = "".join(f'<li><a href="{url}">{title}</a><span>2024-01-15</span></li>' for url, title in lines)
    return f"<ul class='list'>{rows}</ul>"


def write_portals(folder: Path, **portals: dict) -> Path:
    """A folder of sample portals: family, column and pages of each; the n-th is served on 127.20.8.n."""
    lines = []
    for number, (key, portal) in enumerate(portals.items(), start=1):
        for path, content in portal["pages"].items():
            file = folder / key / path.lstrip("/")
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_bytes(content if isinstance(content, bytes) else html(content).encode())
        (folder / key).mkdir(exist_ok=True, parents=True)
        lines.append(
            f'[[portals]]\nkey = "{key}"\nname = "{key}"\nfamily = "{portal.get("family", "auto")}"\n'
            f'address = "127.20.8.{number}"\ncolumn = "{portal["column"]}"\nfolder = "{key}"\n'
        )
    (folder / "demo.toml").write_text("\n".join(lines), encoding="utf-8")
    return folder


def start(portals: Sequence[Portal], archive: Path, environment: dict | None = None, **settings: object) -> Crawling:
    """A crawl that is under way; `settings` are those of crawler.settings, changed for it."""
    return Crawling("run_crawl", [[portal_fields(portal) for portal in portals], str(archive), settings], environment)


def crawl_part(portals: Sequence[Portal], folder: Path, estates: Sequence[str]) -> None:
    """Crawl a part of a run."""
    process = Crawling("run_part", [[portal_fields(portal) for portal in portals], str(folder), list(estates)])
    _, err = process.communicate(timeout=PATIENCE)
    assert process.returncode == 0, err
    assert not err


def find(what: str, given: list, archive: Path) -> list[dict]:
    """What `discover` found from home pages, or `check` of portals."""
    process = Crawling(f"run_{what}", [given, str(archive)])
    out, err = process.communicate(timeout=PATIENCE)
    assert process.returncode == 0, err
    return json.loads(out)


def portal_fields(portal: Portal) -> dict:
    return {name: getattr(portal, name) for name in ("key", "name", "division", "family", "column_url", "hosts")} | {
        "options": dict(portal.options)
    }


def crawl(portals: Sequence[Portal], archive: Path, environment: dict | None = None, **settings: object) -> dict:
    """What a crawl said at its end; `log` is what it wrote for people."""
    process = start(portals, archive, environment, **settings)
    out, err = process.communicate(timeout=PATIENCE)
    assert process.returncode == 0, err
    assert "Traceback" not in err
    return json.loads(out) | {"log": err}


def asked(visits: list[Visit], address: str) -> list[str]:
    return [visit.path for visit in visits if visit.address == address]


def report(path: str, who: str, year: int = 2023) -> tuple[str, str]:
    return path, f"{who}{year}年政府信息公开工作年度报告"


def captures(archive: Path, portal: str, run_id: str) -> list[Capture]:
    with Archive(archive) as opened:
        return [c for c in opened.captures() if c.portal == portal and c.run_id == run_id]
