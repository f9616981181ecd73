"""AXL's list, get and update, and the operations that send files to phones."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from functools import partial
from xml.etree.ElementTree import Element

from .axl_objects import COMMON, GATEWAY, GROUP, PHONE, PROFILE, Kind, uuid
from .cluster import Action, Cluster
from .soap import Fault, child, local, node, text_of, value_of

Result = list[Element | str]
Operation = Callable[[Cluster, Element], Result]


def check_size(cluster: Cluster, count: int) -> None:
    """AXL's own limit, which tells how to ask instead."""
    limit = cluster.spec.row_limit
    if limit and count > limit:
        told = f"Total rows matched: {count} rows. Suggestive Row Fetch: less than {limit + 1} rows"
        raise Fault(f"Query request too large. {told}")


def _wanted(element: Element, every: Iterable[str]) -> set[str]:
    """The tags a request wants back; all of them where it does not say."""
    asked = child(element, "returnedTags")
    return set(every) if asked is None else {local(inner) for inner in asked}


def _get(kind: Kind, cluster: Cluster, element: Element) -> Result:
    item = kind.find(cluster, element)
    fields = kind.fields(cluster, item)
    wanted = _wanted(element, (field.tag for field in fields))
    return [node(kind.tag, *(field for field in fields if field.tag in wanted), uuid=uuid(item))]


def _list(kind: Kind, cluster: Cluster, element: Element) -> Result:
    """Of a list, returnedTags are required; without any of them only the keys come back."""
    criteria = child(element, "searchCriteria")
    if criteria is None or not len(criteria):
        raise Fault("searchCriteria is required and names at least one field.", client=True)
    patterns = {local(inner): _like(text_of(inner)) for inner in criteria}
    unknown = sorted(set(patterns) - kind.listed)
    if unknown:
        raise Fault(f"The criterion {unknown[0][:60]} is not known here.", client=True)
    asked = child(element, "returnedTags")
    wanted = kind.listed & (set() if asked is None else {local(inner) for inner in asked})
    found = []
    for _, item in sorted(kind.all(cluster).items()):
        fields = kind.fields(cluster, item)
        texts = {field.tag: text_of(field) for field in fields}
        if all(pattern.fullmatch(texts[name]) for name, pattern in patterns.items()):
            found.append(node(kind.tag, *(field for field in fields if field.tag in wanted), uuid=uuid(item)))
    skip, first = (value_of(element, name, default) for name, default in (("skip", "0"), ("first", "999999")))
    if not (re.fullmatch(r"\d{1,6}", skip) and re.fullmatch(r"\d{1,6}", first)):
        raise Fault("skip and first are numbers.", client=True)
    found = found[int(skip) : int(skip) + int(first)]
    check_size(cluster, len(found))
    return list(found)


def _like(pattern: str) -> re.Pattern[str]:
    """`%` stands for anything, as in SQL; capital letters do not matter."""
    return re.compile(".*".join(re.escape(part) for part in pattern[:255].split("%")), re.I | re.S)


def _update(kind: Kind, cluster: Cluster, element: Element) -> Result:
    """All fields or none: a fault leaves the object as it was."""
    item = kind.find(cluster, element)
    before = dict(vars(item))
    try:
        for inner in element:
            name = local(inner)
            if name in ("name", "uuid"):
                continue
            if name not in kind.setters:
                raise Fault(f"Invalid content was found starting with element '{name[:60]}'.", client=True)
            kind.setters[name](cluster, item, inner)
    except Fault:
        vars(item).update(before)
        raise
    cluster.touch()
    return [uuid(item)]


def _act(action: Action, cluster: Cluster, element: Element) -> Result:
    item = PHONE.find(cluster, element)
    cluster.apply(item.name, action)
    return [uuid(item)]


def _act_on_profile(action: Action, cluster: Cluster, element: Element) -> Result:
    """Every phone that uses the profile gets a new file."""
    item = COMMON.find(cluster, element)
    for phone in [phone.name for phone in cluster.phones.values() if phone.common_profile == item.name]:
        cluster.apply(phone, action)
    return [uuid(item)]


def _operations() -> dict[str, Operation]:
    made: dict[str, Operation] = {}
    for kind in (GATEWAY, GROUP, PROFILE, COMMON, PHONE):
        made[f"list{kind.suffix}"] = partial(_list, kind)
        made[f"get{kind.suffix}"] = partial(_get, kind)
        if kind.setters:
            made[f"update{kind.suffix}"] = partial(_update, kind)
    actions: tuple[Action, ...] = ("apply", "reset", "restart")
    for action in actions:
        made[f"{action}Phone"] = partial(_act, action)
    made["applyCommonPhoneConfig"] = partial(_act_on_profile, "apply")
    made["resetCommonPhoneConfig"] = partial(_act_on_profile, "reset")
    return made


OPERATIONS = _operations()
