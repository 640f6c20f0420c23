"""The `nianbao` command: one thin command for each thing a person does."""

from __future__ import annotations

import json
import os
import shutil
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager, nullcontext
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, NoReturn, TypeVar

import click
from tqdm import tqdm

if TYPE_CHECKING:
    from crawler.archive.captures import PortalRun
    from crawler.discovery import Finding
    from crawler.portals import Portal
    from crawler.status import Status

ROOT = Path(__file__).parent
REGISTRY = ROOT / "data" / "portals"
GOOD, FAILED, USAGE, PARTIAL, CHECKS_FAILED, LOCKED = 0, 1, 2, 3, 4, 75
Thing = TypeVar("Thing")


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
@click.option("--data", type=click.Path(path_type=Path, file_okay=False), envvar="NIANBAO_DATA", default=ROOT / "data",
              help="The folder that holds archive/ and nianbao.db (NIANBAO_DATA).")  # fmt: skip
@click.pass_context
def main(context: click.Context, data: Path) -> None:
    """Collect, keep and read the annual reports on open government information (政府信息公开工作年度报告)."""
    context.obj = data


# ------------------------------------------------------------------ portals


@main.group()
def portals() -> None:
    """The registry of portals (data/portals)."""


@portals.command("list")
@click.option("--json", "as_json", is_flag=True, help="One JSON object a line.")
def portals_list(as_json: bool) -> None:
    """The portals of the registry, with their columns."""
    for portal in _registry():
        fields = {
            "key": portal.key,
            "name": portal.name,
            "division": portal.division,
            "family": portal.family,
            "column_url": portal.column_url,
        }
        click.echo(
            json.dumps(fields, ensure_ascii=False)
            if as_json
            else "\t".join(str(value or "") for value in fields.values())
        )


DELAY = click.option("--delay", type=click.FloatRange(min=0), default=2.0, show_default=True,
                     help="Seconds between requests to one host.")  # fmt: skip


SCHEDULER = click.option("--scheduler", metavar="ADDRESS", help="Have the workers of this Dask scheduler do it (host:port).")


@portals.command("discover")
@click.argument("urls", nargs=-1, required=True, metavar="URL...")
@DELAY
@click.pass_obj
def portals_discover(data: Path, urls: Sequence[str], delay: float) -> None:
    """Look for the 年报 column from a portal's home page; one JSON object a candidate, the likeliest first."""
    code = GOOD
    for finding in _discover(data, urls, delay):
        for candidate in finding.candidates:
            click.echo(json.dumps(candidate.as_json(), ensure_ascii=False))
        if not finding.candidates:
            click.echo(f"nianbao: {finding.detail}", err=True)
            code = PARTIAL
    sys.exit(code)


@portals.command("add")
@click.argument("url")
@click.option("--key", help="The portal's key; else the place's name in letters.")
@click.option("--name", help="The government's full name; else what the site calls itself.")
@click.option("--division", help="Its division code of six digits (GB/T 2260).")
@DELAY
@click.pass_obj
def portals_add(data: Path, url: str, key: str | None, name: str | None, division: str | None, delay: float) -> None:
    """Find the column from a home page (or take the column given) and write its line into the registry."""
    from crawler.portals import RegistryError
    from crawler.registry import add_portal

    (finding,) = _discover(data, [url], delay)
    if not finding.candidates:
        _fail(finding.detail, PARTIAL)
    best = finding.candidates[0]
    try:
        added = add_portal(
            _registry_folder(), best.column_url, family=best.family, site_names=finding.site_names, evidence=best.reason,
            key=key, name=name, division=division,
        )  # fmt: skip
    except RegistryError as error:
        _fail(str(error))
    click.echo(f"{added.path}: {added.portal.key} {added.portal.name} {added.portal.column_url}")


@portals.command("mine")
@click.option("--json", "as_json", is_flag=True, help="One JSON object an address.")
@click.option("--all", "everything", is_flag=True, help="Also the columns that the registry has.")
@click.pass_obj
def portals_mine(data: Path, as_json: bool, everything: bool) -> None:
    """Columns whose addresses archived reports print and the registry has not, the most frequent first."""
    from crawler.archive import Archive
    from extract.mining import mine

    with Archive(data / "archive") as archive:
        for mined in mine(archive, _registry()):
            if everything or mined.portal is None:
                line = f"{mined.url}\t{mined.reports}\t{mined.portal or ''}\t{mined.first}"
                click.echo(json.dumps(mined.as_json(), ensure_ascii=False) if as_json else line)


