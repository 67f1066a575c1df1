"""What the stripe library declares: the parameters of every method, the fields of every resource.

The stand-in reads requests by the first, so that a parameter Stripe does not know is refused as Stripe refuses it; it
makes its objects by the second, and tests compare every answer with them.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator
from decimal import Decimal, InvalidOperation
from functools import cache
from importlib import import_module
from pathlib import Path
from types import UnionType
from typing import Any, ForwardRef, Literal, Union, get_args, get_origin, get_type_hints

import stripe
from stripe._object_classes import OBJECT_CLASSES
from stripe._request_options import RequestOptions
from stripe._stripe_object import StripeObject, UntypedStripeObject
from typing_extensions import is_typeddict

from tests.support.stripe.errors import invalid

API_VERSION = stripe.api_version

_PARTS = (".", "billing", "billing_portal", "checkout", "test_helpers")
_METHOD = re.compile(r"\n    def ")
_ADDRESS = re.compile(r'self\._request\(\s*"(\w+)",\s*\(?\s*((?:"[^"]+"\s*)+)')
_PARAMS = re.compile(r'params: (?:Optional\[\s*)?"(\w+)"')
_IMPORTS = re.compile(r"from (stripe[\w.]*) import \(?\s*(\w+)(?: as (\w+))?")
_TEXTS = {"int": r"-?\d+", "float": r"-?\d+(\.\d+)?", "bool": "true|false"}
_CALLERS = frozenset(RequestOptions.__annotations__)
"""Those of the library itself, which never reach the wire."""


def read(method: str, route: str, form: dict[str, Any]) -> dict[str, Any]:
    """The request's parameters, typed. Raises ``Refused`` for what the library does not declare for this method."""
    declaration = _methods().get((method.lower(), _anonymous(route)))
    if declaration is None:
        raise invalid(f"Unrecognized request URL ({method}: {route}).", status=404)
    module, name = declaration
    return _typed(form, getattr(import_module(module), name), "") if name else {}


@cache
def _methods() -> dict[tuple[str, str], tuple[str, str]]:
    """By HTTP method and route: where the TypedDict of its parameters is. (Services are read as text: they name
    routes in their bodies alone.)"""
    found = {}
    root = Path(stripe.__file__).parent
    for file in sorted(file for part in _PARTS for file in (root / part).glob("*_service.py")):
        text = file.read_text()
        modules = {name: module for module, name, _ in _IMPORTS.findall(text)}
        for body in _METHOD.split(text)[1:]:
            if asked := _ADDRESS.search(body):
                params = _PARAMS.search(body)
                route = "".join(re.findall(r'"([^"]+)"', asked[2]))
                name = params[1] if params else ""
                found[asked[1], _anonymous(route)] = (modules.get(name, ""), name)
    return found


def _anonymous(route: str) -> str:
    return re.sub(r"\{\w+\}", "{}", route)


def _typed(value: Any, wanted: Any, at: str) -> Any:
    """``value`` of the form as ``wanted`` declares it."""
    if is_typeddict(wanted):
        return _fields(value, wanted, at)
    origin, arguments = get_origin(wanted), get_args(wanted)
    if origin in (Union, UnionType):
        return _one_of(value, arguments, at)
    if origin is Literal:
        if value not in arguments:
            raise invalid(f"Invalid {at}: must be one of {', '.join(map(str, arguments))}", param=at)
        return value
    if origin in (list, dict) or wanted is UntypedStripeObject:
        return _collection(value, origin, arguments, at)
    return _scalar(value, wanted, at)


def _fields(value: Any, wanted: Any, at: str) -> dict[str, Any]:
    hints = _hints(wanted)
    if not isinstance(value, dict):
        raise invalid("Invalid object", param=at)
    for name in value.keys() - hints.keys():
        param = _within(at, name)
        raise invalid(f"Received unknown parameter: {param}", param=param, code="parameter_unknown")
    for name in (wanted.__required_keys__ & hints.keys()) - value.keys():
        param = _within(at, name)
        raise invalid(f"Missing required param: {param}.", param=param, code="parameter_missing")
    return {name: _typed(part, hints[name], _within(at, name)) for name, part in value.items()}


@cache
def _hints(wanted: Any) -> dict[str, Any]:
    hints = get_type_hints(wanted, localns={"StripeContext": object, "Mapping": dict})
    return {name: hint for name, hint in hints.items() if name not in _CALLERS}


def _one_of(value: Any, options: tuple[Any, ...], at: str) -> Any:
    """Where words are listed, the library allows any other for the future's sake; Stripe of today does not."""
    words = {word for option in options if get_origin(option) is Literal for word in get_args(option)}
    if isinstance(value, str) and value in words:
        return value
    others = [option for option in options if get_origin(option) is not Literal]
    if words - {""} and isinstance(value, str):
        others = [option for option in others if option is not str]
    fitting = [option for option in others if isinstance(value, dict) != (option in (str, int, float, bool, Decimal))]
    if not fitting:
        raise invalid(f"Invalid {at}: must be one of {', '.join(sorted(words))}", param=at)
    return _typed(value, fitting[0], at)


def _collection(value: Any, origin: Any, arguments: tuple[Any, ...], at: str) -> Any:
    if not isinstance(value, dict):
        raise invalid("Invalid array" if origin is list else "Invalid hash", param=at)
    if origin is list:
        return [_typed(value[key], arguments[0], f"{at}[{key}]") for key in sorted(value, key=int)]
    return {key: _typed(part, (arguments or (str, str))[-1], f"{at}[{key}]") for key, part in value.items()}


