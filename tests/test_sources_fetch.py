"""Official files are known again, and those that fail hold up no other."""

from __future__ import annotations

import subprocess
import sys
from dataclasses import replace
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING

import httpkit
import pytest
from httpkit import Folder, Site

import landuse
from landuse.sources.fetch import FetchError, LockedError, checklist
from landuse.sources.lock import alone

if TYPE_CHECKING:
    from collections.abc import Iterator


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