@portals.command("check")
@click.argument("keys", nargs=-1, metavar="[KEY]...")
@click.option("--json", "as_json", is_flag=True, help="One JSON object a portal.")
@DELAY
@click.pass_obj
def portals_check(data: Path, keys: Sequence[str], as_json: bool, delay: float) -> None:
    """Visit every line's column once: which still answer, moved (and where to), are blocked, gone or silent."""
    from crawler.run import check

    findings = _guarded(lambda: check(_chosen(keys), data / "archive", delay=delay, show_progress=sys.stderr.isatty()))
    for finding in findings:
        line = f"{finding.key}\t{finding.state}\t{finding.detail}"
        click.echo(json.dumps(finding.as_json(), ensure_ascii=False) if as_json else line)
    sys.exit(GOOD if all(finding.state == "answers" for finding in findings) else PARTIAL)


# ------------------------------------------------------------------ crawl, build, serve


@main.command()
@click.option(
    "--portal", "keys", multiple=True, metavar="KEY", help="Only this portal of the registry (may be repeated)."
)
@click.option(
    "--column", "columns", multiple=True, metavar="URL", help="A column that no registry line names (may be repeated)."
)
@click.option("--due", is_flag=True, help="Only portals of the registry that are due by data/schedule.toml and the ledger.")
@DELAY
@SCHEDULER
@click.option("--alert-command", envvar="NIANBAO_ALERT_COMMAND", metavar="COMMAND",
              help="Gets the status as JSON on its standard input when the run is not good (NIANBAO_ALERT_COMMAND).")  # fmt: skip
@click.option("--alert-url", envvar="NIANBAO_ALERT_URL", metavar="URL",
              help="Gets the same by POST (NIANBAO_ALERT_URL).")  # fmt: skip
@click.pass_obj
def crawl(
    data: Path, keys: Sequence[str], columns: Sequence[str], due: bool, delay: float, scheduler: str | None,
    alert_command: str | None, alert_url: str | None,
) -> None:  # fmt: skip
    """Visit the portals' columns and archive every report."""
    from crawler.portals import RegistryError, column_portal

    if due and columns:
        _fail("--due is for portals of the registry; a --column is visited whenever it is given", USAGE)
    try:
        chosen = [column_portal(url) for url in columns]
    except RegistryError as error:
        _fail(str(error), USAGE)
    if keys or not columns:
        chosen += _chosen(keys)
    if due and not (chosen := _due(data, chosen)):
        return
    code = _ending(lambda: _crawl(data, chosen, delay, scheduler))
    if code in (GOOD, PARTIAL):
        code = _ending(lambda: _push(data)) or code
    if code in (FAILED, PARTIAL) and (alert_command or alert_url):
        _alert(data, code, alert_command, alert_url)
    sys.exit(code)


@main.command()
@click.option("--json", "as_json", is_flag=True, help="One JSON object, of the shape that the README tells.")
@click.pass_obj
def status(data: Path, as_json: bool) -> None:
    """How the last run ended, which portals need a person, what is due. Exit 3 when something needs a person."""
    told = _guarded(lambda: _status(data), "the archive cannot be read")
    click.echo(json.dumps(told.as_json(), ensure_ascii=False, indent=1) if as_json else told.in_words())
    sys.exit(GOOD if told.well else PARTIAL)


@main.command()
@SCHEDULER
@click.pass_obj
def build(data: Path, scheduler: str | None) -> None:
    """Read what is archived and publish nianbao.db."""
    _build(data, _registry(), scheduler)


@main.command()
@click.option("--port", type=click.IntRange(0, 65535), default=8001, show_default=True, help="0: any free port.")
@click.option("--host", default="127.0.0.1", show_default=True, help="The address to listen at.")
@click.option("--role", type=click.Choice(["pages", "sql"]), help="One of the two processes of a public site; without it, all in one.")
@click.option("--workers", type=click.IntRange(1, 64), help="How many processes answer; by default one a processor for --role pages, else one.")
@click.pass_obj
def serve(data: Path, port: int, host: str, role: str | None, workers: int | None) -> None:
    """Serve the site until stopped. SIGHUP has it take a new nianbao.db without refusing anybody."""
    if not (data / "nianbao.db").exists():
        _fail(f"{data / 'nianbao.db'} is not there: run `nianbao build` first")
    _serve(data, port, host=host, role=role, workers=workers)