def _scalar(value: Any, wanted: Any, at: str) -> Any:
    if not isinstance(value, str):
        raise invalid("Invalid string", param=at)
    if wanted is Decimal:
        try:
            Decimal(value)
        except InvalidOperation:
            raise invalid(f"Invalid decimal: {value}", param=at) from None
        return value
    if wanted in (int, float, bool) and not re.fullmatch(_TEXTS[wanted.__name__], value):
        code = "parameter_invalid_integer" if wanted is int else None
        raise invalid(f"Invalid {wanted.__name__}: {value}", param=at, code=code)
    return value == "true" if wanted is bool else wanted(value) if wanted in (int, float) else value


def _within(at: str, name: str) -> str:
    return f"{at}[{name}]" if at else name


def blank(kind: str) -> dict[str, Any]:
    """Every field of the resource that may be null, as null."""
    annotations = resource(kind).__annotations__
    return {name: None for name, wanted in annotations.items() if type(None) in get_args(wanted)}


@cache
def resource(kind: str) -> Any:
    """The library's class for objects of this ``object``."""
    module, name = OBJECT_CLASSES[kind]
    return getattr(import_module(module), name)


def misfits(answer: Any) -> Iterator[str]:
    """What in an object of the API is not as its class declares it: unknown, missing or of another type."""
    if isinstance(answer, dict) and answer.get("object") in OBJECT_CLASSES:
        yield from _object_misfits(answer, resource(answer["object"]), answer["object"])
    else:
        yield f"{answer!r} is no object of the API"


def _object_misfits(value: dict[str, Any], wanted: Any, at: str) -> Iterator[str]:
    annotations = {name: hint for base in reversed(wanted.__mro__) for name, hint in _annotations(base).items()}
    if value.get("deleted"):
        annotations = {name: annotations[name] for name in ("id", "object", "deleted")}
    for name, part in value.items():
        if name not in annotations:
            yield f"{at}.{name} is not declared"
        else:
            yield from _misfits(part, annotations[name], wanted, f"{at}.{name}")
    for name in annotations.keys() - value.keys():
        if type(None) not in get_args(annotations[name]):
            yield f"{at}.{name} is missing"


def _annotations(base: Any) -> dict[str, Any]:
    if not issubclass(base, StripeObject) or base is StripeObject:
        return {}
    own = vars(base).get("__annotations__", {})
    return {name: hint for name, hint in own.items() if name.islower() and not name.startswith("_")}


def _misfits(value: Any, wanted: Any, owner: Any, at: str) -> Iterator[str]:
    origin, arguments = get_origin(wanted), get_args(wanted)
    if isinstance(wanted, (str, ForwardRef)):
        wanted = _named(getattr(wanted, "__forward_arg__", wanted), owner)
    if origin is Union:
        tried = [list(_misfits(value, option, owner, at)) for option in arguments]
        words = [option for option in arguments if get_origin(option) is Literal]
        if words and isinstance(value, str):
            yield from _misfits(value, words[0], owner, at)
        else:
            yield from min(tried, key=len)
    elif origin is Literal:
        if value not in arguments:
            yield f"{at} is {value!r}, none of {arguments}"
    elif origin is list:
        if not isinstance(value, list):
            yield f"{at} is no list"
            return
        for number, part in enumerate(value):
            yield from _misfits(part, arguments[0], owner, f"{at}[{number}]")
    elif (origin or wanted) is UntypedStripeObject:
        if not isinstance(value, dict):
            yield f"{at} is no mapping"
    elif origin is not None:
        yield from _page_misfits(value, arguments[0], owner, at)
    elif isinstance(wanted, type) and issubclass(wanted, StripeObject):
        yield from _object_misfits(value, wanted, at) if isinstance(value, dict) else [f"{at} is {value!r}, no object"]
    elif not _of_type(value, wanted):
        yield f"{at} is {value!r}, not {wanted}"


def _page_misfits(value: Any, wanted: Any, owner: Any, at: str) -> Iterator[str]:
    if not isinstance(value, dict) or value.keys() != {"object", "data", "has_more", "url"}:
        yield f"{at} is no list object"
        return
    for number, part in enumerate(value["data"]):
        yield from _misfits(part, wanted, owner, f"{at}.data[{number}]")


def _named(name: str, owner: Any) -> Any:
    """The class that ``owner``'s module calls so, which it may import for type checkers only."""
    module = sys.modules[owner.__module__]
    if hasattr(module, name):
        return getattr(module, name)
    imports = _imports(owner.__module__)
    return getattr(import_module(imports[name][0]), imports[name][1])


@cache
def _imports(module: str) -> dict[str, tuple[str, str]]:
    text = Path(str(sys.modules[module].__file__)).read_text()
    return {alias or name: (source, name) for source, name, alias in _IMPORTS.findall(text)}


def _of_type(value: Any, wanted: Any) -> bool:
    if wanted is Any:
        return True
    if wanted is Decimal:
        return isinstance(value, str) and bool(re.fullmatch(r"-?\d+(\.\d+)?", value))
    if wanted is float:
        return isinstance(value, (int, float)) and not isinstance(value, bool)
    return isinstance(value, wanted) and (wanted is bool or not isinstance(value, bool))
