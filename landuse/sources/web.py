"""Asking a server for one thing: politely, and with a name for every answer that is no file."""

from __future__ import annotations

import random
import re
import time
from contextlib import contextmanager
from dataclasses import dataclass
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING, Self
from urllib.parse import urljoin, urlsplit

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping
    from datetime import datetime

    from requests import Response

__all__ = ["Manners", "Web", "WebError", "address_fault", "refusal", "time_of", "translated"]

MAX_REDIRECTS = 5
REDIRECTS = (301, 302, 303, 307, 308)
BUSY = (429, 503)
"""Statuses of servers that may say how long to stay away."""
PASSING = (408, 425, 429)
"""Statuses below 500 that may be gone a little later."""
LASTING = (501, 505)
"""Statuses from 500 that will not."""
MEANINGS = {
    401: "wants a login (401)",
    403: "does not let us have it (403)",
    404: "does not have it, or no longer (404)",
    407: "cannot be reached before logging in to the proxy (407)",
    410: "does not have it any more (410)",
    429: "finds that we ask too often (429)",
}
UNSEEN = re.compile(r"[\x00-\x20\x7f-\xa0\u2028\u2029]")
"""Characters that no address has; in a message or a header they could pass for something else."""
SHOWN = 200


class WebError(Exception):
    """Why a server gave no file.

    Parameters
    ----------
    what
        The reason, as it goes on after "the server".
    again
        Whether asking again makes sense.
    wait_s
        How long the server wants us to stay away, seconds.
    away
        Whether no connection came about at all.
    """

    def __init__(
        self, what: str, *, again: bool = False, wait_s: float = 0.0, away: bool = False
    ) -> None:
        super().__init__(what)
        self.again = again
        self.wait_s = wait_s
        self.away = away
        self.host = ""


@dataclass(frozen=True, kw_only=True)
class Manners:
    """How to behave towards servers."""

    retries: int = 4
    """How often something is asked for again, not counting turns that brought a good part."""
    rate_s: float = 1.0
    """Least time between two requests to one host, seconds."""
    timeout_s: float = 30.0
    """Silence after which a server is given up, seconds."""
    longest_wait_s: float = 120.0
    """Longest time a server may ask us to stay away for before we give up, seconds."""
    max_bytes: int = 4_000_000_000
    """Size that no file may exceed; the largest official ones have 0.5 GB."""
    sleep: Callable[[float], None] = time.sleep
    """How to wait."""
    clock: Callable[[], float] = time.monotonic
    """What time it is, seconds from any moment."""
    chance: Callable[[], float] = random.random
    """A number from 0 to 1, so that many clients do not come back at the same time."""

    def backoff_s(self, turn: int) -> float:
        """Return how long to wait after failure 0, 1, 2 …: half to all of 1, 2, 4 … 60 s."""
        return min(60.0, 2.0**turn) * (1 + self.chance()) / 2


class Web:
    """The connections of one run, which keeps its distance and remembers who is away."""

    def __init__(self, manners: Manners) -> None:
        import requests  # noqa: PLC0415 - 0.1 s that only a download needs

        self.manners = manners
        self._session = requests.Session()
        self._free_at: dict[str, float] = {}
        self._away: dict[str, str] = {}
        self._met: set[str] = set()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._session.close()

    @contextmanager
    def answer(self, url: str, *, headers: Mapping[str, str]) -> Iterator[Response]:
        """Give a server's answer, whose body is not read yet, after at most five redirects.

        Raises
        ------
        WebError
            If no answer comes, or it leads to an address that is not followed.
        """
        for _ in range(MAX_REDIRECTS + 1):
            with self._ask(url, headers) as response:
                if response.status_code not in REDIRECTS:
                    yield response
                    return
                url = next_url(url, response.headers.get("Location", ""))
        what = f"sends us on more than {MAX_REDIRECTS} times"
        raise WebError(what)

    def retries(self, error: WebError) -> int:
        """Return how often to ask again; of a host that never answered, only once."""
        stranger = error.away and error.host not in self._met
        return min(1, self.manners.retries) if stranger else self.manners.retries

    def call_away(self, error: WebError) -> None:
        """Remember a host that cannot be reached, so that no other file waits for it."""
        if error.away and error.host:
            self._away[error.host] = str(error)

    def _ask(self, url: str, headers: Mapping[str, str]) -> Response:
        host = urlsplit(url)
        if host.netloc in self._away:
            raise WebError(self._away[host.netloc], away=True)
        self._keep_distance(host.hostname or "")
        try:
            response = self._get(url, headers)
        except WebError as error:
            error.host = host.netloc
            raise
        self._met.add(host.netloc)
        return response

    def _get(self, url: str, headers: Mapping[str, str]) -> Response:
        with translated():
            return self._session.get(
                url,
                headers={"User-Agent": _name(), "Accept-Encoding": "identity", **headers},
                timeout=self.manners.timeout_s,
                stream=True,
                allow_redirects=False,
            )

    def _keep_distance(self, host: str) -> None:
        now = self.manners.clock()
        wait_s = self._free_at.get(host, now) - now
        if wait_s > 0:
            self.manners.sleep(wait_s)
        self._free_at[host] = self.manners.clock() + self.manners.rate_s