@main.command()
@click.option("--portal", "keys", multiple=True, metavar="KEY", help="Only this portal, due or not (may be repeated).")
@DELAY
@click.pass_obj
def run(data: Path, keys: Sequence[str], delay: float) -> None:
    """What a timer calls: crawl what is due, build, have the site take the new database, remove leftovers."""
    from operations.run import run as whole

    _chosen(keys)  # a key that is none is told before anything happens
    words = ["crawl", "--delay", str(delay), *(word for key in keys for word in ("--portal", key))]
    if not keys and any(option.name == "due" for option in crawl.params):
        words.append("--due")
    sys.exit(_guarded(lambda: whole(data, words, lambda line: click.echo(line, err=True)), "the run cannot go on"))


@main.command()
@click.option("--build-only", is_flag=True, help="End after the build and print where the database is.")
@click.option("--port", type=click.IntRange(0, 65535), default=8001, show_default=True, help="0: any free port.")
def demo(build_only: bool, port: int) -> None:
    """Crawl the bundled sample portals over HTTP on loopback, archive, build and serve. The real archive is left
    alone."""
    from crawler.sample_portals import SamplePortals

    data = ROOT / "data" / ".demo"
    shutil.rmtree(data, ignore_errors=True)
    with SamplePortals(ROOT / "data" / "demo") as samples:
        found = samples.portals()
        if code := _crawl(data, found, delay=0.0):
            sys.exit(code)
        _build(data, found)
    if build_only:
        click.echo(data / "nianbao.db")
    else:
        _serve(data, port)


# ------------------------------------------------------------------ archive


@main.group()
def archive() -> None:
    """What was archived: hold it against its index, put it into a store, export it."""


@archive.command("verify")
@click.option("--json", "as_json", is_flag=True, help="One JSON object a finding.")
@click.option("--repair", is_flag=True, help="First make the index again from the WARC files, or bring it up to them.")
@click.pass_obj
def archive_verify(data: Path, as_json: bool, repair: bool) -> None:
    """Hold every record of every WARC file against length and digest. Exit 3 when something is damaged."""
    from crawler.archive.repairing import repair as run
    from crawler.archive.verifying import verify

    if repair:
        with _meter("repair", "files") as moved:
            lines = _guarded(lambda: run(data / "archive", moved), "the archive")
        for line in lines:
            click.echo(line, err=True)
    with _meter("verify", "B") as moved:
        code = GOOD
        findings = _each(verify(data / "archive", moved))
        for finding in findings:
            code = PARTIAL
            tqdm.write(json.dumps(finding.as_json(), ensure_ascii=False) if as_json else finding.in_words())
    sys.exit(code)


@archive.command("push")
@click.option("--remove-local", is_flag=True, help="Remove each file here once it has been read back from the store.")
@click.pass_obj
def archive_push(data: Path, remove_local: bool) -> None:
    """Put finished WARC files into the store that NIANBAO_WARC_STORE names, verified by reading them back."""
    from crawler.archive.store import SETTING, store_of_environment

    if not store_of_environment():
        _fail(f"{SETTING} is not set: it names the store, such as s3://bucket/prefix", USAGE)
    sys.exit(_push(data, remove_local=remove_local))


@archive.command("export")
@click.option("--wacz", type=click.Path(path_type=Path, dir_okay=False), required=True, help="The file to write.")
@click.option("--run", "run_id", metavar="ID", help="Only what this run met.")
@click.option("--portal", metavar="KEY", help="Only this portal.")
@click.pass_obj
def archive_export(data: Path, wacz: Path, run_id: str | None, portal: str | None) -> None:
    """Write a WACZ file, which common players replay."""
    from crawler.archive.exporting import export_wacz

    with _meter("export", "captures") as moved:
        count = _guarded(lambda: export_wacz(data / "archive", wacz, run_id=run_id, portal=portal, moved=moved), "nothing was exported")
    click.echo(f"{wacz}: {count} captures", err=True)


# ------------------------------------------------------------------ read


