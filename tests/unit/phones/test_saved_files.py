"""Phones' files from a folder: read without trust, and a missing one proves nothing."""

from __future__ import annotations

from pathlib import Path

import pytest
from ansible.module_utils.vpnphone.errors import BadInput
from ansible.module_utils.vpnphone.saved_files import read_saved_files

PHONE = "SEP0011223344AA"
CONTENT = b"<device><vpnGroup><addresses><url1>https://a/b</url1></addresses></vpnGroup></device>"


def put(path: Path, content: bytes = CONTENT) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)
    return path


def told(saved: Path, phone: str = PHONE) -> list[tuple[str, str, str, str]]:
    (state,) = read_saved_files(saved, "cucm", [phone])
    assert (state.name, state.cucm, state.web) == (phone, "cucm", None)
    return [(found.node, found.via, found.name, found.status) for found in state.files]


def test_a_folder_a_node(tmp_path: Path) -> None:
    put(tmp_path / "tftp" / "sub" / f"{PHONE}.cnf.xml")
    put(tmp_path / "tftp" / "pub" / f"{PHONE}.cnf.xml")
    put(tmp_path / "tftp" / "pub" / f"{PHONE}.cnf.xml.sgn")
    put(tmp_path / "tftp" / "enc" / f"{PHONE}.cnf.xml.enc.sgn", b"\1\0\1\0")
    put(tmp_path / "tftp" / "none" / "SEP0011223344BB.cnf.xml")
    put(tmp_path / "tftp" / "bad node" / f"{PHONE}.cnf.xml")
    assert told(tmp_path) == [
        ("enc", "tftp", f"{PHONE}.cnf.xml.enc.sgn", "unreadable"),
        ("none", "tftp", f"{PHONE}.cnf.xml.sgn", "unreadable"),
        # The name promises a signature that is not there.
        ("pub", "tftp", f"{PHONE}.cnf.xml.sgn", "unreadable"),
        ("sub", "tftp", f"{PHONE}.cnf.xml", "ok"),
    ]
    (state,) = read_saved_files(tmp_path, "cucm", [PHONE])
    assert state.files[1].detail == "no such file was saved"
    assert state.files[3].vpn is not None
    assert state.files[3].vpn.urls == ("https://a/b",)


def test_no_folder_no_file(tmp_path: Path) -> None:
    assert told(tmp_path) == []
    put(tmp_path / "tftp")
    assert told(tmp_path) == []


def test_links_lead_nowhere(tmp_path: Path) -> None:
    outside = put(tmp_path / "outside" / f"{PHONE}.cnf.xml")
    node = tmp_path / "saved" / "tftp" / "pub"
    node.mkdir(parents=True)
    (node / f"{PHONE}.cnf.xml").symlink_to(outside)
    (node.parent / "linked").symlink_to(outside.parent, target_is_directory=True)
    assert told(tmp_path / "saved") == [("pub", "tftp", f"{PHONE}.cnf.xml.sgn", "unreadable")]
    away = tmp_path / "away"
    away.mkdir()
    (away / "tftp").symlink_to(node.parent, target_is_directory=True)
    assert told(away) == []


def test_what_is_no_file(tmp_path: Path) -> None:
    (tmp_path / "tftp" / "pub" / f"{PHONE}.cnf.xml").mkdir(parents=True)
    assert told(tmp_path)[0][3] == "unreadable"
    put(tmp_path / "tftp" / "sub" / f"{PHONE}.cnf.xml", b" " * (2 * 1024 * 1024 + 1))
    assert told(tmp_path)[1][3] == "unreadable"


def test_a_folder_that_cannot_be_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    put(tmp_path / "tftp" / "pub" / "x")

    def refuse(path: Path) -> None:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(Path, "iterdir", refuse)
    with pytest.raises(BadInput, match="Permission denied"):
        read_saved_files(tmp_path, "cucm", [PHONE])
