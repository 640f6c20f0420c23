"""Families: one module for each way in which a column is delivered; pure functions of a page.

A family module has NAME, recognize(page), entries(page) and next_pages(page). next_pages names the requests that may
bring the page after this one, the likeliest first; the crawler takes the first that brings anything new. From a page
that lists nothing itself they lead to its list.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from types import MappingProxyType
from typing import Protocol, cast

from crawler.families import epoint, generic, gkmlpt, hanweb, hebei, longxun, nfcms, showlist, trs, ucap, vsb
from crawler.families.page import Ask, ColumnEntry, Page, Recognition

__all__ = ["FAMILIES", "Ask", "ColumnEntry", "Family", "Page", "Recognition", "family_of", "recognize", "recognized_as"]


class Family(Protocol):
    """What a family module offers."""

    NAME: str

    def recognize(self, page: Page) -> Recognition | None:
        """Whether the page is a column of this family."""

    def entries(self, page: Page) -> Iterable[ColumnEntry]:
        """What the column lists."""

    def next_pages(self, page: Page) -> Iterable[Ask]:
        """What may bring the page after this one."""


# In the order in which equally sure families are believed.
FAMILIES: Mapping[str, Family] = MappingProxyType(
    {
        module.NAME: cast(Family, module)
        for module in (gkmlpt, ucap, trs, hanweb, vsb, nfcms, longxun, showlist, hebei, epoint, generic)
    }
)


def recognize(page: Page) -> Recognition | None:
    """The family that is surest of this page; None where nobody sees a list."""
    found = [recognition for family in FAMILIES.values() if (recognition := family.recognize(page))]
    return max(found, key=lambda recognition: recognition.confidence, default=None)


def family_of(page: Page, pinned: str) -> Family:
    """The family that reads the page."""
    return FAMILIES[recognized_as(page, pinned).family]


def recognized_as(page: Page, pinned: str) -> Recognition:
    """The pinned family unless it does not see its own in the page and another does; at last the generic one.

    Where nobody sees a list, the confidence is 0 and there are no marks.
    """
    own = FAMILIES[pinned].recognize(page) if pinned in FAMILIES else None
    return own or recognize(page) or Recognition(pinned if pinned in FAMILIES else generic.NAME, 0.0)
