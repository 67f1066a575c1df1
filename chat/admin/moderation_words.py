"""Block lists and the policy for links, with a box to try them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any, Final

from asgiref.sync import async_to_sync
from django import forms
from django.http import HttpResponse
from pydantic import ValidationError
from unfold.widgets import UnfoldAdminSelectWidget, UnfoldAdminTextareaWidget, UnfoldAdminTextInputWidget

from chat.api.settings import ContentRulesIn
from chat.commands.conduct import has_link
from chat.commands.wording import checked_text
from kit.content import ANY_LINK, MASK, NO_LINK, REFUSE, SOME_LINKS, InvalidRule, make_rules
from kit.errors import ParleyError
from tenants.consoles.permits import Permit
from tenants.consoles.tenant_console import tenant_console
from tenants.consoles.tenant_page import TenantPage
from tenants.records import TenantRecord
from tenants.settings import content_rules, set_content_rules

_ACTIONS: Final = [(REFUSE, "Refuse the message"), (MASK, "Mask what matches")]
_LINKS: Final = [(ANY_LINK, "All links"), (SOME_LINKS, "Only links to the domains below"), (NO_LINK, "No links")]
_FAULTS: Final = {
    "not_one_word": "is not one word: words stand between spaces and punctuation. Use a pattern.",
    "not_a_pattern": "is not a regular expression of RE2, or too large.",
    "matches_nothing": "matches an empty text, and so every message.",
    "not_a_domain": "is not a domain.",
}
_BLANK_PATTERNS: Final = 2


class Lines(forms.CharField):
    """One entry a line."""

    def __init__(self, **options: Any) -> None:
        super().__init__(required=False, widget=UnfoldAdminTextareaWidget(attrs={"rows": 5}), **options)

    def to_python(self, value: Any) -> Any:
        return [line.strip() for line in str(value or "").splitlines() if line.strip()]

    def prepare_value(self, value: Any) -> Any:
        return "\n".join(value) if isinstance(value, list) else value


class RulesForm(forms.Form):
    refused = Lines(label="Refused words", help_text="One a line. A message with one of them is not sent.")
    masked = Lines(label="Masked words", help_text="One a line. Each letter becomes a dot.")
    links = forms.ChoiceField(label="Links", choices=_LINKS, widget=UnfoldAdminSelectWidget)
    domains = Lines(label="Allowed domains", help_text="One a line. Hosts below them are allowed too.")


class PatternForm(forms.Form):
    name = forms.CharField(required=False, max_length=64, widget=UnfoldAdminTextInputWidget)
    pattern = forms.CharField(
        required=False, max_length=500, strip=False, label="Regular expression", widget=UnfoldAdminTextInputWidget
    )
    action = forms.ChoiceField(choices=_ACTIONS, label="What to do", widget=UnfoldAdminSelectWidget)


Patterns = forms.formset_factory(PatternForm, extra=_BLANK_PATTERNS, max_num=50)


@tenant_console.page
class Words(TenantPage):
    address = "moderation/words/"
    name = "moderation_words"
    label = "Words and links"
    template = "chat/admin/moderation_words.html"
    permit = Permit.MODERATION_VIEW
    actions = {"save": Permit.MODERATION_RULES, "try": Permit.MODERATION_VIEW}
    section, icon, place = "Moderation", "spellcheck", 30

    def context(self, **where: Any) -> dict[str, Any]:
        kept = async_to_sync(content_rules)(self.tenant.id)
        words = kept.get("words", [])
        initial = {
            "refused": [rule["word"] for rule in words if rule["action"] == REFUSE],
            "masked": [rule["word"] for rule in words if rule["action"] == MASK],
            "links": kept.get("links", ANY_LINK),
            "domains": kept.get("domains", []),
        }
        return {"form": RulesForm(initial=initial), "patterns": Patterns(initial=kept.get("patterns", []))}

    def do_save(self) -> HttpResponse | None:
        form, patterns = self._given()
        rules = _rules(form, patterns)
        if rules is None:
            return self.render(422, form=form, patterns=patterns)
        async_to_sync(set_content_rules)(self.tenant, rules)
        self.say("The rules hold for every message from now on.")
        return None

    def do_try(self) -> HttpResponse:
        """By the rules in the form, saved or not."""
        form, patterns = self._given()
        rules, text = _rules(form, patterns), self.request.POST.get("sample", "")
        tried = None if rules is None else _tried(self.tenant, rules, text)
        return self.render(form=form, patterns=patterns, sample=text, tried=tried)

    def _given(self) -> tuple[RulesForm, Any]:
        return RulesForm(self.request.POST), Patterns(self.request.POST)


def _rules(form: RulesForm, patterns: Any) -> dict[str, Any] | None:
    """What is to be kept; None where something is wrong, which the forms say then."""
    if not (form.is_valid() and patterns.is_valid()):
        return None
    given = form.cleaned_data
    filled = [each for each in patterns.forms if each.cleaned_data.get("name") or each.cleaned_data.get("pattern")]
    words = [(word, REFUSE) for word in given["refused"]] + [(word, MASK) for word in given["masked"]]
    rules = {
        "words": [{"word": word, "action": action} for word, action in words],
        "patterns": [{key: each.cleaned_data[key] for key in ("name", "pattern", "action")} for each in filled],
        "links": given["links"],
        "domains": given["domains"],
    }
    faults = _faults(rules)
    for field, fault in faults:
        _blame(form, filled, rules, field.split("."), fault)
    return None if faults else rules


def _faults(rules: dict[str, Any]) -> Sequence[tuple[str, str]]:
    """Each with the dotted path of its rule."""
    try:
        ContentRulesIn.model_validate(rules)
        make_rules(rules)
    except ValidationError as wrong:
        return [(".".join(map(str, each["loc"])), each["msg"]) for each in wrong.errors()]
    except InvalidRule as wrong:
        return [(wrong.field, _FAULTS.get(wrong.code, wrong.code))]
    return []


def _blame(form: RulesForm, patterns: list[Any], rules: dict[str, Any], path: list[str], fault: str) -> None:
    kind, *rest = path
    if kind == "patterns" and rest:
        patterns[int(rest[0])].add_error(rest[1] if len(rest) > 1 else None, fault)
    elif kind == "words" and rest:
        rule = rules["words"][int(rest[0])]
        form.add_error("refused" if rule["action"] == REFUSE else "masked", f"“{rule['word']}” {fault}")
    elif kind == "domains" and rest:
        form.add_error("domains", f"“{rules['domains'][int(rest[0])]}” {fault}")
    else:
        form.add_error(kind if kind in form.fields else None, fault)


def _tried(tenant: TenantRecord, rules: dict[str, Any], text: str) -> dict[str, Any]:
    """What becomes of a message: ``outcome`` is ``sent``, ``masked`` or ``refused``, and why."""
    newcomers = tenant.conduct.newcomers if tenant.conduct else None
    too_new = newcomers.hours if newcomers and has_link(text) else 0
    try:
        said = checked_text(replace(tenant, content=make_rules(rules)), text)
    except ParleyError as refusal:
        codes = [error["code"] for error in refusal.errors]
        return {"outcome": "refused", "detail": refusal.detail, "code": refusal.code.name, "rules": codes}
    return {"outcome": "sent" if said == text else "masked", "text": said, "too_new": too_new}
