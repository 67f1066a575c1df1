"""Files of people: a person or a fault for each row, or no file at all; taken up again anywhere, the same."""

from __future__ import annotations

from io import BytesIO

from chat.files.people_csv import Fault, People, read_columns
from kit.errors import INVALID, ParleyError

SEEDS = [
    b"id,name,avatar,rooms,plan\nann,Ann,https://example.com/a.png,general;random,pro\n",
    b"\xef\xbb\xbfID;Name\r\n\"an\"\"n\";\"A;\nnn\"\r\n", b"id\tname\n\x00\tb\n", b"id,id\n", b"name\n", b"", b"\n\n",
    b'id,name\n"open', b"id\n" + b"x" * 300, b"id,a,b\n1,2,3,4\n1\n,,\n", b"id,name\n\xff,\xfe\n", b"id\r\rx\rann\r",
    b"id,rooms\nann," + b"a;" * 60, b'"id"x,name\n"a"b,c\n',
]  # fmt: skip


def try_one(data: bytes) -> None:
    file = BytesIO(data)
    try:
        columns = read_columns(file)
    except ParleyError as refused:
        assert refused.code is INVALID
        return
    people = People(file, columns)
    for row in people:
        assert people.position <= len(data)
        if not isinstance(row, Fault):
            assert 0 < len(row.id) <= 128
        "".join(str(part) for part in row).encode()
    assert people.position == max(len(data), columns.end)
    assert list(People(BytesIO(data), columns, people.position, people.line)) == []
