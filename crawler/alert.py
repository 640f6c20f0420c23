"""Alert: the status of a run that went wrong, handed to a command or posted to an address that its operator named."""

from __future__ import annotations

import json
import shlex
import subprocess
from collections.abc import Iterator, Mapping
from urllib.error import URLError
from urllib.request import Request, urlopen

PATIENCE = 30  # seconds for either; a run does not wait longer


def alert(told: Mapping[str, object], *, command: str | None, url: str | None) -> Iterator[str]:
    """Hand the status over as JSON: on the command's standard input, and by POST. One line for each that failed."""
    payload = json.dumps(told, ensure_ascii=False).encode()
    if command and (problem := _run(command, payload)):
        yield f"alert command {command!r}: {problem}"
    if url and (problem := _post(url, payload)):
        yield f"alert address {url}: {problem}"


def _run(command: str, payload: bytes) -> str | None:
    try:
        ended = subprocess.run(shlex.split(command), input=payload, capture_output=True, timeout=PATIENCE, check=False)
    except (OSError, ValueError, subprocess.SubprocessError) as problem:
        return " ".join(str(problem).split())
    words = ended.stderr.decode("utf-8", "replace").split()
    return f"exit {ended.returncode}: {' '.join(words)[:200]}".rstrip(": ") if ended.returncode else None


def _post(url: str, payload: bytes) -> str | None:
    if not url.startswith(("http://", "https://")):
        return "is no http or https address"
    request = Request(url, payload, {"Content-Type": "application/json; charset=utf-8", "User-Agent": "nianbao"})
    try:
        urlopen(request, timeout=PATIENCE).close()
    except (URLError, OSError, ValueError) as problem:
        return " ".join(str(problem).split())
    return None
