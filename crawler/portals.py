"""Portal and the registry: where the 政府信息公开年报 columns stand, one line of TOML each."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from types import MappingProxyType
from typing import Any
from urllib.parse import urlsplit

# Every way of delivering a column that has a name, each a module of crawler/families.
FAMILY_NAMES = (
    "trs", "ucap", "hanweb", "vsb", "nfcms", "gkmlpt", "longxun", "showlist", "hebei", "epoint", "generic",
)  # fmt: skip
AUTO = "auto"

KEY = re.compile(r"[a-z0-9][a-z0-9_-]*")
DIVISION = re.compile(r"[1-9]\d{5}")
HOST = re.compile(r"[a-z0-9]([a-z0-9.-]*[a-z0-9])?")
# Options that bound a portal's tree: how deep, how many columns, how many in a row without a report.
BOUNDS = ("depth", "columns", "fruitless")
FIELDS = frozenset({"key", "name", "division", "family", "column_url", "hosts", "options", "render", "note"})


class RegistryError(ValueError):
    """A registry that cannot be used; says in one line which file, which portal, and what is wrong."""


@dataclass(frozen=True)
class Portal:
    """A government portal and its 年报 column."""

    key: str
    name: str
    division: str | None  # GB/T 2260, of the government that the portal speaks for
    family: str  # one of FAMILY_NAMES, or "auto": recognize it
    column_url: str
    hosts: tuple[str, ...] = ()  # hosts that may be asked besides *.gov.cn and the column's own
    options: Mapping[str, object] = field(default_factory=lambda: MappingProxyType({}), hash=False)
    note: str | None = None

    @property
    def host(self) -> str:
        """The host that serves the column."""
        return host_of(self.column_url)

    @property
    def platform(self) -> str | None:
        """The platform that the host shares with others of the registry: politeness and blocks are the platform's."""
        return str(self.options["platform"]) if "platform" in self.options else None

    @property
    def legacy_tls(self) -> bool:
        """Whether old TLS may be spoken with the host once it has failed to shake hands as usual."""
        return self.options.get("tls") == "legacy"

    @property
    def render(self) -> bool:
        """Whether the column shows its list only in a browser (crawler.drawing)."""
        return self.options.get("render") is True

    def may_ask(self, url: str) -> bool:
        """Whether the crawler may request this address for the portal: *.gov.cn, the column's host, a listed host.

        >>> portal = Portal("x", "某市人民政府", None, "auto", "http://www.example.org/nb/", ("files.example.org",))
        >>> [portal.may_ask(u) for u in ("https://files.example.org/a.pdf", "http://b.gov.cn/", "http://evil-gov.cn/")]
        [True, True, False]
        """
        host = host_of(url)
        if not host or urlsplit(url).scheme not in ("http", "https"):
            return False
        return host == "gov.cn" or host.endswith(".gov.cn") or host == self.host or host in self.hosts


def host_of(url: str) -> str:
    """The host of an address, lower case, without port and trailing dot; empty where there is none."""
    try:
        return (urlsplit(url).hostname or "").rstrip(".")
    except ValueError:
        return ""


def load_portals(folder: Path) -> Mapping[str, Portal]:
    """All portals of the folder's TOML files by key; raises RegistryError at the first line that cannot be used."""
    portals: dict[str, Portal] = {}
    met_in: dict[str, Path] = {}
    for path in sorted(folder.glob("*.toml")):
        for portal in read_portals(path):
            if portal.key in portals:
                raise RegistryError(f"{path}: {portal.key}: this key stands in {met_in[portal.key]} already")
            portals[portal.key] = portal
            met_in[portal.key] = path
    return MappingProxyType(portals)


def read_portals(path: Path) -> tuple[Portal, ...]:
    """The portals of one registry file, in its order."""
    try:
        document = tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as problem:
        raise RegistryError(f"{path}: cannot be read: {problem}") from problem
    lines = document.get("portals", [])
    if not isinstance(lines, list):
        raise RegistryError(f"{path}: `portals` must be a list of tables, not {type(lines).__name__}")
    return tuple(_portal(line, path, number) for number, line in enumerate(lines, start=1))


def column_portal(url: str) -> Portal:
    """A portal for a column that no registry line names, keyed and named by its address. Raises RegistryError.

    >>> column_portal("http://127.0.0.1:8080/nb/").key
    'column-127-0-0-1-8080-nb'
    """
    if not _is_web_address(url):
        raise RegistryError(f"{url!r} is not a full http or https address")
    address = url.split("://", 1)[1].lower()
    key = "column-" + re.sub(r"[^a-z0-9]+", "-", address).strip("-")
    return Portal(key, host_of(url), None, AUTO, url)


def _portal(line: Any, path: Path, number: int) -> Portal:
    key: Any = line.get("key") if isinstance(line, dict) else None
    where = f"{path}: {key if isinstance(key, str) and key else f'portal {number}'}"

    def check(good: bool, what: str) -> None:
        if not good:
            raise RegistryError(f"{where}: {what}")

    check(isinstance(line, dict), f"must be a table, not {line!r}")
    unknown = sorted(line.keys() - FIELDS)
    check(not unknown, f"unknown entry {', '.join(unknown)} (known: {', '.join(sorted(FIELDS))})")
    check(isinstance(key, str) and bool(KEY.fullmatch(key)), f"key {key!r} must be lower-case letters, digits, - and _")
    name, division, family = line.get("name"), line.get("division"), line.get("family", AUTO)
    check(isinstance(name, str) and bool(name.strip()), f"name {name!r} must be a text")
    check(
        division is None or (isinstance(division, str) and bool(DIVISION.fullmatch(division))),
        f"division {division!r} must be six digits of GB/T 2260 in quotes",
    )
    check(
        family == AUTO or family in FAMILY_NAMES,
        f"unknown family {family!r} (known: {', '.join((AUTO, *sorted(FAMILY_NAMES)))})",
    )
    url = line.get("column_url")
    check(isinstance(url, str) and _is_web_address(url), f"column_url {url!r} must be a full http or https address")
    hosts = line.get("hosts", [])
    check(
        isinstance(hosts, list) and all(isinstance(host, str) and HOST.fullmatch(host) for host in hosts),
        f"hosts {hosts!r} must be a list of host names in lower case, without http://",
    )
    options, note = line.get("options", {}), line.get("note")
    check(isinstance(options, dict), f"options {options!r} must be a table")
    check(options.get("tls") in (None, "legacy"), f'options.tls {options.get("tls")!r} can only be "legacy"')
    for bound in BOUNDS:
        number = options.get(bound, 1)
        check(isinstance(number, int) and not isinstance(number, bool) and number > 0,
              f"options.{bound} {number!r} must be a whole number above 0")  # fmt: skip
    platform = options.get("platform")
    check(
        platform is None or (isinstance(platform, str) and bool(platform.strip())),
        f"options.platform {platform!r} must be the name that all portals of the platform use",
    )
    render = line.get("render", options.get("render", False))
    check(isinstance(render, bool), f"render {render!r} can only be true or false")
    if render:
        options = {**options, "render": True}
    check(note is None or isinstance(note, str), f"note {note!r} must be a text")
    return Portal(key, name, division, family, url, tuple(hosts), MappingProxyType(options), note)


def _is_web_address(url: str) -> bool:
    try:
        parts = urlsplit(url)
        parts.port  # noqa: B018  (raises where the port is no number)
    except ValueError:
        return False
    return parts.scheme in ("http", "https") and bool(parts.hostname) and not any(c.isspace() for c in url)
