-- The tables of nianbao.db. Names are those of ARCHITECTURE.md; outside tools rely on them.
-- Every figure a person may cite is in `facts`; what could not be read or does not add up is in `issues`.

-- An administrative division (GB/T 2260), codes of abolished ones included.
CREATE TABLE divisions (
  code TEXT PRIMARY KEY,
  name TEXT NOT NULL,
  level TEXT NOT NULL CHECK (level IN ('country', 'province', 'prefecture', 'county')),
  parent TEXT REFERENCES divisions (code),
  valid_from INTEGER,
  valid_to INTEGER,
  successor TEXT
) STRICT;

-- A portal of the registry: where a 政府信息公开年报 column stands.
CREATE TABLE portals (
  key TEXT PRIMARY KEY,
  name TEXT NOT NULL,
  division TEXT REFERENCES divisions (code),
  family TEXT NOT NULL,
  column_url TEXT NOT NULL
) STRICT;

-- A crawl run, and a portal within it.
CREATE TABLE runs (
  id TEXT PRIMARY KEY,
  started_at TEXT NOT NULL,
  finished_at TEXT,
  verdict TEXT,
  requested INTEGER NOT NULL DEFAULT 0,
  new INTEGER NOT NULL DEFAULT 0,
  changed INTEGER NOT NULL DEFAULT 0,
  unchanged INTEGER NOT NULL DEFAULT 0,
  vanished INTEGER NOT NULL DEFAULT 0,
  blocked INTEGER NOT NULL DEFAULT 0,
  failed INTEGER NOT NULL DEFAULT 0
) STRICT;
CREATE TABLE portal_runs (
  run_id TEXT NOT NULL REFERENCES runs (id),
  portal TEXT NOT NULL,
  started_at TEXT,
  finished_at TEXT,
  verdict TEXT,
  family TEXT,      -- how its column is delivered, as recognized; the marks decided it, with this confidence (0 to 1)
  confidence REAL,
  marks TEXT,
  requested INTEGER NOT NULL DEFAULT 0,
  new INTEGER NOT NULL DEFAULT 0,
  changed INTEGER NOT NULL DEFAULT 0,
  unchanged INTEGER NOT NULL DEFAULT 0,
  vanished INTEGER NOT NULL DEFAULT 0,
  blocked INTEGER NOT NULL DEFAULT 0,
  failed INTEGER NOT NULL DEFAULT 0,
  listed INTEGER,  -- entries of its column
  alarm TEXT,      -- zero: it lists nothing where it did; fewer: a quarter less than in its last finished run
  reason TEXT,     -- in one line what went wrong
  PRIMARY KEY (run_id, portal)
) STRICT;
CREATE INDEX portal_runs_portal ON portal_runs (portal, run_id);

-- An archived answer; an attempt without an answer has `error` and neither status nor WARC position.
CREATE TABLE captures (
  id INTEGER PRIMARY KEY,
  run_id TEXT NOT NULL REFERENCES runs (id),
  portal TEXT NOT NULL,
  url TEXT NOT NULL,
  captured_at TEXT NOT NULL,
  status INTEGER,
  media_type TEXT,
  payload_sha256 TEXT,
  warc_file TEXT,
  warc_offset INTEGER,
  warc_length INTEGER,
  error TEXT,
  role TEXT NOT NULL,
  found_on TEXT,
  title TEXT,
  published TEXT
) STRICT;
CREATE INDEX captures_payload ON captures (payload_sha256);
CREATE INDEX captures_url ON captures (url, captured_at);
CREATE INDEX captures_run ON captures (run_id, portal);

-- A distinct payload that was read, and what it was taken for.
CREATE TABLE documents (
  payload_sha256 TEXT PRIMARY KEY,
  media_type TEXT,
  kind TEXT NOT NULL CHECK (kind IN ('report', 'attachment', 'not_a_report')),
  why TEXT
) STRICT;

-- An office that issues reports.
CREATE TABLE bodies (
  id INTEGER PRIMARY KEY,
  name TEXT NOT NULL,
  division TEXT REFERENCES divisions (code),
  level TEXT,
  kind TEXT
) STRICT;
CREATE INDEX bodies_division ON bodies (division);

