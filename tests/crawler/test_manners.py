"""Whole crawls of portals that misbehave: what they were asked, in which order, and what was said of it."""

import ipaddress
import ssl
import threading
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.x509.oid import NameOID
from making.crawls import PATIENCE, asked, captures, crawl, html, links, report, write_portals

from crawler.archive import Archive
from crawler.portals import Portal
from crawler.sample_portals import Answer, SamplePortals

PAGE = {"Content-Type": "text/html"}


def small(*names: str, reports: int = 2) -> dict:
    """Portals with a column of so many reports each."""
    paths = [f"/nb/202401/t20240115_{n}.html" for n in range(10, 10 + reports)]
    pages = {path: f"<p>{path} 新收 54 件</p>" for path in paths}
    column = links(*(report(path, f"示例县{n}局") for n, path in enumerate(paths)))
    return {name: {"column": "/nb/", "pages": {"/nb/index.html": column} | pages} for name in names}


# --- one crawl of many portals, each with its own trouble


BLOCKS = {
    "challenge_412": (412, "<script>$_ts=window['$_ts']</script>", "challenge"),
    "challenge_202": (202, "<script>$_ts=window['$_ts']</script>", "challenge"),
    "challenge_521": (521, "<script>document.cookie='__jsl_clearance=1'</script>", "challenge"),
    "firewall_468": (468, "", "firewall"),
    "forbidden_403": (403, "forbidden", "forbidden"),
    "firewall_405": (405, "no", "firewall"),
    "firewall_418": (418, "no", "firewall"),
    "firewall_422": (422, "no", "firewall"),
    "firewall_200": (200, "<title>访问被拦截</title>您的请求已被拦截", "firewall"),
}
OTHERS = (
    "well", "delay", "long_delay", "busy_429", "busy_503", "busy_date", "busy_hours", "busy_robots",
    "round", "far", "big", "endless", "large", "hanging", "platform_1", "platform_2", "platform_3",
)  # fmt: skip
NAMES = (*BLOCKS, *OTHERS)
LIMITS = {"DOWNLOAD_MAXSIZE": 100_000, "COLUMN_PAGES_LIMIT": 7, "PORTAL_REQUESTS_LIMIT": 60, "RETRY_TIMES": 2}


class Troubles:
    """What each of the portals does; and whether those of a platform ever met two requests at once."""

    def __init__(self) -> None:
        self.busy: set[str] = set()
        self.on_platform: list[str] = []
        self.overlaps: list[str] = []
        self.served = threading.Event()

    def __call__(self, address: str, path: str, headers) -> Answer | None:
        name = NAMES[int(address.rpartition(".")[2]) - 1]
        if name == "platform_3" and path == "/nb/":
            # A block in the middle of a platform's work.
            return Answer(412, b"<script>1</script>", PAGE)
        if name in BLOCKS and path == "/nb/":
            status, body, _ = BLOCKS[name]
            return Answer(status, body.encode(), PAGE | {"Set-Cookie": "b=1"})
        match name, path:
            case "well", path if path.endswith("_11.html"):
                self.served.set()
            case "hanging", "/nb/":
                # Let go when another portal has been served whole: it would wait in vain if it held that one up.
                assert self.served.wait(PATIENCE)
            case "delay", "/robots.txt":
                return Answer(200, b"User-agent: *\nCrawl-delay: 0.3\n")
            case "long_delay", "/robots.txt":
                return Answer(200, b"User-agent: *\nCrawl-delay: 86400\n")
            case (("busy_429" | "busy_503" | "busy_date"), "/nb/") if name not in self.busy:
                self.busy.add(name)
                # A date has whole seconds: two ahead are one at least.
                later = (datetime.now(UTC) + timedelta(seconds=2)).strftime("%a, %d %b %Y %H:%M:%S GMT")
                wait = {"Retry-After": later if name == "busy_date" else "1"}
                return Answer(429 if name == "busy_429" else 503, b"busy", PAGE | wait)
            case "busy_hours", "/nb/":
                return Answer(503, b"busy", PAGE | {"Retry-After": "7200"})
            case "busy_robots", "/robots.txt":
                return Answer(429, b"", PAGE)
            case "round", "/nb/":
                return Answer(302, b"", {"Location": "/nb/", "Set-Cookie": "a=1"})
            case "far", path if path.startswith("/nb/"):
                return Answer(302, b"", {"Location": f"/nb/?n={int(path.partition('=')[2] or 0) + 1}"})
            case "big", path if path.endswith("_10.html"):
                return Answer(200, b"x" * 200_000, PAGE)
            case "endless", path if path.startswith("/nb/"):
                number = int(path.partition("=")[2] or 1)
                listed = links(*(report(f"/files/{number}-{n}.pdf", f"示例县{number}镇") for n in range(3)))
                return Answer(200, html(f"{listed}<a href='/nb/?page={number + 1}'>下一页</a>").encode(), PAGE)
            case "large", "/nb/":
                many = [report(f"/nb/202401/t20240115_{n}.html", f"示例县{n}局") for n in range(80)]
                return Answer(200, html(links(*many)).encode(), PAGE)
            case "large", path if "/t20240115_" in path:
                return Answer(200, html("新收 54 件").encode(), PAGE)
        return None


