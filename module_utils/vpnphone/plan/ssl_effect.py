"""Who can still connect with the cipher lists as they would be: the controls' own judgement, on the state to come."""

from __future__ import annotations

from collections.abc import Iterator

from .. import suites
from ..controls.ciphers import GLOBAL
from ..controls.phone_table import phones
from ..controls.site import PhoneModel, Site
from ..errors import BadInput
from ..model import AsaState, ManualStep, Outcome
from . import management
from .judged import BAD, judged
from .ssl_lists import OPTION

SHARED, RIGHT_CERTIFICATE, PRESENTED = "VPNP-123", "VPNP-121", "VPNP-122"
# RC4, DES, 3DES and NULL: what a FIPS mode takes away too [K].
_WEAK = suites.LEVELS["fips"].without


def site_of(table: tuple[PhoneModel, ...], models_in_use: tuple[str, ...]) -> Site:
    """The judgement's parameters. BadInput (phone_models) for an empty table: nobody could tell what phones offer."""
    if not table:
        raise BadInput(
            "the phone table is empty, so nobody can tell whether phones keep a cipher.",
            where="vpnphone_phone_models_file",
            todo="Use roles/assess/files/phone_models.yml, or a copy of it.",
            code="phone_models",
        )
    return Site(phone_models=table, models_in_use=models_in_use)


def refuse_lockout(before: AsaState, after: AsaState, site: Site, tunnel_group: str) -> None:
    """BadInput where the new lists keep a phone model in use or every management client out.

    cipher_locks_phones_out: no suite in common on TLS or DTLS, or a certificate that nobody configured where a right
    one is shown today. cipher_locks_management_out: the SSH session itself does not depend on ciphers of TLS.
    """
    failed = [one for one in _outcomes(SHARED, after, site, tunnel_group) if one.status == "fail"]
    if failed:
        whom = "; ".join(f"{one.subject}: {one.message}" for one in failed)
        raise _locked_out(whom, f"This keeps them in: `{failed[0].fix[-1]}`." if failed[0].fix else "")
    for name, alone in _each_model(site):
        for one in _turned(PRESENTED, before, after, alone, tunnel_group):
            if one.status == "fail":
                raise _locked_out(f"{name}: {one.message}", "Leave out the suites that begin with ECDHE-ECDSA.")
    if management.reachable(after) is False and management.reachable(before) is not False:
        release = after.version.release if after.version else None
        rows = management.clients_of(release) if release else management.CLIENTS
        raise BadInput(
            f"with these lists nothing could manage this ASA over TLS any more ({', '.join(row.name for row in rows)});"
            " the SSH session would stay.",
            where=OPTION,
            todo="Keep AES256-SHA or AES128-SHA in the list of the highest TLS version.",
            code="cipher_locks_management_out",
        )


def _locked_out(whom: str, todo: str) -> BadInput:
    return BadInput(
        f"these lists would keep phones out. {whom}.", where=OPTION, todo=todo, code="cipher_locks_phones_out"
    )


def doubts(
    before: AsaState, after: AsaState, site: Site, tunnel_group: str, lists: dict[str, tuple[str, ...]]
) -> tuple[ManualStep, ...]:
    """What a person must look at before the approval: what is UNKNOWN of the lists to come, and weak names in them."""
    found = [*_unsure(before, after, site, tunnel_group), *_weak(lists)]
    if management.reachable(after) is None and management.reachable(before) is True:
        found.append(
            ManualStep(
                what="Make sure that ASDM and browsers can still reach this ASA",
                why="UNKNOWN: what the ASA accepts on the highest TLS version is not known.",
                steps=("show ssl ciphers",),
            )
        )
    return tuple(found)


def _unsure(before: AsaState, after: AsaState, site: Site, tunnel_group: str) -> Iterator[ManualStep]:
    shared = [one for one in _outcomes(SHARED, after, site, tunnel_group) if one.status == "error"]
    if shared:
        fixes = (line for one in shared for line in one.fix if line != GLOBAL)
        yield ManualStep(
            what=f"Make sure that these phones keep a cipher: {', '.join(one.subject for one in shared)}",
            why=" ".join(dict.fromkeys(f"{one.message}." for one in shared)),
            steps=tuple(dict.fromkeys(fixes)),
            controls=(SHARED,),
        )
    turned = list(_turned(RIGHT_CERTIFICATE, before, after, site, tunnel_group))
    for _name, alone in _each_model(site):
        turned += _turned(PRESENTED, before, after, alone, tunnel_group)
    if turned:
        yield ManualStep(
            what="Make sure that phones are still shown the configured certificate",
            why=" ".join(dict.fromkeys(f"{one.message}." for one in turned)),
            steps=tuple(dict.fromkeys(line for one in turned for line in one.fix if line != GLOBAL)),
            controls=(RIGHT_CERTIFICATE, PRESENTED),
        )


def _weak(lists: dict[str, tuple[str, ...]]) -> Iterator[ManualStep]:
    weak = {word: [name for name in names if name in _WEAK] for word, names in lists.items()}
    named = [f"{OPTION}.{word}: take out {', '.join(names)}" for word, names in weak.items() if names]
    if named:
        yield ManualStep(
            what="Take the weak suites out of the profile, unless somebody needs them",
            why="No phone needs RC4, DES, 3DES or NULL; an ASA in FIPS mode refuses or ignores them [K].",
            steps=tuple(named),
            controls=("VPNP-124",),
        )


# --- the controls ---------------------------------------------------------------------------------------------------


def _outcomes(control: str, state: AsaState, site: Site, tunnel_group: str) -> tuple[Outcome, ...]:
    return judged(control, state, tunnel_group, site).outcomes


def _turned(control: str, before: AsaState, after: AsaState, site: Site, tunnel_group: str) -> Iterator[Outcome]:
    """What a control says of the lists to come, where it had nothing against those of today."""
    today = _outcomes(control, before, site, tunnel_group)
    if not any(one.status in BAD for one in today):
        yield from (one for one in _outcomes(control, after, site, tunnel_group) if one.status in BAD)


def _each_model(site: Site) -> Iterator[tuple[str, Site]]:
    """Every model that counts, with a site that has no other."""
    models = phones(site)
    for name in dict.fromkeys(phone.name for phone in models):
        rows = tuple(phone.row for phone in models if phone.name == name and phone.row)
        yield name, Site(phone_models=rows, models_in_use=(name,) if site.models_in_use else ())
