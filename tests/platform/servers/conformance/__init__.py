"""The Autobahn|Testsuite's fuzzing client, sections 1 to 7 and 10, case by case against both servers.

The numbers and the expectations are those of https://github.com/crossbario/autobahn-testsuite (25.10.1); one
module has one section. Section 9 is left out, whose messages are larger than ours may be, and so are 12 and 13,
which are about compression: it is not offered.

Where this is stricter than the suite: a server that fails a connection must say why in a close frame (the suite
lets it drop the connection instead), and where the suite leaves the end open, one code is pinned.
"""
