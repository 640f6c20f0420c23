"""deploy/: units that systemd takes, a configuration that nginx takes and that answers rightly, containers that exist."""

from __future__ import annotations

import configparser
import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
import yaml

import nianbao

DEPLOY = Path(__file__).parents[2] / "deploy"
UNITS = sorted((DEPLOY / "systemd").iterdir())
SQL = "/nianbao.json?_shape=array&sql=select+count(*)+as+n+from+reports"


def test_systemd_takes_the_units(program: Callable[[str], str], tmp_path: Path) -> None:
    analyze, command = program("systemd-analyze"), Path(sys.executable).parent / "nianbao"
    for unit in UNITS:
        (tmp_path / unit.name).write_text(unit.read_text().replace("/opt/nianbao/.venv/bin/nianbao", str(command)))
    said = subprocess.run([analyze, "verify", *sorted(map(str, tmp_path.iterdir()))], capture_output=True, text=True, check=False)
    assert (said.returncode, [line for line in said.stderr.splitlines() if "nianbao" in line]) == (0, [])


@pytest.mark.parametrize("unit", [unit for unit in UNITS if unit.suffix == ".service"], ids=lambda unit: unit.name)
def test_a_unit_starts_a_command_that_exists_with_options_that_exist(unit: Path) -> None:
    parsed = configparser.ConfigParser(strict=False, interpolation=None)
    parsed.optionxform = str  # type: ignore[assignment,method-assign]
    parsed.read(unit)
    started = parsed["Service"]["ExecStart"].split()
    if started[0].endswith("/nianbao"):
        command = nianbao.main.commands[started[1]]
        assert {word for word in started[2:] if word.startswith("--")} <= {name for each in command.params for name in each.opts}
        assert parsed["Service"]["NoNewPrivileges"] == "yes" and parsed["Service"]["ProtectSystem"] == "strict"
    if failed := parsed["Unit"].get("OnFailure"):
        assert failed.partition("@")[0] + "@.service" in {each.name for each in UNITS}


def test_the_timer_catches_up_and_the_path_leads_to_units_that_exist() -> None:
    names, text = {unit.name for unit in UNITS}, {unit.name: unit.read_text() for unit in UNITS}
    assert "Persistent=true" in text["nianbao-run.timer"]
    named = re.findall(r"nianbao-[a-z]+\.(?:service|timer|path)", "".join(text.values()))
    assert set(named) <= names
    assert "PathChanged=/var/lib/nianbao/nianbao.db" in text["nianbao-swap.path"]


def test_the_containers_start_commands_that_exist() -> None:
    composed = yaml.safe_load((DEPLOY / "compose.yaml").read_text())
    services = composed["services"]
    assert set(services) == {"run", "pages", "sql", "web"}
    for name in ("pages", "sql"):
        command = services[name]["command"]
        assert nianbao.main.commands[command[0]].params and command[command.index("--role") + 1] == name
        assert command[command.index("--port") + 1] == {"pages": "8001", "sql": "8002"}[name]
    assert {volume.partition(":")[0] for name in ("run", "pages", "sql") for volume in services[name]["volumes"]} == set(composed["volumes"])
    copied = [
        word
        for line in (DEPLOY / "Dockerfile").read_text().splitlines() if line.startswith("COPY ")
        for word in line.split()[1:-1]
    ]  # fmt: skip
    assert copied and all((DEPLOY.parent / word).exists() for word in copied)
    assert {"crawler", "extract", "operations", "site", "data", "nianbao.py"} <= set(copied)


def test_the_cron_line_starts_the_run() -> None:
    (line,) = [line for line in (DEPLOY / "crontab").read_text().splitlines() if "nianbao run" in line]
    assert len(line.split()[:5]) == 5 and "run" in nianbao.main.commands
