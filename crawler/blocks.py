"""Blocks: when a portal's answer means that it does not want to be asked by a program.

We do not solve challenges and do not disguise ourselves: a block is recorded as `blocked:<kind>`, the host is left
alone for the rest of the run, and a person may import files saved by hand or ask the office.
"""

from __future__ import annotations

from collections.abc import Mapping

# Seen on portals: 412 and 521 hand out a script to be run, the others are the page of a firewall.
KINDS: Mapping[int, str] = {
    401: "forbidden",
    403: "forbidden",
    405: "firewall",
    412: "challenge",
    418: "firewall",
    422: "firewall",
    451: "legal",
    468: "firewall",
    521: "challenge",
}


def block_kind(status: int, role: str) -> str | None:
    """The kind of block that an answer is; None where it is none.

    A robots.txt that may not be read is none: by RFC 9309 it is taken as absent (401, 403), since it names no rule.
    Firewall pages that come with status 200 are told by their body and are not recognized yet.

    >>> block_kind(412, "report"), block_kind(403, "column"), block_kind(403, "robots"), block_kind(404, "column")
    ('challenge', 'forbidden', None, None)
    """
    kind = KINDS.get(status)
    return None if role == "robots" and kind == "forbidden" else kind
