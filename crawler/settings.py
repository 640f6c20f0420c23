"""How the crawler behaves towards portals. Each setting stands with its reason.

For a run of one's own: NIANBAO_CONTACT in the environment says whom a portal's office may write to (a mail address or
the address of a page); it goes into the User-Agent of every request and into the WARC files. NIANBAO_DATA names the
folder that holds `archive/` and `portals/`.
"""

import os
from pathlib import Path

BOT_NAME = "nianbao"
SPIDER_MODULES = ["crawler.spiders"]

# --- who we are
CONTACT = os.environ.get("NIANBAO_CONTACT", "").strip()


def user_agent(contact: str) -> str:
    """What we call ourselves: the program, whom to write to, and what it does. Nobody is named where nobody is known.

    >>> user_agent("mailto:data@example.org")
    'nianbao/0.1 (+mailto:data@example.org; archives annual reports on open government information)'
    >>> user_agent("")
    'nianbao/0.1 (operator not named; archives annual reports on open government information)'
    """
    whom = f"+{contact}" if contact else "operator not named"
    return f"nianbao/0.1 ({whom}; archives annual reports on open government information)"


USER_AGENT = user_agent(CONTACT)
ROBOTSTXT_USER_AGENT = "nianbao"  # the name that a robots.txt may address us by

# --- where things are
DATA_FOLDER = Path(os.environ.get("NIANBAO_DATA") or Path(__file__).resolve().parent.parent / "data")
ARCHIVE_FOLDER = DATA_FOLDER / "archive"
PORTALS_FOLDER = DATA_FOLDER / "portals"

# --- politeness
ROBOTSTXT_OBEY = True  # off by default in Scrapy
CONCURRENT_REQUESTS_PER_DOMAIN = 1  # one request at a time: county portals are small machines
DOWNLOAD_DELAY = 2.0  # seconds between requests to a host; a longer Crawl-delay of its robots.txt holds
# Without any delay Scrapy 2.19 lets a host's whole queue out at once, whatever the number above says: its downloader
# counts a request as under way only when the next turn of the event loop begins. No delay is shorter than this.
SHORTEST_DELAY = 0.001
DOWNLOAD_DELAY_JITTER = 0  # the delay is a promise, and we do not imitate a person
# Over all hosts: throughput comes from many portals at once. Twice as many as there may be portals under way and more:
# a host that does not answer holds two for minutes (a page, and the robots.txt that it waits for).
CONCURRENT_REQUESTS = 1024
CONCURRENT_ITEMS = 4  # Scrapy makes this many tasks for every answer, and ours yield requests, no items
PORTALS_AT_ONCE = 400  # the request queue costs as much as there are hosts in it
REDIRECT_MAX_TIMES = 5
METAREFRESH_MAXDELAY = 10  # a column moved by <meta refresh> goes at once; a page that reloads itself is no move

# --- what is asked for
# gzip and deflate only: what the archive can unpack with the standard library.
DEFAULT_REQUEST_HEADERS = {
    "Accept": "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8",
    "Accept-Language": "zh-CN,zh;q=0.9,en;q=0.5",  # some portals choose their English pages otherwise
    "Accept-Encoding": "gzip, deflate",
}
COOKIES_ENABLED = True  # a redirect to itself with a cookie is an ordinary way to begin a session
REFERER_ENABLED = True
HTTPPROXY_ENABLED = False  # straight to the portal: a proxy from the environment would put its answers in the archive
# Expired and self-made certificates are recorded as failures, not silently trusted (Scrapy's default does not look).
DOWNLOAD_VERIFY_CERTIFICATES = True
# A last look before sending; old TLS with a host only where it is needed.
DOWNLOAD_HANDLERS = {"http": "crawler.middlewares.Http", "https": "crawler.middlewares.Https"}
DOWNLOAD_TIMEOUT = 60  # seconds; slow portals answer within, hanging ones do not block the run
DNS_TIMEOUT = 20
DOWNLOAD_MAXSIZE = 64 << 20  # bytes; reports are below 20 MB, and a body lives in memory
DOWNLOAD_WARNSIZE = 0
DOWNLOAD_FAIL_ON_DATALOSS = True  # a body shorter than announced is no document
HTTPERROR_ALLOW_ALL = True  # the spider hears of every answer and says what it means for the portal

# --- trying again
RETRY_TIMES = 2
# Passing states only. 403, 412, 468, 521 are blocks and are never retried; a page that answers 500 will tomorrow too.
RETRY_HTTP_CODES = [408, 429, 502, 503, 504, 522, 524]
# A name that does not resolve or a refused connection will not be otherwise two seconds later.
RETRY_EXCEPTIONS = [
    "scrapy.exceptions.DownloadTimeoutError",
    "scrapy.exceptions.ResponseDataLossError",
    "scrapy.exceptions.DownloadFailedError",  # connections that break off; Attempts leaves out what TLS refuses
]
RETRY_GIVE_UP_LOG_LEVEL = "INFO"  # the ledger says it in words
BACK_OFF_LIMIT = 300  # seconds; the longest delay that 429 and 503 (Retry-After) can bring a host to
SILENT_LIMIT = 5  # attempts in a row without an answer after which a host is left alone for the run

# --- what is left out
# Scrapy would read the source of every callback to look for returns in generators; ours hand values to `yield from`.
WARN_ON_GENERATOR_RETURN_VALUE = False

# --- on several machines
PART_OF_A_RUN = False  # crawler.part_process: this process does a part of a run, and asks these estates only
ESTATES: list[str] = []

# --- following
PORTAL_REQUESTS_LIMIT = 20_000  # of one portal in a run: a city's whole column has some thousands
COLUMN_PAGES_LIMIT = 200  # pages of one column; the longest seen has some forty
URLLENGTH_LIMIT = 2083

# --- what runs
TELNETCONSOLE_ENABLED = False  # a shell on a port
REMOTE_CONTROL_ENABLED = False  # executes code sent to a port
EXTENSIONS = {
    "scrapy.extensions.telnet.TelnetConsole": None,
    "scrapy.extensions.remote_control.RemoteControl": None,
    "crawler.extensions.Ledger": 0,
    "crawler.extensions.Progress": 10,
}
DOWNLOADER_MIDDLEWARES = {
    "scrapy.downloadermiddlewares.offsite.OffsiteMiddleware": None,  # AllowedHosts knows each portal's hosts
    "scrapy.downloadermiddlewares.robotstxt.RobotsTxtMiddleware": None,  # Robots below says what became of it
    "crawler.spiders.drawn.Drawn": 30,  # furthest from the network: sees what came after redirects and retries
    "crawler.middlewares.AllowedHosts": 40,
    "crawler.middlewares.Bounds": 50,
    "crawler.middlewares.Resume": 60,  # before robots.txt: what the archive answers asks nobody
    "crawler.middlewares.OwnEstates": 70,  # behind Resume: what the archive answers asks nobody
    "crawler.middlewares.HostBreaker": 80,
    "crawler.middlewares.Robots": 100,
    "crawler.middlewares.OtherScheme": 545,  # behind the retries (550), which come first where there was no answer
    "crawler.middlewares.Conditional": 880,  # next to the network: a 304 becomes the stored page before anyone looks
    "crawler.middlewares.Attempts": 990,  # nearest the network: sees every failure before it is retried
}
LOG_LEVEL = "INFO"  # of `scrapy crawl`; the command shows warnings only
LOG_FORMAT = "%(levelname)s: %(message)s"
LOG_VERSIONS: list[str] = []