-- An annual report: one body, one report year, one scope.
CREATE TABLE reports (
  id INTEGER PRIMARY KEY,
  body_id INTEGER NOT NULL REFERENCES bodies (id),
  issuing_body TEXT NOT NULL,
  report_year INTEGER NOT NULL,
  scope TEXT NOT NULL CHECK (scope IN ('aggregate', 'own_organ', 'unknown')),
  form TEXT,
  title TEXT,
  published_on TEXT,
  first_seen TEXT NOT NULL,
  url TEXT NOT NULL,
  payload_sha256 TEXT NOT NULL REFERENCES documents (payload_sha256),
  facts INTEGER NOT NULL,
  issues INTEGER NOT NULL,
  vanished_on TEXT  -- when the last of its addresses was found gone; null while one still answers
) STRICT;
CREATE INDEX reports_body ON reports (body_id, report_year);
CREATE INDEX reports_year ON reports (report_year);
CREATE INDEX reports_payload ON reports (payload_sha256);

-- Every document that carries a report; `chosen` marks the one that speaks.
CREATE TABLE report_documents (
  report_id INTEGER NOT NULL REFERENCES reports (id),
  payload_sha256 TEXT NOT NULL REFERENCES documents (payload_sha256),
  url TEXT NOT NULL,
  role TEXT NOT NULL CHECK (role IN ('page', 'attachment')),
  chosen INTEGER NOT NULL CHECK (chosen IN (0, 1)),
  PRIMARY KEY (report_id, payload_sha256, url)
) STRICT;
CREATE INDEX report_documents_payload ON report_documents (payload_sha256);

-- The states of a report as met over time, dated by our own clock (extract/versions.py). Payloads that differ in page
-- furniture only are one state; `payloads` counts them, `payload_sha256` is the first. A vanished state has none, and says
-- by what evidence it is gone: 404, 410, soft_404 (a page of regret with status 200), home (sent to the home page).
CREATE TABLE report_versions (
  report_id INTEGER NOT NULL REFERENCES reports (id),
  number INTEGER NOT NULL,
  url TEXT NOT NULL,
  payload_sha256 TEXT,
  text_sha256 TEXT,
  first_seen TEXT NOT NULL,
  last_seen TEXT NOT NULL,
  what_changed TEXT NOT NULL CHECK (what_changed IN ('first', 'edited', 'vanished', 'restored', 'unlisted', 'listed')),
  evidence TEXT,
  payloads INTEGER NOT NULL,
  PRIMARY KEY (report_id, number)
) STRICT;

-- A figure: what a cell says, in which state, as printed, and where it stands.
CREATE TABLE facts (
  report_id INTEGER NOT NULL REFERENCES reports (id),
  table_key TEXT NOT NULL,
  row_key TEXT NOT NULL,
  column_key TEXT NOT NULL,
  value ANY CHECK (value IS NULL OR typeof(value) IN ('integer', 'real')),
  state TEXT NOT NULL CHECK (state IN ('number', 'blank', 'dash', 'slash', 'text', 'reconstructed', 'unreadable')),
  printed TEXT,
  unit TEXT,
  locator TEXT NOT NULL,
  PRIMARY KEY (report_id, table_key, row_key, column_key),
  CHECK ((value IS NOT NULL) = (state IN ('number', 'reconstructed')))
) STRICT, WITHOUT ROWID;
CREATE INDEX facts_line ON facts (table_key, row_key, column_key, report_id);

-- An official form: its notice, the report years it is for, and its definition as JSON (sections, tables, balances), from
-- which a page can print a table as the form does.
CREATE TABLE forms (
  key TEXT PRIMARY KEY,
  notice TEXT NOT NULL,
  issued_on TEXT NOT NULL,
  title_zh TEXT NOT NULL,
  title_en TEXT NOT NULL,
  first_year INTEGER NOT NULL,
  last_year INTEGER,
  definition TEXT NOT NULL
) STRICT;

