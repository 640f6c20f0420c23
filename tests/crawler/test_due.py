"""When portals are due, by the schedule that is shipped; and which of them need a person."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from crawler.archive.captures import PortalRun
from crawler.due import by_portal, due_now, load_schedule, when_due
from crawler.portals import Portal
from crawler.status import needs_of

PORTAL = Portal("x", "示例县人民政府", None, "auto", "http://www.x.gov.cn/nb/")
SCHEDULE = load_schedule()
SUMMER, JANUARY = datetime(2026, 7, 6, 3, tzinfo=UTC), datetime(2026, 1, 12, 3, tzinfo=UTC)


def visit(begun: datetime, verdict: str | None = "good", key: str = "x", alarm: str | None = None) -> PortalRun:
    """A row of the ledger; without a verdict the visit is under way or was interrupted."""
    moment = begun.strftime("%Y-%m-%dT%H:%M:%SZ")
    counts = (5, 0, 0, 5, 0, 0, 0)
    return PortalRun(moment, key, moment, moment if verdict else None, verdict, *counts, reason=f"{key}: {verdict}", alarm=alarm)


def hours(rows: list[PortalRun]) -> float:
    """How long after the last visit the next one is due, the slack of the schedule left aside."""
    now = datetime(2030, 7, 1, tzinfo=UTC)
    begun = datetime.fromisoformat(rows[-1].started_at or "")
    return (when_due(PORTAL, rows, now, SCHEDULE).at - begun) / timedelta(hours=1)


@pytest.mark.parametrize(
    ("rows", "expected"),
    [
        ([visit(SUMMER)], 168 - 4),
        ([visit(SUMMER, "partial")], 168 - 4),
        ([visit(JANUARY)], 24 - 4),
        ([visit(datetime(2026, 3, 30, 3, tzinfo=UTC))], 24 - 4),  # 31 March
        ([visit(datetime(2026, 3, 31, 3, tzinfo=UTC))], 168 - 4),  # 1 April is out of season
        # 29 December at 03:00; the season begins at midnight in Beijing, 61 hours later
        ([visit(datetime(2025, 12, 29, 3, tzinfo=UTC))], 61 - 4),
        ([visit(SUMMER, "failed")], 6),
        ([visit(SUMMER - timedelta(days=n), "failed") for n in (3, 2, 1)], 24),
        ([visit(SUMMER - timedelta(days=n), "failed") for n in range(9, 0, -1)], 168),
        ([visit(SUMMER - timedelta(days=2), "failed"), visit(SUMMER - timedelta(days=1)), visit(SUMMER, "failed")], 6),
        ([visit(JANUARY, "failed")], 6),
        ([visit(JANUARY, "blocked")], 168 - 4),
    ],
)
def test_a_portal_is_due_by_how_its_last_visit_ended_and_by_the_season(rows, expected):
    assert hours(rows) == expected


def test_a_daily_timer_finds_a_portal_due_every_day_of_the_season_and_once_a_week_outside_it():
    def visits(start: datetime, days: int) -> int:
        rows: list[PortalRun] = []
        for day in range(days):
            now = start + timedelta(days=day, minutes=(day * 7) % 50)  # a timer never fires on the second
            if when_due(PORTAL, rows, now, SCHEDULE).at <= now:
                rows.append(visit(now))
        return len(rows)

    assert visits(JANUARY, 28) == 28
    assert visits(SUMMER, 28) == 4


def test_a_portal_never_visited_or_left_half_way_is_due_at_once():
    now = SUMMER + timedelta(hours=1)
    rows = by_portal([visit(SUMMER, key="half"), visit(SUMMER, None, key="half"), visit(SUMMER, key="done"), visit(SUMMER, "abandoned", key="left")])
    portals = [Portal(key, key, None, "auto", f"http://{key}.gov.cn/") for key in ("new", "half", "done", "left")]
    assert [portal.key for portal in due_now(portals, rows, now, SCHEDULE)] == ["new", "half", "left"]


def test_a_person_is_needed_for_blocks_failures_lists_that_shrank_and_portals_never_crawled():
    day = timedelta(days=1)
    rows = [
        visit(SUMMER - 2 * day, key="failing"), visit(SUMMER - day, "failed", key="failing"), visit(SUMMER, "failed", key="failing"),
        visit(SUMMER, "blocked", key="walled"), visit(SUMMER, "partial", key="empty", alarm="zero"),
        visit(SUMMER, "partial", key="fewer", alarm="fewer"), visit(SUMMER, "partial", key="a page failed"),
        visit(SUMMER, key="well"), visit(SUMMER, "failed", key="by hand"), visit(SUMMER - day, "failed", key="by hand long ago"),
    ]  # fmt: skip
    names = ["failing", "walled", "empty", "fewer", "a page failed", "well", "never"]
    registry = [Portal(key, f"{key}'s name", None, "auto", "http://x.gov.cn/") for key in names]
    needs = list(needs_of(registry, by_portal(rows), visit(SUMMER).run_id))
    assert [(need.portal, need.state) for need in needs] == [
        ("failing", "failed"), ("walled", "blocked"), ("empty", "zero"), ("fewer", "fewer"), ("never", "never"), ("by hand", "failed")
    ]  # fmt: skip
    assert (needs[0].since, needs[0].last_good) == ("2026-07-05T03:00:00Z", "2026-07-04T03:00:00Z")
    assert (needs[0].name, needs[0].reason) == ("failing's name", "failing: failed")


def test_an_archive_of_single_columns_does_not_follow_the_registry():
    assert list(needs_of([PORTAL], by_portal([visit(SUMMER, key="column-x")]), visit(SUMMER).run_id)) == []
    assert [need.state for need in needs_of([PORTAL], {}, None)] == ["never"]
