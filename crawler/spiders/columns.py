"""Reading of columns and reports: what an answer is kept as, and which addresses are to be asked for next."""

from __future__ import annotations

from collections.abc import Generator, Iterator, Sequence
from dataclasses import replace

from scrapy.http import Response, TextResponse

from crawler.archive import Attempt, ListedEntry
from crawler.attachments import attachments
from crawler.extensions import Ledger
from crawler.families import FAMILIES, Ask, ColumnEntry, Family, Page, family_of, recognized_as
from crawler.families.links import is_script
from crawler.families.page import is_file
from crawler.families.twins import place_of
from crawler.families.wrappers import frames, is_home, leads_to, list_scripts, lists_reports, seen
from crawler.following import entries_of, is_report, sorted_out, title_if_itself_a_report
from crawler.portals import host_of
from crawler.spiders.answers import is_page, media_type_of, page_of
from crawler.titles import read_title
from crawler.work import Place, Step, Work

BARREN = 2  # pages of a list in a row that bring nothing new: steps to a list that a script draws, or its end


class Reader:
    """Reads the answers of all portals of a crawl. What it yields must be asked for before it goes on."""

    def __init__(self, ledger: Ledger, longest_list: int) -> None:
        self._ledger = ledger
        self._longest_list = longest_list  # pages of one column

    def note(self, work: Work, attempt: Attempt, url: str, what: str, status: int | None) -> None:
        """A page that is gone is the portal's affair; whatever else keeps us from a page is a problem of the run."""
        stop = self._ledger.stopped.get(host_of(url))
        if stop and stop.blocked:
            work.blocked = True
        if attempt.role == "column" or (status not in (404, 410) and attempt.url not in work.unlisted):
            work.problems.append(f"{attempt.role} {url} {what}")

    # --- columns

    def read_column(self, work: Work, attempt: Attempt, response: Response, place: Place) -> Iterator[Step]:
        """Follow a page of a column: to its reports, the columns below it, the page after it."""
        if response.status >= 400 or not is_page(response):
            if place.otherwise:
                yield from self._next_page(work, attempt, place, place.otherwise)
            elif response.status < 400 and attempt.title:
                self._keep_itself(work, attempt, response.url, attempt.title)  # 2023年, and a file behind it
            else:
                what = f"answered {response.status}"
                if response.status < 400:
                    what = f"is no page but {media_type_of(response)}"
                self.note(work, attempt, response.url, what, response.status)
            return
        page = page_of(response, place.ask)
        if is_home(page.url) and not is_home(attempt.url) and host_of(page.url) == host_of(attempt.url):
            self.note(work, attempt, attempt.url, "leads to the home page: it is not there any more", 404)
            return
        recognition = None if place.family else recognized_as(page, work.portal.family)
        family = FAMILIES[recognition.family] if recognition else place.family or family_of(page, work.portal.family)
        fresh = [entry for entry in entries_of(page, family) if entry.url not in place.met]
        if not fresh and place.otherwise:
            yield from self._next_page(work, attempt, place, place.otherwise)
            return
        wanted = yield from self._follow(work, page, fresh, place)
        following = self._following(work, page, family, fresh, place)
        if wanted or following:
            work.led_on(recognition)
        if following:
            met = place.met | {entry.url for entry in fresh}
            barren = 0 if fresh else place.barren + 1
            here = replace(place, number=place.number + 1, barren=barren, met=met, family=family)
            yield from self._next_page(work, attempt, here, following)
        if title := title_if_itself_a_report(page, among_links=wanted or bool(following)):
            self._keep_itself(work, attempt, page.url, title)
            yield from self._files_of(work, replace(attempt, title=title), page)
        elif not wanted and not following:
            yield from self._unwrapped(work, attempt, page, place)

    def _following(
        self, work: Work, page: Page, family: Family, fresh: Sequence[ColumnEntry], place: Place
    ) -> tuple[Ask, ...]:
        """What may bring the page after this one, if it is to be asked for."""
        if not fresh and place.barren >= BARREN:
            return ()
        asks = (ask for ask in family.next_pages(page) if ask.url)
        following = tuple(ask for ask in asks if (ask.method, place_of(ask.url), ask.body) not in work.asked)
        if following and place.number >= self._longest_list:
            work.problems.append(f"column {page.url} has more than {place.number} pages; the rest was left")
            return ()
        return following

    def _next_page(self, work: Work, attempt: Attempt, place: Place, asks: Sequence[Ask]) -> Iterator[Step]:
        ask = asks[0]
        if not work.portal.may_ask(ask.url):
            work.problems.append(f"column {attempt.url} goes on at a foreign host: {ask.url}")
            return
        found = replace(attempt, url=ask.url, found_on=attempt.found_on or attempt.url)
        yield found, replace(place, otherwise=tuple(asks[1:]), ask=ask)

    def _unwrapped(self, work: Work, attempt: Attempt, page: Page, place: Place) -> Iterator[Step]:
        """Where the list of a page that has none may stand: it is a wrapper around it."""
        if place.depth <= work.depth and place.barren <= BARREN:
            further = Place(place.depth, barren=place.barren + 1, met=place.met)
            there = leads_to(page)
            for url in (there,) if there else frames(page) or list_scripts(page):
                if work.portal.may_ask(url):
                    found = replace(attempt, url=url, found_on=page.url)
                    yield found, replace(further, ask=Ask(url, base=page.base_url if url.endswith(".js") else None))
        if work.seen is None or not is_script(page):
            work.seen = seen(page)

    def _keep_itself(self, work: Work, attempt: Attempt, url: str, title: str) -> None:
        """Write down that a column's own address is a report: an entry that it lists itself."""
        work.itself.add(url)
        work.listed += 1
        work.wanted += 1
        rule = read_title(title, url=url, division=work.portal.division, portal_name=work.portal.name).rule
        entry = ListedEntry(url, title, attempt.published, "report", f"栏目本身就是报告；{rule}", True, url)
        self._ledger.archive.record_entries(work.portal.key, [entry])

    def _follow(
        self, work: Work, page: Page, entries: Sequence[ColumnEntry], place: Place
    ) -> Generator[Step, None, bool]:
        """Keep what a column lists, and ask for what its titles promise to be reports, or further columns.

        Returns whether anything was to be asked for.
        """
        listed, wanted = sorted_out(work, page, entries, place)
        new = any(found.role != "column" and not work.has_asked(found.url) for found, _ in wanted)
        work.fruitless = 0 if new else work.fruitless + 1
        work.listed += len(listed)
        work.wanted += sum(attempt.role != "column" for attempt, _ in wanted)
        self._ledger.archive.record_entries(work.portal.key, listed)
        yield from wanted
        return bool(wanted)

    # --- reports

    def read_report(self, work: Work, attempt: Attempt, response: TextResponse, place: Place) -> Iterator[Step]:
        """Ask for the files of a report; a page titled like a report may also be the list of a year's reports."""
        page = page_of(response)
        if there := leads_to(page):
            if work.portal.may_ask(there):
                yield replace(attempt, url=there, found_on=page.url), place
            return
        yield from self._files_of(work, attempt, page)
        if place.depth < work.depth and not is_file(page.url) and lists_reports(page):
            entries = entries_of(page, family_of(page, work.portal.family))
            reports = [entry for entry in entries if is_report(entry, work.portal) and not work.has_asked(entry.url)]
            if reports:
                yield from self._follow(work, page, reports, Place(place.depth + 1))

    def _files_of(self, work: Work, attempt: Attempt, page: Page) -> Iterator[Step]:
        for file in attachments(page):
            if work.portal.may_ask(file.url):
                yield Attempt(attempt.portal, file.url, "attachment", page.url, file.title or None), Place()