@main.command()
@click.argument("files", nargs=-1, required=True)
@click.option("--json", "as_json", is_flag=True, help="One JSON object a line and a document.")
def read(files: Sequence[str], as_json: bool) -> None:
    """Read reports from files and print what they say, in the order given. Exit 3 when one could not be read."""
    from extract.answers import answers, in_words

    code = GOOD
    for told in tqdm(answers(files), desc="read", total=len(files), disable=not sys.stderr.isatty(), leave=False):
        code = PARTIAL if told.failed else code
        click.echo(json.dumps(told.as_json(), ensure_ascii=False) if as_json else in_words(told))
    sys.exit(code)


@main.command()
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--json", "as_json", is_flag=True, help="One JSON object a line.")
def titles(file: Path, as_json: bool) -> None:
    """What the rules conclude from titles and addresses alone (a tab-separated file with the columns url and title)."""
    from crawler.titles import read_title_file

    for told in read_title_file(file):
        click.echo(
            json.dumps(told, ensure_ascii=False) if as_json else "\t".join(str(value or "") for value in told.values())
        )


# ------------------------------------------------------------------ what several commands do


def _registry_folder() -> Path:
    """The folder of the registry: `portals` in the data folder where there is one, else the clone's own."""
    own = Path(click.get_current_context().find_root().obj or "") / "portals"
    return own if any(own.glob("*.toml")) else REGISTRY


def _registry() -> Sequence[Portal]:
    from crawler.portals import RegistryError, load_portals

    try:
        return list(load_portals(_registry_folder()).values())
    except RegistryError as error:
        _fail(str(error), USAGE)


def _chosen(keys: Sequence[str]) -> list[Portal]:
    """The portals of these keys; all of the registry where none is given."""
    registry = {portal.key: portal for portal in _registry()}
    if unknown := [key for key in keys if key not in registry]:
        _fail(f"no portal has the key {unknown[0]!r} (see `nianbao portals list`)", USAGE)
    return [registry[key] for key in keys] or list(registry.values())


def _discover(data: Path, urls: Sequence[str], delay: float) -> Sequence[Finding]:
    from crawler.run import discover

    return _guarded(lambda: discover(urls, data / "archive", delay=delay, show_progress=sys.stderr.isatty()))


def _crawl(data: Path, chosen: Sequence[Portal], delay: float, scheduler: str | None = None) -> int:
    """One run, here or by the workers of a scheduler; its lines for people on standard error, its exit code returned."""
    if scheduler:
        from crawler.distributed import crawl as run_there
        from crawler.results import line_of

        result = _guarded(lambda: run_there(
            chosen, data / "archive", scheduler, delay=delay, told=lambda run: click.echo(line_of(run), err=True)
        ))  # fmt: skip
    else:
        from crawler.run import crawl as run

        result = _guarded(lambda: run(chosen, data / "archive", delay=delay, show_progress=sys.stderr.isatty()))
    for reason in result.reasons:
        click.echo(reason, err=True)
    return {"good": GOOD, "partial": PARTIAL}.get(result.verdict, FAILED)


def _due(data: Path, portals: Sequence[Portal]) -> list[Portal]:
    """Those of the portals that are due; how many is said."""
    from crawler.archive import Archive
    from crawler.due import by_portal, due_now, load_schedule, when_due

    def ledger() -> Mapping[str, Sequence[PortalRun]]:
        with Archive(data / "archive") as archive:
            return by_portal(archive.portal_runs())

    rows, now, schedule = _guarded(ledger, "the archive cannot be read"), datetime.now(UTC), load_schedule()
    found = due_now(portals, rows, now, schedule)
    first = min((when_due(portal, rows.get(portal.key, ()), now, schedule).at for portal in portals), default=now)
    later = "" if found else f"; the next is due {first:%Y-%m-%dT%H:%M:%SZ}"
    click.echo(f"{len(found)} of {len(portals)} portals due{later}")
    return found


def _status(data: Path) -> Status:
    from crawler.due import load_schedule
    from crawler.status import read_status

    return read_status(data / "archive", _registry(), load_schedule(), datetime.now(UTC))


def _ending(visit: Callable[[], int]) -> int:
    """The exit code of something, also where it ends the command itself."""
    try:
        return visit()
    except SystemExit as end:
        return end.code if isinstance(end.code, int) else FAILED


