"""Which secrets of an inventory are warned of, by the tags that Ansible itself puts on what it reads."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import pytest
from ansible.constants import DEFAULT_VAULT_IDENTITY
from ansible.module_utils.vpnphone import plain_text
from ansible.parsing.dataloader import DataLoader
from ansible.parsing.vault import VaultLib, VaultSecret, VaultSecretsContext
from ansible.template import Templar

CANARY = "c4nary-plain"
KEY = [(DEFAULT_VAULT_IDENTITY, VaultSecret(b"key"))]


def vaulted(text: str) -> str:
    return VaultLib(KEY).encrypt(text).decode()


class Inventory:
    """Files as an inventory has them, and what is told of their variable `secret`."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.loader = DataLoader()
        self.loader.set_vault_secrets(KEY)
        self.variables: dict[str, Any] = {}

    def read(self, name: str, text: str) -> dict[str, Any]:
        path = self.folder / name
        path.write_text(text, encoding="utf-8")
        found: dict[str, Any] = self.loader.load_from_file(str(path), cache="none", trusted_as_template=True)
        self.variables |= found
        return found

    def told(self, extra: dict[str, Any] | None = None) -> str:
        variables = self.variables | (extra or {})
        written = variables["secret"]
        value = Templar(self.loader, variables).template(written)
        return plain_text.warning("secret", written, value, extra or {})


@pytest.fixture
def inventory(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Inventory:
    monkeypatch.setenv("S1_SECRET", CANARY)
    monkeypatch.setattr(VaultSecretsContext, "_current", VaultSecretsContext(KEY))
    tmp_path.joinpath("kept").write_text(f"{CANARY}\n", encoding="utf-8")
    return Inventory(tmp_path)


PLAIN = {
    "a word": f"secret: {CANARY}",
    "in quotes": f'secret: "{CANARY}"',
    "escaped": r'secret: "c4nary\u002dplain"',
    "of many lines": f"secret: >-\n  {CANARY}\n  more",
    "a number": "secret: 4711",
    "not a template": f"secret: !unsafe '{CANARY} {{{{'",
    "behind another name": f"base: {CANARY}\nsecret: '{{{{ base }}}}'",
    "where the environment has none": f"secret: \"{{{{ lookup('env', 'S1_NO') | default('{CANARY}', true) }}}}\"",
    "as a template": f"secret: \"{{{{ '{CANARY}' }}}}\"",
}


@pytest.mark.parametrize("text", PLAIN.values(), ids=PLAIN)
def test_plain_text_is_told_with_its_file_and_without_its_value(inventory: Inventory, text: str) -> None:
    inventory.read("hosts.yml", text)
    told = inventory.told()
    assert told.startswith(f"secret is in plain text in {inventory.folder}/hosts.yml. ")
    assert "ansible-vault encrypt_string" in told
    assert "secret: \"{{ lookup('ansible.builtin.env', 'NAME') }}\"" in told
    assert not {CANARY, "4711"} & set(told.split())
    assert CANARY not in told


KEPT = {
    "environment": "secret: \"{{ lookup('env', 'S1_SECRET') }}\"",
    "environment, or nothing": "secret: \"{{ lookup('env', 'S1_SECRET') | default('', true) }}\"",
    "a file of its own": "secret: \"{{ lookup('file', 'FOLDER/kept') }}\"",
    "made of two": "one: {y: x}\nsecret: \"{{ lookup('env', 'S1_SECRET') ~ one.y }}\"",
    "a vaulted value": "secret: !vault |\n  " + vaulted(CANARY).replace("\n", "\n  "),
    "a vaulted value behind another name": "secret: '{{ base }}'\nbase: !vault |\n  "
    + vaulted(CANARY).replace("\n", "\n  "),
    "a vaulted file": vaulted(f"secret: {CANARY}"),
}


@pytest.mark.parametrize("text", KEPT.values(), ids=KEPT)
def test_what_is_kept_elsewhere_is_not_told(inventory: Inventory, text: str) -> None:
    inventory.read("hosts.yml", text.replace("FOLDER", str(inventory.folder)))
    assert inventory.told() == ""


def test_what_a_plugin_deciphered_is_not_told(inventory: Inventory) -> None:
    inventory.read("all.sops.yml", f"secret: {CANARY}")
    inventory.folder.joinpath("all.sops.yml").write_text("secret: ENC[AES256_GCM,data:x,iv:x,tag:x,type:str]\n")
    assert inventory.told() == ""


def test_a_secret_of_any_bytes(inventory: Inventory, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(os.environb, b"S1_SECRET", b"\xff\xfe")
    inventory.read("hosts.yml", KEPT["environment"])
    assert inventory.told() == ""


def test_the_file_that_is_named_is_the_one_with_the_text(inventory: Inventory) -> None:
    inventory.read("hosts.yml", "secret: '{{ base }}'")
    inventory.read("group.yml", f"base: {CANARY}")
    assert f"in {inventory.folder}/group.yml. " in inventory.told()
    inventory.read("group.yml", vaulted(f"base: {CANARY}"))
    assert inventory.told() == ""


def test_what_a_runner_gives_is_no_inventory(inventory: Inventory) -> None:
    inventory.read("hosts.yml", f"secret: {CANARY}")
    given = Inventory(inventory.folder).read("extra.yml", f"secret: {CANARY}\nbase: {CANARY}")
    assert inventory.told(given) == ""
    inventory.read("hosts.yml", "secret: '{{ base }}'")
    assert inventory.told(given) == ""
    # Beside -e, the inventory's own is told.
    inventory.read("hosts.yml", f"secret: {CANARY}")
    assert inventory.told({"other": given["base"]})


@pytest.mark.parametrize("value", [CANARY, "", 5, None, [CANARY], {"a": CANARY}])
def test_what_was_written_nowhere_is_not_told(value: Any) -> None:
    """An inventory script's, a prompt's, a fact's: no tag, or one without a path."""
    assert plain_text.warning("secret", value, value, {}) == ""


def test_a_name_of_a_file_is_one_line(inventory: Inventory) -> None:
    inventory.read("a\nb\x1b[2J.yml", f"secret: {CANARY}")
    told = inventory.told()
    assert told.isprintable()
    assert r"a\nb\x1b[2J.yml" in told


def test_a_file_that_is_gone_meanwhile(inventory: Inventory) -> None:
    inventory.read("hosts.yml", "secret: 4711")
    inventory.folder.joinpath("hosts.yml").unlink()
    assert f"in {inventory.folder}/hosts.yml. " in inventory.told()


def test_without_ansibles_tags_the_file_alone_is_missing(inventory: Inventory, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(plain_text, "_tags", lambda: None)
    inventory.read("hosts.yml", PLAIN["a word"])
    assert inventory.told().startswith("secret is in plain text in the inventory. ")
    assert inventory.told({"secret": CANARY}) == ""
    for name in ("environment", "a vaulted value", "a vaulted value behind another name"):
        inventory.read("hosts.yml", KEPT[name])
        assert inventory.told() == "", name
