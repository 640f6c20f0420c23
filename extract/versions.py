"""What changed in a report after its publication: at one address another document stood than before."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterator
from itertools import pairwise

from crawler.archive import Capture
from extract.facts import Address, Fact
from extract.reports import AnnualReport, ReadDocument

Row = dict[str, str | int | None]


def change_rows(report_id: int, report: AnnualReport) -> Iterator[Row]:
    """The changes as rows of `report_changes`, each with the cells whose figures became others."""
    for url, states in _states(report).items():
        for (_, before), (capture, after) in pairwise(states):
            if before is not after:
                yield {
                    "report_id": report_id,
                    "url": url,
                    "moment": capture.captured_at,
                    "before_sha256": before.payloads[0],
                    "after_sha256": after.payloads[0],
                    "cells": json.dumps(list(differing(before, after)), ensure_ascii=False, separators=(",", ":")),
                }


def differing(before: ReadDocument, after: ReadDocument) -> Iterator[tuple[str, str | None, str | None]]:
    """The cells that say something else in two documents: address, printed before, printed after (None: no such cell)."""
    old, new = _facts(before), _facts(after)
    for address in dict.fromkeys([*old, *new]):
        was, now = old.get(address), new.get(address)
        if (was and (was.value, was.state)) != (now and (now.value, now.state)):
            yield "/".join(address), was.printed if was else None, now.printed if now else None


def _facts(document: ReadDocument) -> dict[Address, Fact]:
    return {fact.address: fact for fact in document.reading.facts} if document.reading else {}


def _states(report: AnnualReport) -> dict[str, list[tuple[Capture, ReadDocument]]]:
    """url → what was captured there, in the order of time."""
    met: dict[str, list[tuple[Capture, ReadDocument]]] = defaultdict(list)
    for document in report.documents:
        for capture in document.captures:
            met[capture.url].append((capture, document))
    return {url: sorted(states, key=lambda state: (state[0].captured_at, state[0].id)) for url, states in met.items()}
