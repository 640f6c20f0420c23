"""/about: what this is, how it is made, what it cannot tell."""

from __future__ import annotations

import sqlite3

from reading_room.visit import Page, Visit

CHAPTERS = ("what", "collected", "read", "doubts", "identity", "limits", "cite", "privacy")


def page(connection: sqlite3.Connection, visit: Visit) -> Page:
    """The page about the archive."""
    return Page("about.html", {"chapters": CHAPTERS})
