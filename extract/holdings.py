"""Sums that pages show, worked out once when the database is built: how much lies within each division, which issues there are."""

from __future__ import annotations

import sqlite3

# A body lies within its county, prefecture and province, and within the whole.
WITHIN = """
    CREATE TEMP TABLE within AS
      SELECT id AS body_id, '' AS division FROM bodies
      UNION SELECT id, 'unknown' FROM bodies WHERE division IS NULL
      UNION SELECT id, division FROM bodies WHERE division IS NOT NULL
      UNION SELECT id, substr(division, 1, 4) || '00' FROM bodies WHERE division IS NOT NULL
      UNION SELECT id, substr(division, 1, 2) || '0000' FROM bodies WHERE division IS NOT NULL;
    CREATE TEMP TABLE carried AS
      SELECT report_id, COUNT(DISTINCT payload_sha256) AS documents FROM report_documents GROUP BY report_id;
    CREATE UNIQUE INDEX temp.carried_report ON carried (report_id);
"""
SUMS = """
    INSERT INTO holdings
      SELECT w.division, {year}, COUNT(*), COUNT(DISTINCT r.body_id), SUM(r.facts), SUM(r.issues),
        coalesce(SUM(c.documents), 0)
      FROM temp.within AS w JOIN reports AS r ON r.body_id = w.body_id
      LEFT JOIN temp.carried AS c ON c.report_id = r.id
      GROUP BY w.division{group};
"""
ISSUES = """
    INSERT INTO issue_counts
      SELECT i.kind, i.rule, i.severity, coalesce(substr(b.division, 1, 2), ''), r.report_year, COUNT(*),
        COUNT(DISTINCT i.report_id)
      FROM issues AS i LEFT JOIN reports AS r ON r.id = i.report_id LEFT JOIN bodies AS b ON b.id = r.body_id
      GROUP BY 1, 2, 3, 4, 5;
"""


def sum_up(connection: sqlite3.Connection) -> None:
    """Fill `holdings` and `issue_counts`. Of the whole, issues and documents that belong to no report are counted too."""
    connection.executescript(
        WITHIN
        + SUMS.format(year="r.report_year", group=", r.report_year")
        + SUMS.format(year="NULL", group="")
        + ISSUES
        + """
        UPDATE holdings SET issues = (SELECT COUNT(*) FROM issues), documents = (SELECT COUNT(*) FROM documents)
          WHERE division = '' AND report_year IS NULL;
        DROP TABLE temp.within;
        DROP TABLE temp.carried;
        """
    )
