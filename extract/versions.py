"""The states of a report over time: first met, edited, vanished, restored, at each of its addresses, dated by our clock.

Documents with the same content (extract/content.py) are one state, however their pages differ in furniture.
"""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field

from crawler.unlisted import bare
from extract.absences import Told
from extract.database import Row
from extract.facts import Address, Fact
from extract.reports import AnnualReport, ReadDocument

FIRST, EDITED, VANISHED, RESTORED, UNLISTED, LISTED = "first", "edited", "vanished", "restored", "unlisted", "listed"
Cell = tuple[str, str | None, str | None]  # address, printed before, printed after; None where there is no such cell


@dataclass(slots=True)
class State:
    """What stood at an address from one moment to another; without a document nothing did."""

    url: str
    what: str  # what made it another state than the one before
    first_seen: str
    last_seen: str
    document: ReadDocument | None
    payload: str | None
    before: ReadDocument | None = None  # the last document that stood there before
    payload_before: str | None = None
    evidence: str | None = None  # of a vanished one: 404, 410, soft_404, home
    payloads: set[str] = field(default_factory=set)  # met in this state; they differ in page furniture only


@dataclass(frozen=True, slots=True)
class _Met:
    """An answer from an address: a document, or that nothing is there."""

    moment: str
    capture: int
    run: str
    url: str
    document: ReadDocument | None = None
    payload: str | None = None
    how: str | None = None
    unlisted: bool = False


def states_of(report: AnnualReport, told_at: Callable[[str], Told]) -> list[State]:
    """The states of a report in the order of time. `told_at`: what is known of a bare address besides documents."""
    met: dict[str, dict[str, _Met]] = defaultdict(dict)
    told = {address: told_at(address) for address in {bare(c.url) for d in report.documents for c in d.captures}}
    found = [
        _Met(c.captured_at, c.id, c.run_id, c.url, d, c.payload_sha256, None, c.run_id in told[bare(c.url)].unlisted_in)
        for d in report.documents
        for c in d.captures
    ]
    found += [_Met(a.moment, a.capture, a.run, a.url, how=a.how) for each in told.values() for a in each.absences]
    for one in sorted(found, key=lambda one: one.capture):
        met[bare(one.url)][one.run] = one  # of several answers within a run (http and https) the last one holds
    states = [state for answers in met.values() for state in _states(answers.values())]
    return sorted(states, key=lambda state: (state.first_seen, state.url))


def _states(answers: Iterable[_Met]) -> Iterator[State]:
    """The states of one address."""
    state: State | None = None
    last: _Met | None = None  # the last document
    for met in answers:
        what = _what(state, last, met)
        if what is not None:
            if state:
                yield state
            before = (last.document, last.payload) if last else (None, None)
            state = State(met.url, what, met.moment, met.moment, met.document, met.payload, *before, met.how)
        if state:
            state.last_seen = met.moment
            if met.document:
                state.payloads.add(str(met.payload))
                last = met
    if state:
        yield state


def _what(state: State | None, last: _Met | None, met: _Met) -> str | None:
    """What makes an answer another state than the one that it finds; None where nothing does."""
    if met.document is None:
        return VANISHED if state and state.what != VANISHED else None  # what never was there has not vanished
    if state is None or last is None:
        return FIRST
    if state.what == VANISHED:
        return RESTORED
    if _text(met.document) != _text(last.document):
        return EDITED
    if met.unlisted != last.unlisted:
        return UNLISTED if met.unlisted else LISTED
    return None


def _text(document: ReadDocument | None) -> str | None:
    return document.reading.text_sha256 if document and document.reading else None


def vanished_on(states: Sequence[State]) -> str | None:
    """When the last address of a report was found gone; None where one still answers."""
    latest = {bare(state.url): state for state in states}
    if any(state.what != VANISHED for state in latest.values()):
        return None
    return max(state.first_seen for state in latest.values())


def version_rows(report_id: int, states: Iterable[State]) -> Iterator[Row]:
    """The states as rows of `report_versions`, numbered in the order of time."""
    for number, state in enumerate(states, start=1):
        yield {
            "report_id": report_id,
            "number": number,
            "url": state.url,
            "payload_sha256": state.payload,
            "text_sha256": _text(state.document),
            "first_seen": state.first_seen,
            "last_seen": state.last_seen,
            "what_changed": state.what,
            "evidence": state.evidence,
            "payloads": len(state.payloads),
        }


def change_rows(report_id: int, states: Iterable[State]) -> Iterator[Row]:
    """What happened to a report after its publication, as rows of `report_changes`, each with its cells."""
    for state in states:
        if state.what in (VANISHED, RESTORED):
            gone, back = (state.before, None) if state.what == VANISHED else (None, state.document)
            yield _change(report_id, state, state.what, differing(gone, back))
        if state.what == EDITED or (state.what == RESTORED and _text(state.document) != _text(state.before)):
            yield _change(report_id, state, EDITED, differing(state.before, state.document))


def _change(report_id: int, state: State, what: str, cells: Iterable[Cell]) -> Row:
    return {
        "report_id": report_id,
        "url": state.url,
        "moment": state.first_seen,
        "before_sha256": state.payload_before,
        "after_sha256": state.payload,
        "cells": json.dumps(list(cells), ensure_ascii=False, separators=(",", ":")),
        "what": what,
    }


def differing(before: ReadDocument | None, after: ReadDocument | None) -> Iterator[Cell]:
    """The cells that say something else in two documents, or all of one where the other is nothing."""
    old, new = _facts(before), _facts(after)
    for address in dict.fromkeys([*old, *new]):
        was, now = old.get(address), new.get(address)
        if (was and (was.value, was.state)) != (now and (now.value, now.state)):
            yield "/".join(address), was.printed if was else None, now.printed if now else None


def _facts(document: ReadDocument | None) -> dict[Address, Fact]:
    return {fact.address: fact for fact in document.reading.facts} if document and document.reading else {}
