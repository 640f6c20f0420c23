"""What the archive's index says: captures, runs, portals in runs, and what columns listed."""

from __future__ import annotations

from dataclasses import dataclass, fields

from crawler.archive.warc import Exchange


@dataclass(frozen=True)
class Capture:
    """One attempt to get an address: what was answered and where that stands, or why there was no answer."""

    id: int
    run_id: str
    portal: str
    url: str
    captured_at: str  # UTC, seconds, "Z"
    status: int | None
    media_type: str | None  # lower case, without parameters; of the stored payload where the answer was "unchanged"
    payload_sha256: str | None  # of the body with Content-Encoding undone
    warc_file: str | None  # name within the archive folder
    warc_offset: int | None
    warc_length: int | None
    error: str | None
    role: str  # robots, column, report, attachment, other
    found_on: str | None
    title: str | None  # as printed in the list
    published: str | None  # as printed in the list


@dataclass(frozen=True)
class Known:
    """The payload that is stored for an address, and what lets a portal say that it is unchanged."""

    capture: Capture
    exchange: Exchange
    etag: str | None
    last_modified: str | None


@dataclass(frozen=True)
class Latest:
    """The last capture of a payload from an address, whether or not it can be read."""

    capture: Capture
    etag: str | None
    last_modified: str | None


UNLISTED = "unlisted"  # the kind of an entry that no column lists any more, asked for to know whether it still answers


@dataclass(frozen=True)
class ListedEntry:
    """A link that a column lists, and what its title was taken for."""

    url: str
    title: str
    published: str | None
    kind: str
    rule: str
    followed: bool
    found_on: str
    refused: str | None = None


@dataclass(frozen=True)
class Listed:
    """How much a portal's column listed in a run."""

    run_id: str
    started_at: str
    entries: int


@dataclass(frozen=True)
class Run:
    """A crawl run. Without finished_at it is under way, or was interrupted."""

    id: str
    started_at: str
    finished_at: str | None
    verdict: str | None
    requested: int
    new: int
    changed: int
    unchanged: int
    vanished: int
    blocked: int
    failed: int


@dataclass(frozen=True)
class PortalRun:
    """A portal in a crawl run."""

    run_id: str
    portal: str
    started_at: str | None
    finished_at: str | None
    verdict: str | None
    requested: int
    new: int
    changed: int
    unchanged: int
    vanished: int
    blocked: int
    failed: int
    reason: str | None = None  # in one line what went wrong, if anything did
    listed: int | None = None  # entries of its column; None where the run did not come so far
    alarm: str | None = None  # zero: it lists nothing where it did; fewer: a quarter less than in its last finished run
    family: str | None = None  # how its column is delivered, as recognized
    confidence: float | None = None  # 0 to 1
    marks: str | None = None  # what decided it


def names(row: type) -> str:
    """The columns that a row of this kind is read from, in its order."""
    return ", ".join(field.name for field in fields(row))


CAPTURE_COLUMNS = names(Capture)
