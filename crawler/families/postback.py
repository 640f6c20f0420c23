"""Postback: the next page of an ASP.NET list, which is asked for by sending the page's own form back to it."""

from __future__ import annotations

import re
from collections.abc import Iterable

from crawler.families.links import NEXT_TEXTS
from crawler.families.page import Ask, Page, ask_by_form

CALL = re.compile(r"__doPostBack\(\s*['\"]([^'\"]*)['\"]\s*,\s*['\"]([^'\"]*)['\"]\s*\)")
SENT = ("hidden",)  # the page's state; what a person might have typed or chosen is left as it stands


def next_by_postback(page: Page) -> Iterable[Ask]:
    """The form as a click on 下一页 would send it."""
    if "__doPostBack" not in page.text:
        return
    for anchor in page.elements("a"):
        text = "".join("".join(anchor.itertext()).split()).lower().strip("<>»›[]")
        call = CALL.search(f"{anchor.get('href') or ''} {anchor.get('onclick') or ''}")
        form = next(anchor.iterancestors("form"), None)
        if call and form is not None and text in NEXT_TEXTS:
            fields = {i.get("name"): i.get("value") or "" for i in form.iter("input") if i.get("type") in SENT}
            fields |= {"__EVENTTARGET": call[1], "__EVENTARGUMENT": call[2]}
            url = page.urljoin(form.get("action") or page.url)
            yield ask_by_form(url, {name: value for name, value in fields.items() if name}, base=page.base_url)
            return
