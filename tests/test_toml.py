"""Reading TOML tables: every fault of a file at once."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from landuse.errors import CityError, Fault, MissingFileError
from landuse.toml import Keys, Label, read_toml

if TYPE_CHECKING:
    from pathlib import Path


def keys_of(table: dict[str, Any]) -> tuple[Keys, list[Fault]]:
    faults: list[Fault] = []
    return Keys(table=table, where="city.toml", faults=faults), faults


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(MissingFileError, match=r"nowhere\.toml: there is no such file"):
        read_toml(tmp_path / "nowhere.toml")


def test_a_folder_is_not_a_file(tmp_path: Path) -> None:
    with pytest.raises(MissingFileError):
        read_toml(tmp_path)


def test_a_file_that_is_not_utf8_says_so(tmp_path: Path) -> None:
    path = tmp_path / "city.toml"
    path.write_bytes('name = "釧路市"'.encode("cp932"))
    with pytest.raises(CityError, match=r"is not UTF-8 .* save it as UTF-8"):
        read_toml(path)


def test_a_byte_order_mark_does_no_harm(tmp_path: Path) -> None:
    path = tmp_path / "city.toml"
    path.write_bytes(b'\xef\xbb\xbfkey = "kushiro"')
    assert read_toml(path) == {"key": "kushiro"}


@pytest.mark.parametrize("text", ["key = ", "key = 1\nkey = 2", "[a]\n[a]\n"])
def test_a_broken_file_is_refused_with_its_line(tmp_path: Path, text: str) -> None:
    path = tmp_path / "city.toml"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(CityError, match=r"city\.toml: is not valid TOML: .*(line|document)"):
        read_toml(path)


def test_values_of_the_right_kind_come_through() -> None:
    keys, faults = keys_of(
        {
            "text": "a",
            "whole": 3,
            "half": 0.5,
            "flag": False,
            "word": "b",
            "list": ["x", "y"],
            "name": {"ja": "釧路市", "en": "Kushiro"},
        }
    )
    assert keys.text("text") == "a"
    assert (keys.number("whole"), keys.number("half")) == (3.0, 0.5)
    assert keys.flag("flag", default=True) is False
    assert keys.choice("word", ("a", "b")) == "b"
    assert keys.texts("list") == ("x", "y")
    assert keys.label("name") == Label(ja="釧路市", en="Kushiro")
    keys.refuse_unknown()
    assert not faults


def test_keys_that_may_be_left_out_have_their_default() -> None:
    keys, faults = keys_of({})
    assert keys.text("text", "x") == "x"
    assert keys.number("number", 0.0) == 0.0
    assert keys.choice("word", ("a", "b"), "b") == "b"
    assert keys.choice("none", ("a", "b"), "") == ""
    assert keys.texts("list", ("y",)) == ("y",)
    assert keys.text_table("table") == {}
    assert list(keys.rows("layer")) == []
    assert not faults


def ask_all(keys: Keys) -> None:
    keys.text("text")
    keys.number("number")
    keys.choice("word", ("a", "b"))
    keys.texts("list")
    keys.label("name")


def test_each_missing_key_is_one_fault() -> None:
    keys, faults = keys_of({})
    ask_all(keys)
    assert [fault.where for fault in faults] == [
        f"city.toml.{key}" for key in ("text", "number", "word", "list", "name")
    ]
    assert {fault.what for fault in faults} == {"is missing"}


@pytest.mark.parametrize("wrong", [7j, object()])
def test_each_ill_typed_key_is_one_fault_with_its_value(wrong: object) -> None:
    keys, faults = keys_of(dict.fromkeys(("text", "number", "word", "list", "name"), wrong))
    ask_all(keys)
    assert len(faults) == 5
    assert {fault.what for fault in faults} == {f"is {wrong!r}"}


@pytest.mark.parametrize("number", [0, -1, float("nan"), float("inf"), True, "3"])
def test_a_number_that_is_none_is_one_fault(number: object) -> None:
    keys, faults = keys_of({"within_min": number})
    keys.number("within_min")
    assert len(faults) == 1


def test_zero_is_allowed_where_it_has_a_meaning() -> None:
    keys, faults = keys_of({"straight_m": 0, "other_m": -1})
    assert keys.number("straight_m", 0.0, positive=False) == 0
    keys.number("other_m", 0.0, positive=False)
    assert [fault.where for fault in faults] == ["city.toml.other_m"]


def test_a_number_is_no_flag_and_a_flag_no_number() -> None:
    keys, faults = keys_of({"embed": 1, "within_min": True})
    keys.flag("embed", default=True)
    keys.number("within_min")
    assert len(faults) == 2


def test_unknown_keys_are_named_with_those_there_are() -> None:
    keys, faults = keys_of({"key": "a", "kye": "b"})
    keys.text("key")
    keys.refuse_unknown()
    (fault,) = faults
    assert fault.where == "city.toml.kye"
    assert fault.fix == "remove it or use one of: key"


def test_rows_are_named_by_their_key_or_their_place() -> None:
    keys, faults = keys_of({"layer": [{"key": "farm"}, {}, "x"]})
    assert [row.where for row in keys.rows("layer")] == [
        "city.toml: layer farm",
        "city.toml: layer 1",
    ]
    assert [fault.where for fault in faults] == ["city.toml.layer[2]"]


def test_a_table_of_texts_refuses_other_values() -> None:
    keys, faults = keys_of({"rename": {"緯度": "lat", "経度": 5}})
    assert keys.text_table("rename") == {"緯度": "lat", "経度": ""}
    assert [fault.where for fault in faults] == ["city.toml.rename.経度"]
