"""Families: one module for each way in which a column is delivered; pure functions of a page.

A family module has NAME, recognize(page), entries(page) and next_pages(page). next_pages names the addresses at which
the page after this one may stand, the likeliest first; the crawler takes the first that brings anything new.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from types import MappingProxyType
from typing import Protocol, cast

from crawler.families import generic, trs, ucap, vsb
from crawler.families.page import ColumnEntry, Page, Recognition

__all__ = ["FAMILIES", "ColumnEntry", "Family", "Page", "Recognition", "family_of", "recognize"]


class Family(Protocol):
    """What a family module offers."""

    NAME: str

    def recognize(self, page: Page) -> Recognition | None:
        """Whether the page is a column of this family."""

    def entries(self, page: Page) -> Iterable[ColumnEntry]:
        """What the column lists."""

    def next_pages(self, page: Page) -> Iterable[str]:
        """Where the page after this one may stand."""


# In the order in which equally sure families are believed.
FAMILIES: Mapping[str, Family] = MappingProxyType(
    {module.NAME: cast(Family, module) for module in (ucap, trs, vsb, generic)}
)


def recognize(page: Page) -> Recognition | None:
    """The family that is surest of this page; None where nobody sees a list."""
    found = [recognition for family in FAMILIES.values() if (recognition := family.recognize(page))]
    return max(found, key=lambda recognition: recognition.confidence, default=None)


def family_of(page: Page, pinned: str) -> Family:
    """The pinned family if it has a module, else the one that recognizes the page, at last the generic one."""
    if pinned in FAMILIES:
        return FAMILIES[pinned]
    found = recognize(page)
    return FAMILIES[found.family if found else generic.NAME]
