"""Text and JSON that break what was not made with them in mind."""

from __future__ import annotations

# Strange, and none of our business: stored and given back exactly as they came.
ODD_TEXTS = {
    "emoji with joiners": "👩‍👩‍👧‍👦 🏳️‍🌈 👋🏽",
    "zalgo": "Z̸̢̧̛͓̖a̶̡̭͝l̷̤̈́g̵̙̈o̴͎̓",
    "right to left": "שלום, مرحبا",
    "overrides of direction": "abc\u202edef\u202c\u2066ghi\u2069",
    "not normalised": "e\u0301 \u00e9 \u212b \u00c5",
    "line ends of all kinds": "a\nb\r\nc\rd\u2028e\u2029f\x85g",
    "control characters": "\x01\x07\x08\x0b\x0c\x1b[31m\x7f\x80\x9f",
    "noncharacters": "\ufffe\uffff\ufdd0\U0010ffff",
    "byte order mark": "\ufeffhi",
    "zero width": "a\u200b\u200c\u200d\u2060b",
    "spaces around": "  \t hi \n ",
    "markup": "<script>alert(1)</script> &lt;b&gt; \"quoted\" 'single'",
    "templates": "{{ 7*7 }} {% debug %} ${7*7} #{7*7} %s %(x)s {0}",
    "SQL": "'; DROP TABLE chat_message; -- $1 %s \\",
    "backslashes": "\\u0000 \\ud800 \\\\ \\n",
    "JSON": '{"type": "message.created", "room": "general"}',
    "a lone tag": "\U000e0041",
    "private use": "\ue000\U000f0000",
}

EMPTY_TEXTS = {
    "empty": "",
    "a space": " ",
    "line ends": "\r\n\n\t",
    "spaces of Unicode": "\u00a0\u2003\u3000\u2028",
}

# JSON escapes of what cannot be stored; as text between quotes.
NUL = r"a\u0000b"
LONE_SURROGATES = {
    "a high one": r"a\ud800b",
    "a low one": r"a\udc00b",
    "a pair the wrong way round": r"\udc00\ud800",
    "one at the end": r"a\ud83d",
}

# Whole bodies that are no JSON, by RFC 8259 or by what we read of it.
NO_JSON = {
    "nothing": "",
    "blank": "   ",
    "words": "hello",
    "cut off": '{"text": "hi"',
    "two objects": "{} {}",
    "a comma too many": '{"text": "hi",}',
    "single quotes": "{'text': 'hi'}",
    "no quotes": "{text: 1}",
    "a comment": '{"text": "hi"} // hi',
    "NaN": '{"text": "hi", "ref": NaN}',
    "Infinity": '{"text": "hi", "ref": Infinity}',
    "minus Infinity": '{"text": "hi", "ref": -Infinity}',
    "a leading zero": '{"text": "hi", "ref": 01}',
    "a raw NUL": '{"text": "a\x00b"}',
    "a raw line end": '{"text": "a\nb"}',
    "a NUL behind": '{"text": "hi"}\x00',
    "a byte order mark": '\ufeff{"text": "hi"}',
    "an escape that is none": r'{"text": "\x41"}',
    "half an escape": r'{"text": "\u12"}',
    "an integer of 10,000 digits": '{"text": "hi", "ref": ' + "9" * 10_000 + "}",
    "arrays 10,000 deep": '{"text": ' + "[" * 10_000 + "]" * 10_000 + "}",
    "objects 5,000 deep": '{"a":' * 5_000 + "1" + "}" * 5_000,
    "arrays 30,000 deep and never closed": "[" * 30_000,
    **{f"a lone surrogate, {name}": f'{{"text": "{text}"}}' for name, text in LONE_SURROGATES.items()},
}

NO_OBJECT = {
    "null": "null",
    "true": "true",
    "a number": "42",
    "a text": '"message.send"',
    "an array": '[{"type": "ping"}]',
    "an empty array": "[]",
}