def with_platform(portals) -> list[Portal]:
    return [
        Portal(p.key, p.name, p.division, p.family, p.column_url, (), {"platform": "one"})
        if p.key.startswith("platform")
        else p
        for p in portals
    ]


@pytest.fixture(scope="module")
def met(tmp_path_factory):
    """(result, visits by portal, archive folder) of one crawl of them all."""
    folder = write_portals(tmp_path_factory.mktemp("portals"), **small(*NAMES))
    archive = tmp_path_factory.mktemp("data") / "archive"
    with SamplePortals(folder, behaviour=Troubles()) as served:
        result = crawl(with_platform(served.portals()), archive, **LIMITS)
        visits = {
            name: [visit for visit in served.visits if visit.address == f"127.20.8.{number}"]
            for number, name in enumerate(NAMES, start=1)
        }
    result["said"] = {line.partition(":")[0]: line for line in result["reasons"]}
    return result, visits, archive


def paths(met, name: str) -> list[str]:
    return [visit.path for visit in met[1][name]]


def gaps(met, name: str) -> list[float]:
    return [after.started - before.started for before, after in pairwise(met[1][name])]


def test_a_crawl_delay_that_is_longer_than_ours_holds(met):
    assert met[0]["portals"]["delay"] == "good"
    assert len(gaps(met, "delay")) == 3
    # Ours is a thousandth of a second. Half of what is due, since a portal that is late itself sees less.
    assert sum(gaps(met, "delay")) >= 3 * 0.3 / 2


def test_a_portal_that_wants_ever_longer_between_requests_is_left_alone_and_says_so(met):
    assert paths(met, "long_delay") == ["/robots.txt"]
    assert "asks for 86400 seconds between requests" in met[0]["said"]["long_delay"]


@pytest.mark.parametrize(("name", "seconds"), [("busy_429", 1.0), ("busy_503", 1.0), ("busy_date", 1.0)])
def test_a_host_that_is_busy_is_asked_again_no_sooner_than_it_says(met, name, seconds):
    assert met[0]["portals"][name] == "good"
    assert paths(met, name)[:3] == ["/robots.txt", "/nb/", "/nb/"]
    assert gaps(met, name)[1] >= seconds / 2


def test_a_host_that_asks_to_be_left_alone_for_hours_is(met):
    assert paths(met, "busy_hours") == ["/robots.txt", "/nb/"]
    assert "asked to be left alone for 7200 seconds" in met[0]["said"]["busy_hours"]


