from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from lab import configtree
from lab.configtree import Node

TEXT = """: Saved
:
ASA Version 9.16(4)
!
hostname fw
!
interface GigabitEthernet0/0
 nameif outside
!
group-policy GP attributes
 vpn-filter none
 webvpn
  anyconnect mtu 1290
  anyconnect ask none
 default-domain none
Cryptochecksum:0
: end
"""


def test_parse_keeps_structure_and_drops_the_frame() -> None:
    assert configtree.parse(TEXT) == (
        Node("hostname fw"),
        Node("interface GigabitEthernet0/0", (Node("nameif outside"),)),
        Node(
            "group-policy GP attributes",
            (
                Node("vpn-filter none"),
                Node("webvpn", (Node("anyconnect mtu 1290"), Node("anyconnect ask none"))),
                Node("default-domain none"),
            ),
        ),
    )


def test_render_uses_one_blank_a_level() -> None:
    lines = configtree.render(configtree.parse(TEXT))
    assert "  anyconnect mtu 1290" in lines
    assert " vpn-filter none" in lines
    assert configtree.parse("\n".join(lines)) == configtree.parse(TEXT)


def test_edit_shares_what_did_not_change() -> None:
    tree = configtree.parse(TEXT)
    path = ("group-policy GP attributes", "webvpn")
    edited = configtree.edit(tree, path, lambda nodes: (*nodes, Node("new")))
    assert configtree.children(edited, path)[-1] == Node("new")
    assert edited[1] is tree[1]
    assert configtree.edit(tree, path, lambda nodes: nodes) is tree
    assert configtree.edit(tree, ("no such block",), lambda nodes: ()) is tree


@given(st.lists(st.tuples(st.integers(0, 5), st.text("abc xyz", min_size=1, max_size=8)), max_size=30))
def test_what_is_rendered_reads_back_the_same(rows: list[tuple[int, str]]) -> None:
    tree = configtree.parse("\n".join(" " * indent + word for indent, word in rows))
    assert configtree.parse("\n".join(configtree.render(tree))) == tree
