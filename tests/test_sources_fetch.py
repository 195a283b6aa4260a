"""Official files come whole or not at all, whatever the server and the line do."""

from __future__ import annotations

import json
import subprocess
import sys
from dataclasses import replace
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING, Any

import httpkit
import pytest
from httpkit import Clock, Site
from hypothesis import given, settings
from hypothesis import strategies as st

import landuse
from landuse.sources import web
from landuse.sources.fetch import Download, Fetched, FetchError, LockedError, checklist, fetch
from landuse.sources.lock import alone
from landuse.sources.part import unsound

if TYPE_CHECKING:
    from collections.abc import Iterator

    from landuse.errors import Fault

DATA = httpkit.zip_of(5000)
OTHER = httpkit.zip_of(5000, "b.csv")
TEXT = "都市,人口\n釧路市,165077\n".encode()


@pytest.fixture(scope="module")
def server() -> Iterator[Site]:
    with httpkit.serving() as site, pytest.MonkeyPatch.context() as patch:
        patch.setenv("NO_PROXY", "127.0.0.1")
        yield site


@pytest.fixture
def site(server: Site) -> Site:
    server.sources.clear()
    server.asked.clear()
    return server


class Folder:
    """A city's folder for downloads, and what was said while they came."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.clock = Clock()
        self.said: list[str] = []
        self.seen: list[tuple[int, int | None]] = []

    @property
    def lock(self) -> Path:
        return self.path / ".fetch.lock"

    @property
    def record(self) -> dict[str, Any]:
        found = json.loads((self.path / "fetched.json").read_text(encoding="utf-8"))["files"]
        return dict(found)

    @property
    def names(self) -> set[str]:
        """Files that a person sees there."""
        files = {path.name for path in self.path.rglob("*") if path.is_file()}
        return files - {".fetch.lock", "fetched.json"}

    def wants(self, url: str, name: str = "a.zip", **more: Any) -> Download:  # noqa: ANN401 - fields of Download
        page = "https://example.org/page"
        return Download(url=url, path=self.path / name, title="行政区域", page=page, **more)

    def fetch(self, *downloads: Download, **manners: Any) -> tuple[Fetched, ...]:  # noqa: ANN401 - fields of Manners
        return fetch(
            downloads,
            lock=self.lock,
            say=self.said.append,
            progress=lambda _, done, total: self.seen.append((done, total)),
            manners=self.clock.manners(**manners),
        )

    def faults(self, *downloads: Download, **manners: Any) -> tuple[Fault, ...]:  # noqa: ANN401 - fields of Manners
        with pytest.raises(FetchError) as caught:
            self.fetch(*downloads, **manners)
        return caught.value.faults


@pytest.fixture
def raw(tmp_path: Path) -> Folder:
    return Folder(tmp_path / "raw")


def test_a_file_comes_into_its_place_and_on_record(site: Site, raw: Folder) -> None:
    wanted = raw.wants(site.put("a", DATA), "N03/a.zip")
    (done,) = raw.fetch(wanted)
    today = datetime.now(tz=UTC).date().isoformat()
    assert wanted.path.read_bytes() == DATA
    assert raw.names == {"a.zip"}
    assert (done.status, done.sha256, done.bytes) == (
        "fetched",
        sha256(DATA).hexdigest(),
        len(DATA),
    )
    assert (done.etag, done.last_modified, done.when) == ('"1"', httpkit.CHANGED, today)
    assert raw.record["N03/a.zip"]["sha256"] == done.sha256
    assert raw.seen[-1] == (len(DATA), len(DATA))


def test_the_server_learns_who_asks_and_sends_nothing_packed(site: Site, raw: Folder) -> None:
    raw.fetch(raw.wants(site.put("a", DATA)))
    headers = site.asked[0].headers
    assert headers["user-agent"].startswith(f"landuse/{landuse.__version__} ")
    assert headers["accept-encoding"] == "identity"


def test_an_unchanged_file_is_kept_and_nobody_is_asked(site: Site, raw: Folder) -> None:
    wanted = raw.wants(site.put("a", DATA))
    first = raw.fetch(wanted)
    (second,) = raw.fetch(wanted)
    assert second == replace(first[0], status="kept")
    assert len(site.asked) == 1


@pytest.mark.parametrize(
    ("spoilt", "word"), [(DATA[:-1], "was cut to"), (DATA[:-1] + b"x", "was altered")]
)
def test_a_cut_or_altered_file_is_found_and_fetched_again(
    site: Site, raw: Folder, spoilt: bytes, word: str
) -> None:
    wanted = raw.wants(site.put("a", DATA))
    raw.fetch(wanted)
    wanted.path.write_bytes(spoilt)
    (done,) = raw.fetch(wanted)
    assert done.status == "again"
    assert wanted.path.read_bytes() == DATA
    assert any(word in text for text in raw.said)
    assert wanted.path.with_name("a.zip.old").read_bytes() == spoilt


def test_a_file_put_there_by_hand_is_taken_and_put_on_record(site: Site, raw: Folder) -> None:
    wanted = raw.wants(f"{site.url}/nowhere", "a.csv")
    raw.path.mkdir()
    wanted.path.write_bytes(TEXT)
    assert [raw.fetch(wanted)[0].status for _ in range(2)] == ["by hand", "kept"]
    assert raw.record["a.csv"]["by_hand"]
    moved = replace(wanted, url=f"{site.url}/elsewhere")
    assert raw.fetch(moved)[0].status == "kept"
    assert site.asked == []


@pytest.mark.parametrize("spoilt", [b"<html>login</html>", DATA[:3000], b"", DATA[10:]])
def test_what_cannot_be_the_file_is_not_taken_from_a_hand(
    site: Site, raw: Folder, spoilt: bytes
) -> None:
    wanted = raw.wants(site.put("a", DATA))
    raw.path.mkdir()
    wanted.path.write_bytes(spoilt)
    (done,) = raw.fetch(wanted)
    assert (done.status, done.by_hand) == ("again", False)
    assert wanted.path.read_bytes() == DATA


def test_after_a_failure_another_file_by_hand_is_taken_but_not_the_altered_one(
    site: Site, raw: Folder
) -> None:
    wanted = raw.wants(site.put("a", DATA))
    raw.fetch(wanted)
    site.sources.clear()
    wanted.path.write_bytes(DATA + b"x")
    for _ in range(2):
        (fault,) = raw.faults(wanted)
        assert "(404); the file that is there was altered since" in fault.what
        assert "take it out of fetched.json" in fault.what
    wanted.path.write_bytes(OTHER)
    assert raw.fetch(wanted)[0].status == "by hand"
    assert raw.fetch(wanted)[0].status == "kept"


def test_another_edition_in_the_list_is_fetched(site: Site, raw: Folder) -> None:
    wanted = raw.wants(site.put("a", DATA))
    raw.fetch(wanted)
    newer = replace(wanted, url=site.put("b", OTHER))
    assert raw.fetch(newer)[0].status == "again"
    assert wanted.path.read_bytes() == OTHER
    pinned = replace(newer, sha256=sha256(DATA).hexdigest().upper(), url=wanted.url)
    assert raw.fetch(pinned)[0].status == "again"
    assert wanted.path.read_bytes() == DATA


def test_after_a_cut_only_the_rest_is_sent(site: Site, raw: Folder) -> None:
    wanted = raw.wants(site.put("a", DATA, httpkit.cut(2000)))
    raw.fetch(wanted)
    assert wanted.path.read_bytes() == DATA
    first, second = site.asked
    assert (second.range, second.headers["if-range"]) == ("bytes=2000-", '"1"')
    assert (first.sent, second.sent) == (2000, len(DATA) - 2000)
    assert raw.names == {"a.zip"}


def test_a_run_that_was_killed_is_gone_on_with_by_the_next(site: Site, raw: Folder) -> None:
    wanted = raw.wants(site.put("a", DATA, httpkit.cut(2000)))

    def killed(*_: object) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        fetch([wanted], lock=raw.lock, manners=replace(raw.clock.manners(), sleep=killed))
    assert raw.names == {"a.zip.part", "a.zip.part.json"}
    raw.clock.now = 10.0
    raw.fetch(wanted)
    assert wanted.path.read_bytes() == DATA
    assert site.asked[-1].sent == len(DATA) - 2000


def test_a_part_of_another_address_is_not_gone_on_with(site: Site, raw: Folder) -> None:
    raw.faults(raw.wants(site.put("a", DATA, httpkit.cut(2000))), retries=0)
    wanted = raw.wants(site.put("b", OTHER))
    raw.fetch(wanted)
    assert wanted.path.read_bytes() == OTHER
    assert site.asked[-1].range == ""


def test_a_damaged_note_beside_a_part_begins_it_again(site: Site, raw: Folder) -> None:
    wanted = raw.wants(site.put("a", DATA))
    for note in ("", "[]", '{"url": 1}', '{"url": "x", "validator": "a\\r\\nb"}', "[" * 100_000):
        raw.path.mkdir(exist_ok=True)
        (raw.path / "a.zip.part").write_bytes(b"x" * 10)
        (raw.path / "a.zip.part.json").write_text(note, encoding="utf-8")
        raw.fetch(wanted)
        assert wanted.path.read_bytes() == DATA
        wanted.path.unlink()


@pytest.mark.parametrize("act", [httpkit.good, httpkit.ignoring_if_range])
def test_two_editions_are_never_glued_together(site: Site, raw: Folder, act: Any) -> None:  # noqa: ANN401 - an Act
    url = site.put("a", DATA, httpkit.cut(2000), httpkit.changes(OTHER, '"2"', then=act))
    wanted = raw.wants(url)
    (done,) = raw.fetch(wanted)
    assert wanted.path.read_bytes() == OTHER
    assert done.etag == '"2"'


@pytest.mark.parametrize("etag", ['W/"1"', ""])
def test_without_a_strong_mark_of_the_edition_all_is_asked_for_again(
    site: Site, raw: Folder, etag: str
) -> None:
    wanted = raw.wants(site.put("a", DATA, httpkit.cut(2000), etag=etag))
    site.sources["/a"].changed = "" if not etag else httpkit.CHANGED
    raw.fetch(wanted)
    assert wanted.path.read_bytes() == DATA
    assert [asked.range for asked in site.asked] == ["", ""]


@pytest.mark.parametrize(
    ("start", "total", "headers"),
    [
        (1999, len(DATA), {"ETag": '"1"'}),
        (2000, len(DATA) + 1, {"ETag": '"1"'}),
        (2000, len(DATA), {"Last_Modified": "Thu, 02 Jan 2020 00:00:00 GMT"}),
        (2000, len(DATA), {"ETag": '"1"', "Content_Encoding": "gzip"}),
    ],
)
def test_a_rest_that_does_not_fit_is_thrown_away(
    site: Site, raw: Folder, start: int, total: int, headers: dict[str, str]
) -> None:
    span = f"bytes {start}-{total - 1}/{total}"
    rest = httpkit.says(206, b"x" * (total - start), Content_Range=span, **headers)
    wanted = raw.wants(site.put("a", DATA, httpkit.cut(2000), rest))
    raw.fetch(wanted)
    assert wanted.path.read_bytes() == DATA
    assert [asked.range for asked in site.asked] == ["", "bytes=2000-", ""]


def test_a_server_may_give_the_rest_in_pieces_and_without_marks(site: Site, raw: Folder) -> None:
    total = len(DATA)
    middle = httpkit.says(206, DATA[2000:3000], Content_Range=f"bytes 2000-2999/{total}")
    wanted = raw.wants(site.put("a", DATA, httpkit.cut(2000), middle))
    raw.fetch(wanted)
    assert wanted.path.read_bytes() == DATA
    assert [asked.range for asked in site.asked] == ["", "bytes=2000-", "bytes=3000-"]


def test_a_packed_answer_is_not_gone_on_with(site: Site, raw: Folder) -> None:
    wanted = raw.wants(site.put("a", DATA, httpkit.packed_and_cut))
    raw.fetch(wanted)
    assert wanted.path.read_bytes() == DATA
    assert [asked.range for asked in site.asked] == ["", ""]


def test_an_old_date_marks_an_edition_too(site: Site, raw: Folder) -> None:
    wanted = raw.wants(site.put("a", DATA, httpkit.cut(2000), etag=""))
    raw.fetch(wanted)
    assert wanted.path.read_bytes() == DATA
    assert site.asked[1].headers["if-range"] == httpkit.CHANGED


def test_a_known_hash_lets_an_unmarked_file_be_gone_on_with(site: Site, raw: Folder) -> None:
    url = site.put("a", DATA, httpkit.cut(2000), etag="")
    site.sources["/a"].changed = ""
    wanted = raw.wants(url, sha256=sha256(DATA).hexdigest())
    raw.fetch(wanted)
    assert site.asked[1].sent == len(DATA) - 2000


def test_a_wrong_glue_without_marks_is_found_by_the_hash(site: Site, raw: Folder) -> None:
    url = site.put("a", OTHER, httpkit.cut(2000), httpkit.changes(DATA, ""), etag="")
    site.sources["/a"].changed = ""
    wanted = raw.wants(url, sha256=sha256(DATA).hexdigest())
    raw.fetch(wanted)
    assert wanted.path.read_bytes() == DATA


def test_a_server_that_ignores_ranges_sends_all_again(site: Site, raw: Folder) -> None:
    wanted = raw.wants(site.put("a", DATA, httpkit.cut(2000), httpkit.whole))
    raw.fetch(wanted)
    assert wanted.path.read_bytes() == DATA
    assert site.asked[1].sent == len(DATA)


def test_a_part_is_not_given_up_for_a_greeting(site: Site, raw: Folder) -> None:
    wanted = raw.wants(site.put("a", DATA, httpkit.cut(2000), httpkit.page))
    (fault,) = raw.faults(wanted)
    assert fault.what.endswith("answered with a web page")
    assert (raw.path / "a.zip.part").stat().st_size == 2000
    raw.fetch(wanted)
    assert site.asked[-1].sent == len(DATA) - 2000


def test_a_length_that_is_too_long_is_settled_by_asking_for_the_rest(
    site: Site, raw: Folder
) -> None:
    wanted = raw.wants(site.put("a", DATA, httpkit.says_length(len(DATA) + 9)))
    raw.fetch(wanted)
    assert wanted.path.read_bytes() == DATA
    assert site.asked[1].range == f"bytes={len(DATA)}-"


def test_a_length_that_is_always_too_long_is_a_fault(site: Site, raw: Folder) -> None:
    url = site.put("a", DATA, *[httpkit.says_length(len(DATA) + 9)] * 3)
    (fault,) = raw.faults(raw.wants(url), retries=2)
    assert "cut the connection" in fault.what
    assert "a.zip" not in raw.names


def test_a_length_that_is_too_short_leaves_no_zip(site: Site, raw: Folder) -> None:
    (fault,) = raw.faults(raw.wants(site.put("a", DATA, httpkit.says_length(3000))))
    assert fault.what.endswith("a zip file that is cut or damaged")
    assert raw.names == set()


@pytest.mark.parametrize("act", [httpkit.unsized(3000), httpkit.chunked(3000)])
def test_a_file_cut_where_no_length_was_said_is_found(site: Site, raw: Folder, act: Any) -> None:  # noqa: ANN401 - an Act
    wanted = raw.wants(site.put("a", DATA, act))
    raw.fetch(wanted)
    assert wanted.path.read_bytes() == DATA
    assert site.asked[1].sent == len(DATA) - 3000


@pytest.mark.parametrize("act", [httpkit.unsized(), httpkit.chunked(), httpkit.packed])
def test_a_file_comes_without_a_length_in_chunks_or_packed(
    site: Site,
    raw: Folder,
    act: Any,  # noqa: ANN401 - an Act
) -> None:
    wanted = raw.wants(site.put("a", DATA, act))
    raw.fetch(wanted)
    assert wanted.path.read_bytes() == DATA
    assert len(site.asked) == 1


def test_a_length_beside_chunks_means_nothing(site: Site, raw: Folder) -> None:
    chunks = f"{len(DATA):x}\r\n".encode() + DATA + b"\r\n0\r\n\r\n"
    act = httpkit.says(200, chunks, Transfer_Encoding="chunked")
    raw.fetch(raw.wants(site.put("a", DATA, act)), retries=0)
    assert (raw.path / "a.zip").read_bytes() == DATA


def test_an_unknown_packing_is_refused(site: Site, raw: Folder) -> None:
    url = site.put("a", DATA, httpkit.says(200, DATA, Content_Encoding="br"))
    (fault,) = raw.faults(raw.wants(url))
    assert "not known here (br)" in fault.what


def test_a_damaged_zip_is_asked_for_only_once(site: Site, raw: Folder) -> None:
    (fault,) = raw.faults(raw.wants(site.put("a", DATA[:3000])))
    assert "cut or damaged" in fault.what
    assert len(site.asked) == 1
    assert raw.names == set()


def test_a_wrong_hash_leaves_no_file(site: Site, raw: Folder) -> None:
    (fault,) = raw.faults(raw.wants(site.put("a", DATA), sha256="0" * 64))
    assert sha256(DATA).hexdigest() in fault.what
    assert raw.names == set()


@pytest.mark.parametrize("code", [401, 403, 404, 410, 501])
def test_a_lasting_refusal_is_asked_for_once(site: Site, raw: Folder, code: int) -> None:
    (fault,) = raw.faults(raw.wants(site.put("a", DATA, httpkit.status(code))))
    assert f"({code})" in fault.what
    assert "https://example.org/page" in fault.fix
    assert str(raw.path / "a.zip") in fault.fix
    assert len(site.asked) == 1


@pytest.mark.parametrize("code", [408, 429, 500, 502, 503, 504])
def test_a_passing_refusal_is_waited_out(site: Site, raw: Folder, code: int) -> None:
    wanted = raw.wants(site.put("a", DATA, *[httpkit.status(code)] * 3))
    raw.fetch(wanted, rate_s=0.0)
    assert wanted.path.read_bytes() == DATA
    assert raw.clock.slept == [1.0, 2.0, 4.0]


def test_a_refusal_that_does_not_pass_is_a_fault(site: Site, raw: Folder) -> None:
    (fault,) = raw.faults(raw.wants(site.put("a", DATA, *[httpkit.status(503)] * 9)), retries=3)
    assert "fails (503)" in fault.what
    assert len(site.asked) == 4


def test_retry_after_is_obeyed_in_seconds_or_as_a_date(site: Site, raw: Folder) -> None:
    dates = {
        "Date": "Wed, 01 Jan 2020 00:00:00 GMT",
        "Retry_After": "Wed, 01 Jan 2020 00:00:40 GMT",
    }
    acts = [httpkit.status(429, Retry_After=30), httpkit.status(503, Retry_After="soon")]
    raw.fetch(raw.wants(site.put("a", DATA, *acts)), rate_s=0.0)
    assert raw.clock.slept == [30.0, 2.0]

    class Answer:
        status_code = 503
        headers = {name.replace("_", "-"): value for name, value in dates.items()}  # noqa: RUF012 - a stand-in

    assert web.refusal(Answer(), raw.clock.manners()).wait_s == 40.0  # type: ignore[arg-type]


def test_nobody_waits_for_an_hour(site: Site, raw: Folder) -> None:
    url = site.put("a", DATA, httpkit.status(429, Retry_After=3600))
    (fault,) = raw.faults(raw.wants(url))
    assert "stay away for 3600 s" in fault.what
    assert raw.clock.slept == []


def test_a_server_that_falls_silent_is_given_up_and_gone_on_with(site: Site, raw: Folder) -> None:
    wanted = raw.wants(site.put("a", DATA, httpkit.silent(2000, 0.2)))
    raw.fetch(wanted, timeout_s=0.05)
    assert wanted.path.read_bytes() == DATA
    assert site.asked[1].sent == len(DATA) - 2000
    assert any("fell silent" in text for text in raw.said)


def test_a_good_part_gives_a_bad_line_new_credit(
    site: Site, raw: Folder, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("landuse.sources.download.GOOD_PART", 1000)
    wanted = raw.wants(site.put("a", DATA, *[httpkit.cut(1000)] * 4))
    raw.fetch(wanted, retries=1)
    assert wanted.path.read_bytes() == DATA


def test_redirects_are_followed_five_times(site: Site, raw: Folder) -> None:
    site.put("5", DATA)
    for step in range(5):
        onwards = httpkit.status(302, Location=f"/{step + 1}")
        site.put(str(step), b"", onwards)
    raw.fetch(raw.wants(f"{site.url}/0"))
    again = site.put("loop", b"", *[httpkit.status(302, Location="/loop")] * 9)
    (fault,) = raw.faults(raw.wants(again, "b.zip"))
    assert "more than 5 times" in fault.what


@pytest.mark.parametrize(
    "location",
    ["http://example.org/a", "file:///etc/passwd", "http:///x", "", "https://a:b@c/", "ftp://a/b"],
)
def test_redirects_away_from_https_and_the_web_are_refused(location: str) -> None:
    with pytest.raises(web.WebError, match="sends us on"):
        web.next_url("https://example.org/b", location)


@pytest.mark.parametrize(
    "url",
    ["ftp://a/b", "file:///etc/passwd", "a.zip", "http:///a", "http://u:p@h/a", "http://h/a\nb"],
)
def test_only_plain_web_addresses_are_asked(raw: Folder, url: str) -> None:
    (fault,) = raw.faults(raw.wants(url))
    assert fault.fix == "correct its url"


@pytest.mark.parametrize(
    "name", ["../a.zip", "x/../../a.zip", "/a.zip", "", "fetched.json", "a.part"]
)
def test_files_go_nowhere_but_into_the_folder(site: Site, raw: Folder, name: str) -> None:
    (fault,) = raw.faults(raw.wants(site.put("a", DATA), name))
    assert "place" in fault.what or "has a name" in fault.what
    assert site.asked == []


def test_two_downloads_have_two_places_even_on_windows(site: Site, raw: Folder) -> None:
    url = site.put("a", DATA)
    (fault,) = raw.faults(raw.wants(url), raw.wants(url, "A.ZIP"))
    assert fault.what == "has the same place as another download"
    assert len(site.asked) == 1


@pytest.mark.parametrize("act", [httpkit.good, httpkit.unsized()])
def test_no_file_is_larger_than_allowed(site: Site, raw: Folder, act: Any) -> None:  # noqa: ANN401 - an Act
    (fault,) = raw.faults(raw.wants(site.put("a", DATA, act)), max_bytes=4000, retries=0)
    assert "more than 0.0 MB" in fault.what
    assert raw.names == set()


def test_one_failure_does_not_hold_up_the_others(site: Site, raw: Folder) -> None:
    wanted = [raw.wants(site.put(name, DATA), f"{name}.zip") for name in "abc"]
    del site.sources["/b"]
    with pytest.raises(FetchError) as caught:
        raw.fetch(*wanted)
    assert [fault.where for fault in caught.value.faults] == ["b.zip"]
    assert [done.path.name for done in caught.value.fetched] == ["a.zip", "c.zip"]
    assert set(raw.record) == {"a.zip", "c.zip"}
    assert not caught.value.offline


def test_requests_to_one_host_keep_their_distance(site: Site, raw: Folder) -> None:
    raw.fetch(*(raw.wants(site.put(name, DATA), f"{name}.zip") for name in "abc"), rate_s=2.5)
    assert raw.clock.slept == [2.5, 2.5]


def test_offline_there_is_a_list_of_what_to_get_by_hand(raw: Folder) -> None:
    base = f"http://127.0.0.1:{httpkit.unused_port()}"
    wanted = [raw.wants(f"{base}/{name}", f"{name}.zip", licence="CC BY 4.0") for name in "abc"]
    with pytest.raises(FetchError) as caught:
        raw.fetch(*wanted)
    error = caught.value
    assert error.offline
    assert len(error.faults) == 4
    assert raw.clock.slept == [1.0]  # once for the first file, not for each
    for download in wanted:
        for text in (download.title, download.page, download.url, str(download.path), "CC BY"):
            assert text in error.checklist
        assert any(str(download.path) in fault.fix for fault in error.faults)
    assert error.checklist.startswith("手で")
    assert error.checklist == checklist(wanted)


def test_a_name_that_nobody_knows_is_offline_too(raw: Folder) -> None:
    faults = raw.faults(raw.wants("http://no.such.host.invalid/a.zip"))
    assert len(faults) == 2
    assert "cannot be reached" in faults[1].what


def test_a_second_run_is_told_who_is_at_work(site: Site, raw: Folder) -> None:
    code = (
        "import sys, pathlib; from landuse.sources.lock import alone\n"
        "with alone(pathlib.Path(sys.argv[1])): print('held', flush=True); sys.stdin.read()"
    )
    wanted = raw.wants(site.put("a", DATA))
    command = [sys.executable, "-c", code, str(raw.lock)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as other:
        assert other.stdout
        assert other.stdout.readline() == b"held\n"
        with pytest.raises(LockedError) as caught:
            raw.fetch(wanted)
        assert caught.value.pid == other.pid
        assert str(other.pid) in str(caught.value)
        other.kill()
    assert raw.fetch(wanted)[0].status == "fetched"


def test_a_lock_is_free_after_an_error(tmp_path: Path) -> None:
    lock = tmp_path / "lock"
    for _ in range(2):
        with pytest.raises(ZeroDivisionError), alone(lock):
            1 / 0  # noqa: B018 - the failure
    with alone(lock), pytest.raises(LockedError), alone(lock):
        pass


@pytest.mark.parametrize(("code", "words"), [(28, "disk is full"), (13, "read or written")])
def test_a_full_or_barred_disk_is_a_fault_and_not_a_crash(
    site: Site, raw: Folder, monkeypatch: pytest.MonkeyPatch, code: int, words: str
) -> None:
    def fails(self: Path, *_: object) -> int:
        raise OSError(code, "no", str(self))

    wanted = raw.wants(site.put("a", DATA))
    with monkeypatch.context() as patch:
        patch.setattr(Path, "write_bytes", fails)
        (fault,) = raw.faults(wanted)
    assert words in fault.what
    assert raw.fetch(wanted)[0].status == "fetched"


def test_a_folder_that_cannot_be_is_a_fault(tmp_path: Path) -> None:
    (tmp_path / "raw").write_bytes(b"")
    (fault,) = Folder(tmp_path / "raw" / "x").faults()
    assert "cannot be read or written" in fault.what


@pytest.mark.parametrize("text", ["", "[]", '{"files": 1}', '{"files": {"a.zip": {"sha256": 1}}}'])
def test_a_damaged_record_is_said_and_written_anew(site: Site, raw: Folder, text: str) -> None:
    raw.fetch(wanted := raw.wants(site.put("a", DATA)))
    (raw.path / "fetched.json").write_text(text, encoding="utf-8")
    assert raw.fetch(wanted)[0].status == "by hand"
    assert any("cannot be read" in said for said in raw.said)
    assert raw.fetch(wanted)[0].status == "kept"


@pytest.mark.parametrize(
    ("data", "kind", "what"),
    [
        (b"\xef\xbb\xbf \r\n<!doctype HTML>", ".csv", "a web page"),
        (b"<html xmlns='x'>", ".xml", "a web page"),
        (b"<?xml version='1.0'?><gml/>", ".gml", ""),
        (b"<?xml version='1.0'?><Error/>", ".geojson", "a web page"),
        (b"<html>", ".html", ""),
        (TEXT, ".csv", ""),
        (DATA, ".ZIP", ""),
        (b"x" + DATA, ".zip", "a zip file that is cut or damaged"),
    ],
)
def test_what_a_file_is_shows_in_its_first_bytes(
    tmp_path: Path, data: bytes, kind: str, what: str
) -> None:
    (tmp_path / "a").write_bytes(data)
    assert unsound(tmp_path / "a", kind=kind) == what


CUTS = st.integers(0, 400)


def edition(size: int) -> bytes:
    """Return a text that shares no line with that of another size."""
    return f"{size},".encode() * size


def left_after(server: Site, data: bytes, acts: list[Any], folder: Path) -> bytes:
    """Return what lies in place after a download on which all this happens."""
    server.asked.clear()
    raw = Folder(folder)
    raw.fetch(raw.wants(server.put("law", data, *acts), "law.csv"), retries=len(acts))
    return (folder / "law.csv").read_bytes()


@settings(max_examples=40)
@given(data=st.binary(max_size=800), cuts=st.lists(CUTS, max_size=6))
def test_however_the_line_is_cut_all_bytes_come_and_none_twice(
    server: Site, tmp_path_factory: pytest.TempPathFactory, data: bytes, cuts: list[int]
) -> None:
    data = b"a" + data
    acts = [httpkit.cut(after) for after in cuts]
    assert left_after(server, data, acts, tmp_path_factory.mktemp("law")) == data
    assert sum(asked.sent for asked in server.asked) == len(data)


def changed(size: int, after: int, kind: str) -> Any:  # noqa: ANN401 - an Act
    then = {"cut": httpkit.cut(after), "chunks": httpkit.chunked(after, size=50)}
    careless = then | {"careless": httpkit.ignoring_if_range}
    return httpkit.changes(edition(size), f'"{size}"', then=careless[kind])


KINDS = st.sampled_from(["cut", "chunks", "careless"])
CHANGES = st.builds(changed, st.integers(1, 200), CUTS, KINDS)


@settings(max_examples=40)
@given(acts=st.lists(CHANGES | CUTS.map(httpkit.cut) | st.just(httpkit.status(503)), max_size=6))
def test_however_often_the_edition_changes_the_file_is_one_whole_edition(
    server: Site, tmp_path_factory: pytest.TempPathFactory, acts: list[Any]
) -> None:
    left = left_after(server, edition(100), acts, tmp_path_factory.mktemp("law"))
    assert left == server.sources["/law"].data