def test_a_robots_txt_that_is_throttled_allows_nothing(met):
    assert set(paths(met, "busy_robots")) == {"/robots.txt"}
    assert "/robots.txt answered 429" in met[0]["said"]["busy_robots"]


@pytest.mark.parametrize("name", BLOCKS)
def test_a_block_is_recorded_stops_its_host_and_is_asked_for_once(met, name):
    status, _, kind = BLOCKS[name]
    assert met[0]["portals"][name] == "blocked"
    assert paths(met, name) == ["/robots.txt", "/nb/"]
    last = captures(met[2], name, met[0]["run_id"])[-1]
    assert (last.status, last.error) == (status, f"blocked:{kind}")
    assert f"answered {status}" in met[0]["said"][name]


def test_a_page_that_redirects_to_itself_for_ever_is_a_block(met):
    assert met[0]["portals"]["round"] == "blocked"
    assert paths(met, "round") == ["/robots.txt"] + ["/nb/"] * 6
    assert captures(met[2], "round", met[0]["run_id"])[-1].error == "blocked:redirect_loop"


def test_redirects_without_end_are_given_up_and_are_no_block(met):
    assert met[0]["portals"]["far"] == "failed"
    assert paths(met, "far") == ["/robots.txt", "/nb/", *(f"/nb/?n={n}" for n in range(1, 6))]


def test_a_block_stops_the_others_of_its_platform_and_nobody_else(met):
    result, visits, _ = met
    (blocked,) = [visit for visit in visits["platform_3"] if visit.path == "/nb/"]
    for name in ("platform_1", "platform_2"):
        assert all(visit.started <= blocked.started for visit in visits[name])
        assert result["portals"][name] in ("blocked", "partial")
        assert "is on the platform one with 127.20.8." in result["said"][name]
    assert result["portals"]["well"] == "good"


def test_a_platform_meets_one_request_at_a_time(met):
    shared = sorted((v for n in (1, 2, 3) for v in met[1][f"platform_{n}"]), key=lambda visit: visit.started)
    assert len(shared) >= 4
    assert all(before.ended <= after.started for before, after in pairwise(shared))


def test_a_portal_that_hangs_does_not_slow_the_others(met):
    assert met[0]["portals"]["hanging"] == "good"


def test_a_body_beyond_the_limit_is_cut_off_and_said(met):
    assert met[0]["portals"]["big"] == "partial"
    assert "too large: more than 100000 bytes" in met[0]["said"]["big"]


def test_a_list_without_end_is_left_at_the_limit(met):
    asked = [path for path in paths(met, "endless") if path.startswith("/nb/")]
    assert sorted(asked) == sorted(["/nb/", *(f"/nb/?page={n}" for n in range(2, 8))])
    assert "has more than 7 pages" in met[0]["said"]["endless"]


def test_a_portal_takes_no_more_requests_than_the_limit(met):
    assert len(paths(met, "large")) == 60
    assert "more than 60 requests to one portal" in met[0]["said"]["large"]


def test_a_host_that_never_answers_is_given_up_and_said(tmp_path):
    ended = threading.Event()

    def behave(address, path, headers):
        if address == "127.20.8.1" and path == "/nb/":
            ended.wait(PATIENCE)

    with SamplePortals(write_portals(tmp_path / "portals", **small("mute", "well")), behaviour=behave) as served:
        result = crawl(served.portals(), tmp_path / "archive", DOWNLOAD_TIMEOUT=0.5)
        ended.set()
    attempts = [c.error for c in captures(tmp_path / "archive", "mute", result["run_id"]) if c.url.startswith("http:")]
    assert attempts == [None] + ["timeout: no answer within 0.5 seconds"] * 3
    assert result["portals"] == {"mute": "failed", "well": "good"}
    assert "gave no answer: timeout" in result["reasons"][0]


# --- what a list no longer says


