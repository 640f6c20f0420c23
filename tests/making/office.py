"""Made documents turned into the binary formats of office programs by LibreOffice, many in one start."""

from __future__ import annotations

import subprocess
from collections.abc import Mapping
from pathlib import Path


def convert(program: str, documents: Mapping[str, bytes], to: str, folder: Path) -> dict[str, bytes]:
    """The documents in another format, under the same names (each with the suffix of what it is).

    `folder` keeps LibreOffice's profile, so that only the first start is a slow one. Raises KeyError where LibreOffice
    made nothing of a document.
    """
    profile, out = f"-env:UserInstallation={(folder / 'profile').as_uri()}", folder / to
    folder = folder / f"before-{to}"
    folder.mkdir()
    sources = []
    for name, content in documents.items():
        source = folder / name
        source.write_bytes(content)
        sources.append(str(source))
    command = [program, profile, "--headless", "--norestore", "--convert-to", to, "--outdir", str(out), *sources]
    subprocess.run(command, check=True, capture_output=True, timeout=120)
    made = {path.stem: path.read_bytes() for path in out.iterdir()}
    return {name: made[name.rpartition(".")[0]] for name in documents}