def _name() -> str:
    from landuse import __version__  # noqa: PLC0415 - the package imports its parts later

    return f"landuse/{__version__} (municipal land-use study; Python)"


def address_fault(url: str) -> str:
    """Return why an address is not asked, or nothing."""
    try:
        parts = urlsplit(url)
        named = bool(parts.hostname) and (parts.port is None or parts.port > 0)
    except ValueError:
        named = False
    if not named or UNSEEN.search(url):
        return f"{url[:SHOWN]!r} is not a web address"
    if parts.scheme not in ("http", "https"):
        return f"{url[:SHOWN]!r} is neither http nor https"
    if "@" in parts.netloc:
        return "its address holds a password"
    return ""


def next_url(url: str, location: str) -> str:
    """Return where a redirect leads.

    Raises
    ------
    WebError
        If it leads nowhere, away from the web, or from https back to http.
    """
    try:
        target = urljoin(url, location)
    except ValueError:
        target = ""
    if not location or address_fault(target):
        what = f"sends us on to {location[:SHOWN]!r}, which is no address to follow"
        raise WebError(what)
    if urlsplit(url).scheme == "https" and urlsplit(target).scheme == "http":
        what = f"sends us on from https to {target[:SHOWN]}, which anybody on the way could change"
        raise WebError(what)
    return target


def refusal(response: Response, manners: Manners) -> WebError:
    """Return what an answer without a file means."""
    status = response.status_code
    again = status in PASSING or (status >= 500 and status not in LASTING)
    failed = f"fails ({status})" if status >= 500 else f"answers with status {status}"
    what = MEANINGS.get(status, failed)
    wait_s = _stay_away_s(response) if status in BUSY else 0.0
    if wait_s > manners.longest_wait_s:
        what = f"{what} and wants us to stay away for {wait_s:.0f} s"
        return WebError(what)
    return WebError(what, again=again, wait_s=wait_s)


def _stay_away_s(response: Response) -> float:
    """Return what Retry-After says: seconds, or a date that is read by the server's own clock."""
    text = response.headers.get("Retry-After", "").strip()
    if text.isascii() and text.isdigit():
        return float(text[:9])
    until, now = time_of(text), time_of(response.headers.get("Date", ""))
    return max(0.0, (until - now).total_seconds()) if until and now else 0.0


def time_of(text: str) -> datetime | None:
    """Return the time that a header names, or None where it names none."""
    try:
        moment = parsedate_to_datetime(text)
    except (ValueError, TypeError, IndexError, OverflowError):
        return None
    return moment if moment.tzinfo else None


@contextmanager
def translated() -> Iterator[None]:
    """Turn what the libraries raise into a `WebError`."""
    from requests import RequestException  # noqa: PLC0415 - as in `Web`
    from urllib3.exceptions import HTTPError  # noqa: PLC0415 - as in `Web`

    try:
        yield
    except (RequestException, HTTPError) as error:
        raise _translation(error) from None


def _translation(error: Exception) -> WebError:
    import requests  # noqa: PLC0415 - as in `Web`
    import urllib3  # noqa: PLC0415 - as in `Web`

    ours, below = requests.exceptions, urllib3.exceptions
    if isinstance(error, ours.SSLError) and "CERTIFICATE_VERIFY_FAILED" in str(error):
        return WebError("shows a certificate that is not trusted")
    cause = getattr(error.args[0], "reason", None) if error.args else None
    for kinds, why in (
        ((ours.ProxyError,), "through the proxy"),
        ((ours.ConnectTimeout,), "in time"),
        ((below.NameResolutionError,), "because its name is not known here"),
        ((below.NewConnectionError,), "because no connection comes about"),
    ):
        if isinstance(error, kinds) or isinstance(cause, kinds):
            return WebError(f"cannot be reached {why}", again=True, away=True)
    if isinstance(error, (ours.Timeout, below.TimeoutError)):
        return WebError("fell silent for too long", again=True)
    if isinstance(error, below.DecodeError):
        return WebError("packed the file in a way that cannot be unpacked", again=True)
    if isinstance(error, (below.InvalidHeader, ValueError)):
        return WebError("or its address is no good HTTP")
    return WebError("cut the connection", again=True)
