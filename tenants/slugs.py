"""Which slugs a tenant may take: they become host names."""

from __future__ import annotations

import re
import unicodedata

from kit.errors import DOMAIN_INVALID, SLUG_INVALID, SLUG_RESERVED, ParleyError

_SLUG = re.compile(r"[a-z](?:[a-z0-9]|-(?!-)){1,30}[a-z0-9]\Z")
_LABEL = r"(?!-)[a-z0-9-]{1,63}(?<!-)"
_DOMAIN = re.compile(rf"(?=.{{4,253}}\Z){_LABEL}(\.{_LABEL})*\.(?=[a-z])[a-z0-9-]{{2,63}}(?<!-)\Z")

RESERVED = frozenset(
    """
    about abuse account accounts admin administrator api app apps assets auth autoconfig autodiscover billing blog
    cdn chat console contact dashboard dev developer docs download email embed files ftp help hostmaster imap info
    internal isatap legal live localdomain localhost login mail mailer-daemon media metrics mx news nobody noc ns
    ns1 ns2 oauth operator operators parley platform pop pop3 postmaster privacy public register root sales
    security sign-in sign-up signup smtp socket staging static status support system team test usenet webhook
    webhooks webmail webmaster wpad ws www
    """.split()  # noqa: SIM905 - ninety quoted words are harder to read
)


def check_slug(slug: str) -> str:
    """The slug itself: 3 to 32 of a-z, 0-9 and single hyphens, beginning with a letter (RFC 1035 section 2.3.1).

    Raises ParleyError ``slug_invalid`` or ``slug_reserved``.
    """
    if not _SLUG.match(slug):
        raise ParleyError(
            SLUG_INVALID,
            "A slug has 3 to 32 characters a-z, 0-9 and single hyphens, begins with a letter"
            " and does not end with a hyphen.",
        )
    if slug in RESERVED:
        raise ParleyError(SLUG_RESERVED, f"The slug {slug!r} is kept for the platform itself.")
    return slug


def slug_from(name: str) -> str:
    """What ``name`` would be as a slug; empty where it has too few letters for one."""
    plain = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode().lower()
    slug = re.sub(r"[^a-z0-9]+", "-", plain).lstrip("-0123456789")[:32].rstrip("-")
    return slug if _SLUG.match(slug) else ""


def check_domain(domain: str, base_domain: str) -> str:
    """The domain in lower case. Raises ParleyError ``domain_invalid`` for what is no public host name or is ours."""
    name = domain.lower().removesuffix(".")
    if not domain.isascii() or not _DOMAIN.match(name):
        raise ParleyError(DOMAIN_INVALID, f"{domain[:80]!r} is not a host name such as chat.example.com.")
    if name == base_domain or name.endswith(f".{base_domain}"):
        raise ParleyError(DOMAIN_INVALID, f"Names under {base_domain} are given by slug.")
    return name
