"""Finished WARC files in a store: a real S3 interface on loopback, folders, and memory."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from making.archived import PLACE, asked, begin, first_run, page, rows

import nianbao
from crawler.archive import Archive, ArchiveError, Sent
from crawler.archive.pushing import push
from crawler.archive.repairing import repair
from crawler.archive.store import SETTING, StoreError, put
from crawler.archive.verifying import verify


@pytest.fixture(scope="module")
def bucket() -> Iterator[tuple[str, list[tuple[str, int]]]]:
    """An empty bucket of moto's server, and what it sent: (range asked for, bytes of the answer's body)."""
    from moto.server import ThreadedMotoServer
    from s3fs import S3FileSystem

    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0)
    server.start()
    sent: list[tuple[str, int]] = []
    application = server._server.app

    def counting(environment, start_response):
        body = list(application(environment, start_response))
        if environment["REQUEST_METHOD"] == "GET" and environment["PATH_INFO"].endswith(".warc.gz"):
            sent.append((environment.get("HTTP_RANGE", ""), sum(map(len, body))))
        return body

    server._server.app = counting
    host, port = server.get_host_and_port()
    with pytest.MonkeyPatch.context() as environment:
        for name, value in {
            "AWS_ENDPOINT_URL": f"http://{host}:{port}", "AWS_ACCESS_KEY_ID": "key", "AWS_SECRET_ACCESS_KEY": "secret",
            "AWS_DEFAULT_REGION": "us-east-1", "AWS_EC2_METADATA_DISABLED": "true",
        }.items():  # fmt: skip
            environment.setenv(name, value)
        S3FileSystem().mkdir("reports")
        yield "s3://reports", sent
    server.stop()


def command(folder: Path, *arguments: str) -> Result:
    return CliRunner().invoke(nianbao.main, ["--data", str(folder.parent), "archive", *arguments])


def bodies(folder: Path) -> list[bytes]:
    with Archive(folder) as opened:
        return [opened.exchange(c).body for c in opened.captures() if c.warc_file]


def test_files_that_live_in_s3_are_read_by_byte_range(bucket, archive, monkeypatch):
    address, sent = bucket
    monkeypatch.setenv(SETTING, f"{address}/warc/")
    before, names = bodies(archive), sorted(path.name for path in archive.glob("*.warc.gz"))
    result = command(archive, "push")
    assert (result.exit_code, result.stderr.split()) == (0, [f"{address}/warc/{name}" for name in names])
    assert len(list(archive.glob("*.warc.gz"))) == 2
    assert command(archive, "push").output == ""  # once is enough
    result = command(archive, "push", "--remove-local")
    assert (result.exit_code, result.stderr.count("(removed here)")) == (0, 2)
    assert not list(archive.glob("*.warc.gz"))
    sent.clear()
    with Archive(archive) as opened:
        (capture,) = [c for c in opened.captures() if c.url == f"{PLACE}/0.html" and c.status == 200]
        body = opened.exchange(capture).body
    first, last = capture.warc_offset, capture.warc_offset + capture.warc_length - 1
    assert sent == [(f"bytes={first}-{last}", capture.warc_length)]
    assert body in before
    assert bodies(archive) == before
    assert list(verify(archive)) == []


def test_a_lost_index_is_made_again_from_the_store(bucket, archive, monkeypatch):
    monkeypatch.setenv(SETTING, f"{bucket[0]}/again")
    assert command(archive, "push", "--remove-local").exit_code == 0
    before = rows(archive)
    (archive / "index.db").unlink()
    repair(archive)
    after = rows(archive)
    assert {**after, "warc_files": [row[:5] for row in after["warc_files"]]} == {
        **before, "warc_files": [row[:5] for row in before["warc_files"]]
    }  # fmt: skip
    assert list(verify(archive)) == []


def test_what_was_altered_or_went_from_the_store_is_told_with_its_captures(bucket, archive, monkeypatch):
    from s3fs import S3FileSystem

    monkeypatch.setenv(SETTING, f"{bucket[0]}/lost")
    assert command(archive, "push", "--remove-local").exit_code == 0
    first, second = [row[0] for row in rows(archive)["warc_files"]]
    store = S3FileSystem()
    store.rm_file(f"reports/lost/{second}")
    body = bytearray(store.cat_file(f"reports/lost/{first}"))
    with Archive(archive) as opened:
        capture = next(c for c in opened.captures() if c.url == f"{PLACE}/nb/")
    body[capture.warc_offset + 100] ^= 0xFF
    store.pipe_file(f"reports/lost/{first}", bytes(body))
    result = command(archive, "verify")
    assert result.exit_code == 3
    assert f"{first}: offset {capture.warc_offset}: altered" in result.stdout
    assert f"{second}: missing: " in result.stdout
    assert f"(capture 11: {PLACE}/4.html)" in result.stdout
    with Archive(archive) as opened, pytest.raises(ArchiveError, match=second):
        opened.exchange(list(opened.captures())[-1])


def test_an_upload_that_fails_leaves_the_file_here_and_says_so(bucket, archive, monkeypatch):
    monkeypatch.setenv(SETTING, "s3://elsewhere")  # there is no such bucket, and it is not ours to make
    before = bodies(archive)
    result = command(archive, "push", "--remove-local")
    assert result.exit_code == 3
    for name in (row[0] for row in rows(archive)["warc_files"]):
        assert f"nianbao: {name} stays here: s3://elsewhere/{name}: " in result.stderr
    assert "Traceback" not in result.output
    assert bodies(archive) == before


def test_a_store_that_keeps_other_bytes_than_it_was_given_is_found_out(archive, tmp_path, monkeypatch):
    import fsspec.implementations.local as local

    def careless(store, source, place, **_):
        Path(place).write_bytes(Path(source).read_bytes()[:-1] + b"?")

    monkeypatch.setattr(local.LocalFileSystem, "put_file", careless)
    told = list(push(archive, f"file://{tmp_path}/store", remove_local=True))
    assert ["its sha256 is" in (pushed.problem or "") for pushed in told] == [True, True]
    assert len(list(archive.glob("*.warc.gz"))) == 2
    assert [row[4] for row in rows(archive)["warc_files"]] == [None, None]


def test_a_push_that_was_killed_is_simply_repeated(archive, tmp_path):
    first, second = sorted(archive.glob("*.warc.gz"))
    prefix = f"file://{tmp_path}/store"
    put(first, f"{prefix}/{first.name}")  # and then it was killed, before the index knew
    (tmp_path / "store" / second.name).write_bytes(b"half")
    assert [pushed.problem for pushed in push(archive, prefix, remove_local=True)] == [None, None]
    assert list(verify(archive)) == []
    assert len(bodies(archive)) == 9


def test_a_file_that_is_not_what_the_index_says_is_not_put_away(archive, tmp_path):
    first, _ = sorted(archive.glob("*.warc.gz"))
    first.write_bytes(first.read_bytes()[:-1])
    told = list(push(archive, f"file://{tmp_path}/store", remove_local=True))
    assert "the index says" in told[0].problem
    assert (first.exists(), told[1].removed) == (True, True)


def test_a_copy_in_the_store_is_held_against_its_digest_too(archive, tmp_path):
    prefix = f"file://{tmp_path}/store"
    list(push(archive, prefix))
    first, _ = sorted((tmp_path / "store").iterdir())
    first.write_bytes(b"x" * first.stat().st_size)
    (finding,) = verify(archive)
    assert (finding.kind, finding.file, finding.capture) == ("altered", first.name, None)


def test_files_of_a_run_that_is_under_way_stay_here(tmp_path):
    folder = tmp_path / "archive"
    first_run(folder)
    with begin(folder, 7) as archive:
        archive.record(asked("/9.html"), Sent(), page("nine"))
    told = list(push(folder, f"file://{tmp_path}/store", remove_local=True))
    assert len(told) == 1
    assert len(list(folder.glob("*.warc.gz"))) == 1


def test_a_store_that_is_none_is_an_error_in_one_line(archive, monkeypatch):
    monkeypatch.delenv(SETTING, raising=False)
    result = command(archive, "push")
    assert (result.exit_code, SETTING in result.stderr) == (2, True)
    with pytest.raises(StoreError, match="nonsense://x/y: "):
        put(archive / "index.db", "nonsense://x/y")