-- The codebook: every figure that an official form asks for.
CREATE TABLE lines (
  table_key TEXT NOT NULL,
  row_key TEXT NOT NULL,
  column_key TEXT NOT NULL,
  form TEXT NOT NULL,
  label_zh TEXT NOT NULL,
  label_en TEXT NOT NULL,
  unit TEXT,
  position INTEGER NOT NULL,
  comparable_with TEXT,
  PRIMARY KEY (form, table_key, row_key, column_key)
) STRICT, WITHOUT ROWID;

-- The text of a report's sections; number 0 is what stands before the first heading.
CREATE TABLE sections (
  report_id INTEGER NOT NULL REFERENCES reports (id),
  number INTEGER NOT NULL CHECK (number BETWEEN 0 AND 6),
  heading TEXT,
  text TEXT NOT NULL,
  PRIMARY KEY (report_id, number)
) STRICT;

-- Something not read or not adding up. report_id is null where no report could be made of the document.
CREATE TABLE issues (
  id INTEGER PRIMARY KEY,
  report_id INTEGER REFERENCES reports (id),
  payload_sha256 TEXT,
  url TEXT,
  kind TEXT NOT NULL,
  rule TEXT,
  severity TEXT NOT NULL CHECK (severity IN ('error', 'warning', 'info')),
  table_key TEXT,
  row_key TEXT,
  column_key TEXT,
  detail TEXT NOT NULL
) STRICT;
CREATE INDEX issues_report ON issues (report_id);
CREATE INDEX issues_kind ON issues (kind, rule);
CREATE INDEX issues_payload ON issues (payload_sha256);

-- What happened to a report after its publication (extract/versions.py): its content was edited, it vanished from an
-- address, it was restored there. `cells` is JSON: [address, printed before, printed after] of every figure that became
-- another, null where there is no such cell: all figures go when a report vanishes and come back with it. A report that was
-- edited while it was away has a row `edited` beside the row `restored`.
CREATE TABLE report_changes (
  report_id INTEGER NOT NULL REFERENCES reports (id),
  url TEXT NOT NULL,
  moment TEXT NOT NULL,
  before_sha256 TEXT,  -- of what stood there last, also before it vanished
  after_sha256 TEXT,
  cells TEXT NOT NULL,
  what TEXT NOT NULL CHECK (what IN ('edited', 'vanished', 'restored')),
  PRIMARY KEY (report_id, moment, url, what)
) STRICT;
CREATE INDEX report_changes_moment ON report_changes (moment);

CREATE INDEX divisions_level ON divisions (level);
CREATE INDEX divisions_parent ON divisions (parent);
CREATE INDEX reports_seen ON reports (first_seen);
CREATE INDEX bodies_peers ON bodies (kind, level, division);

-- The search indexes (extract/search.py): texts as pairs of characters, and marks for year, province, level and kind of
-- body. They hold no text; rowids are those of the table that each is named after.
CREATE VIRTUAL TABLE bodies_fts USING fts5 (text, marks, content='', tokenize='unicode61');
CREATE VIRTUAL TABLE reports_fts USING fts5 (text, marks, content='', tokenize='unicode61');
CREATE VIRTUAL TABLE sections_fts USING fts5 (text, marks, content='', columnsize=0, tokenize='unicode61');

-- How much lies within a division, those below it included (extract/holdings.py): a sum ready for every page that shows
-- it. `division` '' is the whole archive, 'unknown' the bodies without one; report_year null is all years together.
CREATE TABLE holdings (
  division TEXT NOT NULL,
  report_year INTEGER,
  reports INTEGER NOT NULL,
  bodies INTEGER NOT NULL,
  facts INTEGER NOT NULL,
  issues INTEGER NOT NULL,
  documents INTEGER NOT NULL
) STRICT;
CREATE INDEX holdings_division ON holdings (division, report_year);

-- How many issues there are, by what they say and whose they are; province is two digits, '' where not known.
CREATE TABLE issue_counts (
  kind TEXT NOT NULL,
  rule TEXT,
  severity TEXT NOT NULL,
  province TEXT NOT NULL,
  report_year INTEGER,
  issues INTEGER NOT NULL,
  reports INTEGER NOT NULL
) STRICT;
