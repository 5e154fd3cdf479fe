"""Prints the declared types as JSON Schemas, which are compared with the contract of the bridge."""

from __future__ import annotations

import json
import typing
from typing import Any, Dict, List, Optional, Union

from kiro_bridge import event_types, types

_NAMES = {str: "string", int: "integer", float: "number", bool: "boolean"}


def schema_of(kind: Any) -> Dict[str, Any]:
    origin, args = typing.get_origin(kind), typing.get_args(kind)
    if kind is Any:
        return {}
    if origin is list:
        return {"type": "array", "items": schema_of(args[0])}
    if origin is typing.Literal:
        return {"enum": list(args)}
    if origin is Union:
        return {"enum": [value for arg in args for value in typing.get_args(arg)]}
    if typing.is_typeddict(kind) if hasattr(typing, "is_typeddict") else hasattr(kind, "__total__"):
        return object_of(kind)
    return {"type": _NAMES[kind]}


def object_of(kind: Any) -> Dict[str, Any]:
    properties: Dict[str, Any] = {}
    required: List[str] = []
    extras: Dict[str, Any] = typing.get_type_hints(kind, include_extras=True)
    for name, hint in extras.items():
        inner = optional_of(hint)
        if inner is None:
            required.append(name)
        properties[name] = schema_of(hint if inner is None else inner)
    return {"type": "object", "properties": properties, "required": required}


def optional_of(hint: Any) -> Optional[Any]:
    """Returns the type of an optional field. Before Python 3.11, ``NotRequired`` is another name of ``Optional``."""
    args = typing.get_args(hint)
    is_optional = typing.get_origin(hint) is Union and type(None) in args
    if is_optional or typing.get_origin(hint) is getattr(typing, "NotRequired", object()):
        return args[0]
    return None


def main() -> None:
    declared = {
        name: object_of(kind)
        for module in (types, event_types)
        for name, kind in vars(module).items()
        if hasattr(kind, "__total__") and not name.startswith("_") and kind.__module__ == module.__name__
    }
    print(json.dumps(declared))


if __name__ == "__main__":
    main()
