"""Files of people, row by row."""

from __future__ import annotations

import io

import pytest

from chat.files.people_csv import Columns, Fault, People, Person, read_columns
from kit.errors import ParleyError


def read(content: str | bytes) -> tuple[Columns, list[Person | Fault]]:
    file = io.BytesIO(content.encode() if isinstance(content, str) else content)
    columns = read_columns(file)
    return columns, list(People(file, columns))


def test_columns_of_ours_are_known_in_any_case_and_all_others_are_custom_data() -> None:
    columns, rows = read('\ufeffID;Name;Plan;rooms\r\nann;"Ann; Arbor";gold;a|b a\r\n\r\nbob;;;\r\n')
    assert (columns.known, columns.custom) == (["id", "name", "rooms"], ["Plan"])
    assert rows == [
        Person(2, "ann", "Ann; Arbor", None, {"Plan": "gold"}, ("a", "b")),
        Person(4, "bob", None, None, {}, ()),
    ]


def test_a_file_without_columns_of_its_own_says_nothing_of_custom_data() -> None:
    assert read("id\tname\nann\tAnn\n")[1] == [Person(2, "ann", "Ann", None, None, ())]


@pytest.mark.parametrize(
    ("content", "why"),
    [
        ("", "no column “id”"),
        ("name,avatar\n", "no column “id”"),
        ("id,name,Name\n", "two columns “name”"),
        ("id,,\n", "two columns “without a name”"),
        ("id,name\n".encode("utf-16"), "UTF-8"),
        ("id,name\rann,Ann\r", "neither in CR LF nor in LF"),
        ("id," + ",".join(f"c{n}" for n in range(60)), "61 columns"),
    ],
)
def test_a_file_that_does_not_say_what_it_holds_is_refused(content: str | bytes, why: str) -> None:
    with pytest.raises(ParleyError, match=why):
        read(content)


@pytest.mark.parametrize(
    ("row", "why"),
    [
        (b",Ann", "no id"),
        (b"a b,Ann", "a space, a slash"),
        (b"a/b,Ann", "a space, a slash"),
        (b"a" * 129 + b",Ann", "longer than 128"),
        (b"ann," + b"A" * 121, "longer than 120"),
        (b"ann,Ann,javascript:x", "no web address"),
        (b"ann,Ann,,/", "cannot be a room's id"),
        (b"ann,Ann,,," + b"x" * 5_000, "4096"),
        (b"ann,Ann,,,,more", "6 cells"),
        (b"ann,\xff\xfe", "not UTF-8"),
        (b"ann,a\x00b", "NUL"),
    ],
)
def test_a_row_that_cannot_be_taken_says_why_and_the_next_one_is_read(row: bytes, why: str) -> None:
    _, [fault, after] = read(b"id,name,avatar,rooms,plan\n" + row + b"\nbob,Bob\n")
    assert isinstance(fault, Fault)
    assert why in fault.reason
    assert fault.line == 2
    assert after == Person(3, "bob", "Bob", None, {}, ())


def test_lines_are_counted_as_editors_count_them() -> None:
    _, rows = read('id,name\nann,"two\nlines"\n\n/,x\n')
    assert [row.line for row in rows] == [2, 5]


def test_a_quote_that_does_not_end_costs_no_more_than_its_rows() -> None:
    _, rows = read('id,name\nann,"Ann\n' + "".join(f"u{n},{'n' * 100}\n" for n in range(3_000)))
    assert isinstance(rows[0], Fault)
    assert "does not end" in rows[0].reason
    assert rows[-1] == Person(3_002, "u2999", "n" * 100, None, None, ())


def test_reading_goes_on_from_any_place_where_a_row_began() -> None:
    file = io.BytesIO('id,name\nänn,Änn\nbob,"Bob\nB"\ncarol,C\n'.encode())
    columns = read_columns(file)
    people = People(file, columns)
    rows, places = [], []
    for row in people:
        rows.append(row)
        places.append((people.position, people.line))
    for done, (position, line) in enumerate(places, 1):
        assert list(People(file, columns, position, line)) == rows[done:]
