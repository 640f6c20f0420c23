"""The processes of a public site: what they are bound to, and how they end."""

from __future__ import annotations

import resource
import subprocess
import urllib.error
import urllib.request
from pathlib import Path

import pytest
from click.testing import CliRunner

import nianbao
from operations import sites


def workers_of(supervisor: subprocess.Popen[str]) -> list[int]:
    """The processes that it started."""
    return [int(word) for word in Path(f"/proc/{supervisor.pid}/task/{supervisor.pid}/children").read_text().split()]


def status(address: str) -> int:
    try:
        with urllib.request.urlopen(address) as answer:
            return int(answer.status)
    except urllib.error.HTTPError as error:
        return error.code


def test_the_sql_process_gives_way_and_is_bound_in_memory(public) -> None:
    worker = workers_of(public.sql)[-1]
    assert int(Path(f"/proc/{worker}/stat").read_text().rpartition(")")[2].split()[16]) == 10
    assert resource.prlimit(worker, resource.RLIMIT_AS) == (4 << 30, 4 << 30)


def test_only_the_sql_process_runs_a_readers_sql(public) -> None:
    asked = "/nianbao.json?_shape=array&sql=select+count(*)+from+reports"
    assert (status(public.pages_at + asked), status(public.sql_at + asked)) == (403, 200)


@pytest.mark.parametrize(("role", "limit"), [("pages", 800), ("sql", 1000), (None, 1000)])
def test_a_role_keeps_the_settings_that_it_does_not_change(role: str | None, limit: int) -> None:
    settings = sites.settings_of(role)
    assert settings["sql_time_limit_ms"] == limit and settings["max_returned_rows"] == 1000


def test_a_taken_port_is_told_in_one_line(public) -> None:
    port = public.pages_at.rpartition(":")[2]
    ended = CliRunner().invoke(nianbao.main, ["--data", str(public.data), "serve", "--port", port])
    assert (ended.exit_code, ended.stderr) == (
        nianbao.FAILED, f"nianbao: cannot listen at 127.0.0.1, port {port}: Address already in use\n",
    )  # fmt: skip
