"""Estates: the hosts that one process asks, so that no host meets two at once; and portals batched by them.

An estate is a registered domain with all its hosts (x.gov.cn holds www.x.gov.cn and zwgk.x.gov.cn), an address, or a
platform that the registry names.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache

from tldextract import TLDExtract

from crawler.portals import Portal


@dataclass(frozen=True)
class Batch:
    """Portals for one process, and the estates that it alone may ask meanwhile."""

    portals: tuple[Portal, ...]
    estates: frozenset[str]


def estate_of(host: str) -> str:
    """The estate of a host.

    >>> [estate_of(host) for host in ("www.fengcheng.gov.cn", "www.gov.cn", "127.0.0.1", "files.example.org")]
    ['fengcheng.gov.cn', 'www.gov.cn', '127.0.0.1', 'example.org']
    """
    return _domains()(host).top_domain_under_public_suffix or host


def estates_of(portal: Portal) -> frozenset[str]:
    """What a portal asks, as far as the registry knows: its column's estate, its further hosts, its platform."""
    hosts = {estate_of(host) for host in (portal.host, *portal.hosts)}
    return frozenset(hosts | ({f"platform {portal.platform}"} if portal.platform else set()))


def batches(portals: Mapping[Portal, Collection[str]], busy: Collection[str], size: int) -> Iterator[Batch]:
    """Portals with their estates as batches of about `size`: portals that share an estate together, whatever their
    number; none that would ask a busy estate."""
    members: list[Portal] = []
    estates: set[str] = set()
    for group, held in _groups(portals):
        if held.isdisjoint(busy):
            members += group
            estates |= held
        if len(members) >= size:
            yield Batch(tuple(members), frozenset(estates))
            members, estates = [], set()
    if members:
        yield Batch(tuple(members), frozenset(estates))


def _groups(portals: Mapping[Portal, Collection[str]]) -> Iterable[tuple[Sequence[Portal], set[str]]]:
    """Portals that share an estate, directly or through others; in the order of their first ones."""
    above: dict[str, str] = {}

    def top(estate: str) -> str:
        while (over := above.setdefault(estate, estate)) != estate:
            above[estate] = estate = above[over]
        return estate

    for first, *others in map(sorted, portals.values()):
        for other in others:
            above[top(other)] = top(first)
    members: dict[str, list[Portal]] = defaultdict(list)
    held: dict[str, set[str]] = defaultdict(set)
    for portal, estates in portals.items():
        group = top(min(estates))
        members[group].append(portal)
        held[group].update(estates)
    return [(members[group], held[group]) for group in members]


@cache
def _domains() -> TLDExtract:
    return TLDExtract(suffix_list_urls=(), cache_dir=None)  # the list that comes with it: no network, no files
