"""Whole crawls of small portals, each in a process of its own; what was asked is read off the portals' own log."""

import json
import os
import subprocess
import sys
from pathlib import Path

from crawler.archive import Archive, Capture
from crawler.portals import Portal
from crawler.sample_portals import Visit

ROOT = Path(__file__).resolve().parents[2]
PATIENCE = 60  # seconds until a test gives up on a process that hangs
CRAWL = """
import json, sys
from pathlib import Path
from crawler import settings
from crawler.archive import ArchiveError
from crawler.portals import Portal
from crawler.run import crawl

for name, value in json.loads(sys.argv[3]).items():
    assert hasattr(settings, name), name
    setattr(settings, name, value)

portals = [Portal(**line) for line in json.loads(sys.argv[1])]
try:
    result = crawl(portals, Path(sys.argv[2]), delay=0, show_progress=False)
except ArchiveError as problem:
    sys.exit(f"{type(problem).__name__}: {problem}")
print(json.dumps({
    "run_id": result.run_id, "verdict": result.verdict, "finished": result.finished, "reasons": result.reasons,
    "portals": {p.run.portal: p.run.verdict for p in result.portals},
    "unchanged": sum(p.run.unchanged for p in result.portals), "requested": sum(p.run.requested for p in result.portals),
}))
"""


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


def start(
    portals: list[Portal], archive: Path, environment: dict | None = None, **settings: object
) -> subprocess.Popen:
    """A crawl that is under way; `settings` are those of crawler.settings, changed for it."""
    described = json.dumps([portal_fields(portal) for portal in portals])
    return subprocess.Popen(
        [sys.executable, "-c", CRAWL, described, str(archive), json.dumps(settings)],
        cwd=ROOT,
        env=os.environ | (environment or {}),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def portal_fields(portal: Portal) -> dict:
    return {name: getattr(portal, name) for name in ("key", "name", "division", "family", "column_url", "hosts")} | {
        "options": dict(portal.options)
    }


def crawl(portals: list[Portal], archive: Path, environment: dict | None = None, **settings: object) -> dict:
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
