"""Which hosts one process asks, and how portals are batched by them."""

from __future__ import annotations

import pytest

from crawler.estates import batches, estate_of, estates_of
from crawler.portals import Portal


def portal(key: str, host: str, **more: object) -> Portal:
    return Portal(key, key, None, "auto", f"http://{host}/nb/", **more)


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("www.fengcheng.gov.cn", "zwgk.fengcheng.gov.cn", True),
        ("sandu.qiannan.gov.cn", "www.qiannan.gov.cn", True),
        ("www.nanchang.gov.cn", "www.fengcheng.gov.cn", False),
        ("127.0.0.1", "127.0.0.2", False),
    ],
)
def test_hosts_of_one_domain_are_one_estate(one: str, other: str, same: bool) -> None:
    assert (estate_of(one) == estate_of(other)) is same


def test_portals_that_share_a_host_or_a_platform_stay_together_however_many_they_are() -> None:
    portals = [
        portal("a", "www.a.gov.cn"),
        portal("b", "www.b.gov.cn", hosts=("files.example.org",)),
        portal("c", "www.c.gov.cn", options={"platform": "p"}),
        portal("d", "zw.a.gov.cn", hosts=("files.example.org",)),
        portal("e", "www.e.gov.cn", options={"platform": "p"}),
        portal("f", "www.f.gov.cn"),
    ]
    found = [[p.key for p in batch.portals] for batch in batches({p: estates_of(p) for p in portals}, (), 2)]
    assert found == [["a", "b", "d"], ["c", "e"], ["f"]]


def test_a_batch_is_as_large_as_wished_and_its_estates_are_those_of_its_portals() -> None:
    portals = {p: estates_of(p) for p in (portal(f"p{n}", f"10.0.0.{n}") for n in range(5))}
    found = list(batches(portals, (), 2))
    assert [len(batch.portals) for batch in found] == [2, 2, 1]
    assert [sorted(batch.estates) for batch in found] == [["10.0.0.0", "10.0.0.1"], ["10.0.0.2", "10.0.0.3"], ["10.0.0.4"]]


def test_what_another_process_asks_waits() -> None:
    first, second = portal("a", "www.a.gov.cn"), portal("b", "www.b.gov.cn")
    found = batches({first: {"a.gov.cn", "c.gov.cn"}, second: {"b.gov.cn"}}, {"c.gov.cn"}, 50)
    assert [batch.portals for batch in found] == [(second,)]
