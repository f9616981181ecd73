"""dap.xml by hand: the exact commands, in their order, for whoever puts the new file on the ASA himself."""

from __future__ import annotations

from ..model import AsaState, DapFile, ManualStep
from .dap_merge import DIFFERS

CONTROLS = ("VPNP-231", "VPNP-234")
# [K] A command of privileged EXEC mode, which configuration mode takes as well.
ACTIVATE = "dynamic-access-policy-config activate"
SELECTION = "Remote Access VPN > Network (Client) Access > Dynamic Access Policies"


def file_by_hand(state: AsaState, file: DapFile, why: str) -> ManualStep:
    """Back up, upload (SCP or TFTP), compare, activate, prove by gathering again; and the way back.

    The new file lies in the run's directory as changes/<device>.dap.xml.new. Names on the flash carry the head of the
    files' SHA-256, so that no other file is overwritten.
    """
    local = f"changes/{state.device}.dap.xml.new"
    disk = file.path.rpartition("/")[0] + "/"
    new, old = f"{disk}dap-new-{file.sha256[:8]}.xml", f"{disk}dap-old-{file.before_sha256[:8]}.xml"
    absent = not file.before_sha256
    back_up = (
        f"ASA: there is no {file.path} yet, so there is nothing to back up"
        if absent
        else f"ASA: copy /noconfirm {file.path} {old}"
    )
    undo = f"delete /noconfirm {file.path}" if absent else f"copy /noconfirm {old} {file.path}"
    return ManualStep(
        what=f"Put the new {file.path} on the ASA and activate it",
        why=why,
        steps=(
            f"controller: sha256sum {local}   (must be {file.sha256})",
            back_up,
            f"ASA: dir {disk}   (what was copied is there, and has the size of the original)",
            *_upload(local, new),
            f"ASA: more {new}   (is {local}, line by line)",
            f"ASA: verify /md5 {new}   (the same as on the controller: md5sum {local})",
            f"ASA: copy /noconfirm {new} {file.path}",
            "ASA: configure terminal",
            f"ASA: {ACTIVATE}",
            "ASA: end",
            *_on_mate(state, file.path),
            f"controller: run the audit again with a fresh gather; {' and '.join(CONTROLS)} must pass",
            f"ASA: delete /noconfirm {new}   (once it has passed)",
            f"the way back: {undo}, configure terminal, {ACTIVATE}, end, and gather again",
        ),
        controls=file.controls,
    )


def _upload(local: str, new: str) -> tuple[str, ...]:
    """[K] SCP into flash needs `ssh scopy enable`; an OpenSSH from 9.0 on speaks its protocol with -O only."""
    return (
        "ASA: show running-config ssh   (is `ssh scopy enable` there? If not: TFTP, or set it for the upload, and take"
        " it back with `no ssh scopy enable`)",
        f"controller, with SCP: scp -O {local} <user>@<ASA>:{new}",
        f"or ASA, with TFTP (not encrypted): copy /noconfirm tftp://<server>/<file> {new}",
    )


def _on_mate(state: AsaState, path: str) -> tuple[str, ...]:
    """Files on flash are a unit's own [K]."""
    failover = state.failover
    if failover is not None and not failover.enabled:
        return ()
    return (
        f"ASA with failover: failover exec mate more {path}   (the same text? If not, log in to the mate and do"
        " all of this there too)",
    )


def record_by_hand(path: str, record: str, tunnel_group: str, error_code: str, why: str) -> ManualStep:
    """The record in ASDM, where its criteria in the file are others, or the file is not understood."""
    differs = error_code == DIFFERS
    other_name = "or: set profile.dap.record to a name that nobody uses, and run again"
    return ManualStep(
        what=(
            f"Decide what DAP record {record} is for: the criteria it has are not those of the phones"
            if differs
            else f"Give DAP record {record} its selection in ASDM"
        ),
        why=why,
        steps=(
            f"ASA: more {path}   (read what stands there)",
            f"ASA: copy /noconfirm {path} {path.removesuffix('.xml')}-before.xml",
            f"ASDM: {SELECTION}: record {record}, selection `user has ANY of the following AAA attributes`: Cisco,"
            f" Connection Profile = {tunnel_group}; action Continue; OK; Apply",
            *((other_name,) if differs else ()),
            f"controller: run the audit again with a fresh gather; {' and '.join(CONTROLS)} must pass",
        ),
        controls=CONTROLS,
    )