def test_what_drops_out_of_a_list_has_vanished_only_if_its_address_says_so_and_a_shorter_list_is_an_alarm(tmp_path):
    folder = write_portals(tmp_path / "portals", **small("fallen", "thinned", "faulty", "fewer", reports=20))
    faulty = []

    def behave(address, path, headers):
        return Answer(500, b"", PAGE) if faulty and address == "127.20.8.3" and path == "/nb/" else None

    def rewrite(key: str, body: str) -> None:
        (folder / key / "nb" / "index.html").write_text(html(body), encoding="utf-8")

    with SamplePortals(folder, behaviour=behave) as served:
        first = crawl(served.portals(), tmp_path / "archive")
        rewrite("fallen", "<p>暂无相关信息</p>")
        kept = [report(f"/nb/202401/t20240115_{n}.html", f"示例县{n - 10}局") for n in range(10, 27)]
        rewrite("thinned", links(*kept))
        rewrite("fewer", links(*kept[:15]))
        for number, body in ((27, None), (28, "<title>404</title><p>抱歉，您访问的页面不存在！</p>")):  # 29 still answers
            page = folder / "thinned" / "nb" / "202401" / f"t20240115_{number}.html"
            page.write_text(html(body), encoding="utf-8") if body else page.unlink()
        faulty.append(True)
        second = crawl(served.portals(), tmp_path / "archive")
        asked_before = len(served.visits)
        third = crawl(served.portals(), tmp_path / "archive")
        visits = served.visits[asked_before:]
    assert first["verdict"] == "good"
    assert second["portals"] == {"fallen": "partial", "thinned": "good", "faulty": "failed", "fewer": "partial"}
    told = {line.partition(":")[0]: line for line in second["reasons"]}
    assert f"it listed 20 entries in the run of {second['run_id'][:4]}-" in told["fallen"]
    assert "fewer: lists 15; it listed 20 entries" in told["fewer"]
    with Archive(tmp_path / "archive") as archive:
        runs = {(run.run_id, run.portal): run for run in archive.portal_runs()}
        unlisted = [e.url[-7:-5] for e in archive.entries(second["run_id"], "thinned") if e.kind == "unlisted"]
    of_second = {name: runs[second["run_id"], name] for name in second["portals"]}
    assert {name: (run.listed, run.alarm, run.vanished, run.failed) for name, run in of_second.items()} == {
        "fallen": (0, "zero", 0, 0), "thinned": (17, None, 2, 0), "faulty": (0, "zero", 0, 1), "fewer": (15, "fewer", 0, 0)
    }  # fmt: skip
    assert sorted(unlisted) == ["27", "28", "29"]
    assert third["portals"] == second["portals"] | {"fewer": "good"}, "zero does not wear off"
    again = [v for v in visits if v.address == "127.20.8.2" and v.path[-7:-5] in unlisted]
    assert sorted((v.path[-7:-5], v.status) for v in again) == [("27", 404), ("28", 200), ("29", 304)]
    assert runs[third["run_id"], "thinned"].vanished == 0, "what was gone already has not vanished again"


# --- http, https, old TLS


def certificate(folder: Path, *addresses: str) -> Path:
    """A self-made certificate for loopback addresses, with its key, as one file."""
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "sample portals")])
    names = x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address(address)) for address in addresses])
    now = datetime.now(UTC)
    made = (
        x509.CertificateBuilder().subject_name(name).issuer_name(name).public_key(key.public_key())
        .serial_number(1).not_valid_before(now - timedelta(days=1)).not_valid_after(now + timedelta(days=1))
        .add_extension(names, False).add_extension(x509.BasicConstraints(True, None), True).sign(key, hashes.SHA256())
    )  # fmt: skip
    path = folder / "portal.pem"
    path.write_bytes(
        key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
        + made.public_bytes(serialization.Encoding.PEM)
    )
    return path


