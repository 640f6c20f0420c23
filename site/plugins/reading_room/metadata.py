"""What the archive and a report are, for other people's programs: schema.org as JSON-LD, and a Frictionless data package."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Mapping
from typing import Any

from markupsafe import Markup

from reading_room.downloads import named, told
from reading_room.drawing import outside
from reading_room.visit import TABLES, File, Visit

LICENCE = "https://creativecommons.org/licenses/by/4.0/"
# SQLite's types as a data package names them; a view's columns have none.
TYPES = {"INTEGER": "integer", "TEXT": "string", "REAL": "number", "ANY": "number"}


def describe_archive(totals: Mapping[str, int], visit: Visit) -> Markup:
    """The home page's block: the catalogue and the dataset in it."""
    texts = visit.texts
    dataset = {
        "@type": "Dataset", "name": texts["site"], "description": texts["home.lead"], "license": LICENCE, "inLanguage": "zh-Hans",
        "isAccessibleForFree": True, "url": visit.link("/downloads"), "spatialCoverage": {"@type": "Place", "name": "中国"},
        "size": f"{totals['reports']} {texts['home.reports']}, {totals['figures']} {texts['home.figures']}",
        "distribution": [
            _file(f"{TABLES}.db", "application/vnd.sqlite3"), _file(f"{TABLES}/panel.csv?_size=max", "text/csv"),
            _file("/datapackage.json", "application/json"),
        ],
    }  # fmt: skip
    return _block({"@type": "DataCatalog", "name": texts["site"], "url": visit.link("/"), "license": LICENCE, "dataset": [dataset]})


def describe_report(report: sqlite3.Row, visit: Visit) -> Markup:
    """A report's block: whose figures of which year, of which document, and where they are as files."""
    address = outside(report["url"])
    dataset: dict[str, Any] = {
        "@type": "Dataset", "name": report["title"] or f"{report['issuing_body']} {report['report_year']}",
        "description": f"{visit.texts['home.lead']} {visit.texts.name('scope', report['scope'])}",
        "identifier": f"sha256:{report['payload_sha256']}", "url": visit.link(f"/report/{report['id']}"), "license": LICENCE,
        "creator": {"@type": "GovernmentOrganization", "name": report["issuing_body"]}, "temporalCoverage": str(report["report_year"]),
        "inLanguage": "zh-Hans", "isAccessibleForFree": True, "dateCreated": report["first_seen"],
        "includedInDataCatalog": {"@type": "DataCatalog", "name": visit.texts["site"], "url": visit.link("/")},
        "distribution": [_file(f"/report/{report['id']}.csv", "text/csv"), _file(f"/report/{report['id']}.json", "application/json")],
    }  # fmt: skip
    known = {"datePublished": report["published_on"], "isBasedOn": address}
    return _block(dataset | {key: value for key, value in known.items() if value})


def package(connection: sqlite3.Connection, visit: Visit) -> File:
    """/datapackage.json: every table and view with its columns."""
    resources = [_resource(connection, name) for kind in ("view", "table") for name in named(connection, kind)]
    content = {
        "profile": "tabular-data-package", "name": "nianbao", "title": visit.texts["site"], "description": visit.texts["home.lead"],
        "licenses": [{"name": "CC-BY-4.0", "path": LICENCE, "title": "Creative Commons Attribution 4.0"}], "resources": resources,
    }  # fmt: skip
    return File(json.dumps(content, ensure_ascii=False, indent=1).encode(), "application/json; charset=utf-8")


def _resource(connection: sqlite3.Connection, name: str) -> dict[str, Any]:
    about = told().get(name, {})
    described = about.get("columns", {})
    columns = connection.execute("select name, type, pk from pragma_table_info(?)", (name,)).fetchall()
    fields = [
        {"name": column, "type": TYPES.get(kind, "any")} | ({"description": described[column]} if column in described else {})
        for column, kind, _ in columns
    ]
    keys = [column for column, _, place in sorted(columns, key=lambda each: each[2]) if place]
    schema = {"fields": fields} | ({"primaryKey": keys} if keys else {})
    return {
        "name": name, "path": f"{TABLES[1:]}/{name}.csv?_stream=on&_size=max", "profile": "tabular-data-resource", "format": "csv",
        "mediatype": "text/csv", "encoding": "utf-8", "title": about.get("title", name), "description": about.get("description", ""),
        "schema": schema,
    }  # fmt: skip


def _file(address: str, media_type: str) -> dict[str, str]:
    return {"@type": "DataDownload", "contentUrl": address, "encodingFormat": media_type}


def _block(content: dict[str, Any]) -> Markup:
    """A data block: nothing in it is run, and no text in it can end it."""
    written = json.dumps({"@context": "https://schema.org"} | content, ensure_ascii=False, separators=(",", ":"))
    for sign in "<>&\u2028\u2029":
        written = written.replace(sign, f"\\u{ord(sign):04x}")
    return Markup('<script type="application/ld+json">{}</script>').format(Markup(written))
