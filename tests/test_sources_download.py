"""A file comes whole, of one edition, whatever the server and the line do."""

from __future__ import annotations

import subprocess
import sys
import time
from contextlib import contextmanager
from dataclasses import replace
from hashlib import sha256
from typing import TYPE_CHECKING, Any

import httpkit
import pytest
from httpkit import Folder, Site
from hypothesis import given, settings
from hypothesis import strategies as st

from landuse.sources import web
from landuse.sources.fetch import fetch
from landuse.sources.part import unsound

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


DATA = httpkit.zip_of(5000)
OTHER = httpkit.zip_of(5000, "b.csv")
TEXT = "都市,人口\n釧路市,165077\n".encode()


@pytest.fixture(scope="module")
def server() -> Iterator[Site]:
    with httpkit.serving() as site:
        yield site


@pytest.fixture
def site(server: Site) -> Site:
    server.sources.clear()
    server.asked.clear()
    return server


@pytest.fixture
def raw(tmp_path: Path) -> Folder:
    return Folder(tmp_path / "raw")


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


def test_a_process_killed_while_bytes_come_loses_few_of_them(site: Site, raw: Folder) -> None:
    data = httpkit.zip_of(400_000)
    wanted = raw.wants(site.put("a", data, httpkit.silent(300_000, 1.0)))
    code = (
        "import sys, pathlib; from landuse.sources.fetch import Download, fetch\n"
        "path = pathlib.Path(sys.argv[2])\n"
        "wanted = Download(url=sys.argv[1], path=path, title='')\n"
        "fetch([wanted], lock=path.with_name('.fetch.lock'))"
    )
    part = raw.path / "a.zip.part"
    with subprocess.Popen([sys.executable, "-c", code, wanted.url, str(wanted.path)]) as other:
        end = time.monotonic() + 10
        while not (part.exists() and part.stat().st_size > 200_000) and time.monotonic() < end:
            time.sleep(0.005)
        other.kill()
    assert raw.fetch(wanted)[0].status == "fetched"
    assert wanted.path.read_bytes() == data
    assert site.asked[-1].sent < 200_000


def test_a_run_killed_before_the_last_step_need_not_ask_again(
    site: Site, raw: Folder, monkeypatch: pytest.MonkeyPatch
) -> None:
    @contextmanager
    def killed(_: Path) -> Iterator[Path]:
        raise KeyboardInterrupt
        yield

    wanted = raw.wants(site.put("a", DATA))
    with monkeypatch.context() as patch:
        patch.setattr("landuse.sources.fetch.atomic", killed)
        with pytest.raises(KeyboardInterrupt):
            raw.fetch(wanted)
    assert (raw.fetch(wanted)[0].status, wanted.path.read_bytes()) == ("fetched", DATA)
    assert len(site.asked) == 1


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
    rest = b"x" + DATA[2001:]
    span = f"bytes {start}-{start + len(rest) - 1}/{total}"
    answer = httpkit.says(206, rest, Content_Range=span, **headers)
    wanted = raw.wants(site.put("a", DATA, httpkit.cut(2000), answer))
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


@pytest.mark.parametrize("act", [httpkit.good, httpkit.unsized()])
def test_no_file_is_larger_than_allowed(site: Site, raw: Folder, act: Any) -> None:  # noqa: ANN401 - an Act
    (fault,) = raw.faults(raw.wants(site.put("a", DATA, act)), max_bytes=4000, retries=0)
    assert "more than 0.0 MB" in fault.what
    assert raw.names == set()


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