def _alert(data: Path, code: int, command: str | None, url: str | None) -> None:
    """Tell whoever is to know of a bad run; that it could not be told is one line and nothing more."""
    from crawler.alert import alert
    from crawler.archive import ArchiveError

    try:
        told = _status(data).as_json()
    except (ArchiveError, OSError) as error:
        told = {"well": False, "problem": str(error)}
    for line in alert({**told, "exit_code": code}, command=command, url=url):
        click.echo(f"nianbao: {line}", err=True)


def _guarded(visit: Callable[[], Thing], failed: str = "the archive cannot be written") -> Thing:
    """What a visit of portals gives; what keeps it from starting is told in one line."""
    from crawler.archive import ArchiveError, ArchiveLocked
    from crawler.cluster import ClusterError
    from crawler.portals import RegistryError

    try:
        return visit()
    except ClusterError as error:
        _fail(str(error))
    except RegistryError as error:
        _fail(str(error), USAGE)
    except ArchiveLocked as error:
        _fail(str(error), LOCKED)
    except (ArchiveError, OSError) as error:
        _fail(f"{failed}: {error}")


def _push(data: Path, *, remove_local: bool = False) -> int:
    """Finished WARC files into the store, where the environment names one; what stays here is told."""
    from crawler.archive.pushing import push
    from crawler.archive.store import store_of_environment

    code, prefix = GOOD, store_of_environment()
    if prefix:
        for pushed in _each(push(data / "archive", prefix, remove_local=remove_local)):
            if pushed.problem:
                code = PARTIAL
                click.echo(f"nianbao: {pushed.name} stays here: {pushed.problem}", err=True)
            else:
                click.echo(f"{pushed.stored}{' (removed here)' if pushed.removed else ''}", err=True)
    return code


def _each(things: Iterator[Thing]) -> Iterator[Thing]:
    """The things one by one; what keeps the next one from coming is told in one line."""
    while (thing := _guarded(lambda: next(things, None), "the archive")) is not None:
        yield thing


@contextmanager
def _meter(what: str, unit: str) -> Iterator[Callable[[int, int], object]]:
    """A bar on a terminal that is told how much of how much is done."""
    scaled = unit == "B"
    with tqdm(desc=what, unit=unit if scaled else f" {unit}", unit_scale=scaled, disable=not sys.stderr.isatty(), leave=False) as bar:

        def moved(done: int, total: int) -> None:
            bar.total = total
            bar.update(done - bar.n)

        yield moved


def _build(data: Path, registry: Sequence[Portal], scheduler: str | None = None) -> None:
    from crawler.archive import ArchiveError, ArchiveLocked
    from crawler.cluster import ClusterError
    from extract.build import build as run
    from extract.database import DatabaseError
    from extract.distributed import reading_on
    from extract.workers import in_order

    try:
        with reading_on(scheduler) if scheduler else nullcontext(in_order) as strategy:
            result = run(data, registry, lambda sources: _progress(sources, "build"), strategy)
    except ArchiveLocked as error:
        _fail(f"another build is under way: {error}", LOCKED)
    except (ArchiveError, ClusterError, DatabaseError, OSError) as error:
        _fail(f"nothing was published: {error}")
    click.echo(
        f"{result.captures} captures, {result.documents} documents, {result.reports} reports, {result.facts} facts, {result.issues} issues",
        err=True,
    )


def _serve(data: Path, port: int, *, host: str = "127.0.0.1", role: str | None = None, workers: int | None = None) -> None:
    """The site's processes, until they are stopped."""
    from operations.serving import ServingError
    from operations.serving import serve as run

    count = workers or (len(os.sched_getaffinity(0)) if role == "pages" else 1)
    try:
        run(data, host=host, port=port, role=role, workers=count, say=lambda line: click.echo(line, err=True))
    except ServingError as error:
        _fail(str(error))


def _progress(things: Iterable[Thing], what: str) -> Iterable[Thing]:
    """A bar on a terminal; nothing elsewhere."""
    return tqdm(things, desc=what, disable=not sys.stderr.isatty(), leave=False)


def _fail(message: str, code: int = FAILED) -> NoReturn:
    click.echo(f"nianbao: {message}", err=True)
    sys.exit(code)


if __name__ == "__main__":
    main()