class SpeakingPortals(SamplePortals):
    """Sample portals that speak TLS, those that have a context."""

    def __init__(self, folder: Path, contexts: dict[str, ssl.SSLContext | None]) -> None:
        super().__init__(folder)
        self.contexts = contexts

    def __enter__(self):
        super().__enter__()
        for sample, server in zip(self.samples, self._servers, strict=True):
            if context := self.contexts[sample.key]:
                # The handshake is left to the connection's own thread, so that a failed one is told to the other side.
                server.socket = context.wrap_socket(server.socket, server_side=True, do_handshake_on_connect=False)
        return self


def over(scheme: str, portal: Portal, options: dict) -> Portal:
    address = f"{scheme}://{portal.column_url.partition('://')[2]}"
    return Portal(portal.key, portal.name, None, "auto", address, (), options)


def tls_context(pem: Path, *, old: bool = False) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    if old:
        context.set_ciphers("ALL:@SECLEVEL=0")
        with pytest.deprecated_call():  # which is what makes it old
            context.minimum_version = context.maximum_version = ssl.TLSVersion.TLSv1
    context.load_cert_chain(pem)
    return context


@pytest.fixture(scope="module")
def spoken(tmp_path_factory):
    """(result, visits by portal, archive folder) of one crawl of portals that differ in what they speak."""
    folder, archive = tmp_path_factory.mktemp("tls"), tmp_path_factory.mktemp("data") / "archive"
    names = ("moved", "plain", "strange", "old", "old_allowed")
    addresses = {name: f"127.20.8.{number}" for number, name in enumerate(names, start=1)}
    trusted = certificate(folder, *addresses.values())
    (folder / "unknown").mkdir()
    contexts = {
        "moved": tls_context(trusted),
        "plain": None,
        "strange": tls_context(certificate(folder / "unknown", *addresses.values())),
        "old": tls_context(trusted, old=True),
        "old_allowed": tls_context(trusted, old=True),
    }
    with SpeakingPortals(write_portals(folder / "portals", **small(*names)), contexts) as served:
        portals = [
            over("http" if p.key == "moved" else "https", p, {"tls": "legacy"} if p.key == "old_allowed" else {})
            for p in served.portals()
        ]
        result = crawl(portals, archive, {"SSL_CERT_FILE": str(trusted)})
        visits = {name: asked(served.visits, address) for name, address in addresses.items()}
    result["said"] = {line.partition(":")[0]: line for line in result["reasons"]}
    return result, visits, archive


def test_a_portal_that_has_moved_to_https_is_found_there(spoken):
    result, visits, archive = spoken
    assert result["portals"]["moved"] == "good"
    assert len(visits["moved"]) == len(set(visits["moved"])) == 4
    answered = [c.url for c in captures(archive, "moved", result["run_id"]) if c.status == 200]
    assert {url.partition(":")[0] for url in answered} == {"https"}
    assert len(answered) == 3


def test_a_portal_that_speaks_no_tls_is_asked_over_http(spoken):
    assert spoken[0]["portals"]["plain"] == "good"


def test_a_certificate_that_nobody_vouches_for_is_not_trusted_and_not_gone_round(spoken):
    assert spoken[1]["strange"] == []
    assert spoken[0]["portals"]["strange"] == "failed"
    assert "tls: certificate: " in spoken[0]["said"]["strange"]


def test_old_tls_is_not_spoken_where_the_registry_does_not_allow_it(spoken):
    assert spoken[1]["old"] == []
    assert "tls: handshake: " in spoken[0]["said"]["old"]
    assert 'options = { tls = "legacy" }' in spoken[0]["said"]["old"]


def test_old_tls_is_spoken_only_after_a_failed_handshake(spoken):
    result, visits, archive = spoken
    assert result["portals"]["old_allowed"] == "good", result["said"]
    assert len(visits["old_allowed"]) == 4
    errors = [c.error for c in captures(archive, "old_allowed", result["run_id"]) if c.error]
    assert len(errors) == 1, "that the usual handshake failed is written down, once"
    assert errors[0].startswith("tls: handshake: ")
