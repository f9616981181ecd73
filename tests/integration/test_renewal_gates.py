"""A renewal with everything that can be wrong put in its way: each is stopped at its gate, with what to do about it.

One run of a site of nine phones, its modules as the playbooks run them; what stands is asked of the lab. Behind the
refusals come phones that fail after the switch, the way back from each stage, and the same renewal once more.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, NamedTuple

import pytest
import yaml

from lab.testing import RunningLab, running_lab
from tests.integration.conftest import SCENARIOS
from tests.integration.renewal_operator import CLUSTER, NAME, Operator, Result, code, good
from tests.integration.renewal_truth import (
    NEW,
    OFF,
    OLD,
    SIDES,
    blocks,
    bound,
    connected,
    lists,
    names,
    pins,
    renewed,
    rest,
    sha1,
    store,
)

SOUTH = "SEP0062EC"
# Its file on the second node is not built by the first apply.
STALE = "SEP0062EC000002"
DRIFT = "access-list DRIFT extended permit ip any any"


class Story(NamedTuple):
    """told: what each part of the run said, by target; truth: what the lab held at some moments."""

    site: RunningLab
    operator: Operator
    told: dict[str, dict[str, Result]]
    truth: dict[str, Any]


def scenario() -> dict[str, Any]:
    site: dict[str, Any] = yaml.safe_load((SCENARIOS / "renewal.yml").read_text(encoding="utf-8"))
    site["cucm"][0]["faults"] = [{"kind": "stale", "node": "cucm-tftp2", "phone": STALE, "count": 1}]
    site["devices"][0]["faults"] = [{"kind": "mate_lacks", "command": NEW, "count": 1}]
    for phone in site["phones"]:
        phone |= {"reconnect_after": 0.0, "retry_after": 0.05}
    return site


def wishes(operator: Operator, side: str = "", **of: Any) -> dict[str, dict[str, Any]]:
    """What the site wishes for, one side otherwise."""
    return {
        name: operator.variables[name]["vpnphone_new_certificate"] | (of if name == f"asa-{side}" else {})
        for name in operator.asas
    }


def set_list(site: RunningLab, gateway: str, *files: str) -> None:
    """Somebody at CUCM's page replaces the list of a gateway."""
    site.inside(lambda: setattr(site.cluster(CLUSTER).gateways[gateway], "certificates", files))


@pytest.fixture(scope="module")
def story(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Story]:
    folder = tmp_path_factory.mktemp("gates")
    with running_lab(scenario(), folder / "lab") as site:
        operator = Operator(site, folder, vpnphone_file_settle_timeout=1, vpnphone_switch_canary_timeout=20)
        found = Story(site, operator, {}, {"before": {name: site.state(name) for name in (*operator.asas, CLUSTER)}})
        preflights(found)
        certificates(found)
        clusters(found)
        switches(found)
        returns(found)
        backs(found)
        once_more(found)
        yield found


def preflights(story: Story) -> None:
    operator, told = story.operator, story.told
    run_dir = operator.gather("preflight")

    def judged(check: bool = True, side: str = "", **of: Any) -> dict[str, Result]:
        given = {"asas": operator.asas, "clusters": operator.clusters, "new_certificates": wishes(operator, side, **of)}
        return {"": operator.renewal("open", run_dir=run_dir, check=check, **given)}

    told["same CN"] = judged(side="north", cn="vpn-north.example.com")
    told["host ID"] = judged(side="south", names=["other.example.com"])
    told["EC key"] = judged(side="north", key="EC", bits=256)
    operator.variables[CLUSTER]["vpnphone_cucm_export_mode"] = "unrestricted"
    operator.call("vpnphone_cucm_info", CLUSTER, run_dir=run_dir, return_state=False)
    told["unrestricted"] = judged()
    operator.variables[CLUSTER]["vpnphone_cucm_export_mode"] = "restricted"
    operator.call("vpnphone_cucm_info", CLUSTER, run_dir=run_dir, return_state=False)
    story.truth["opened by a no-go"] = operator.directory.joinpath("journal.json").exists()
    told["go"] = judged(check=False)


def certificates(story: Story) -> None:
    site, operator, told = story.site, story.operator, story.told
    good(operator.plan("certificate"))
    token = operator.token()
    told["no token"] = operator.do("certificate")
    told["wrong token"] = operator.do("certificate", "0123456789ab")
    told["no name"] = operator.do("certificate", token, by="")
    story.truth["ASAs untouched"] = all(
        site.state(name)["running_config"] == story.truth["before"][name]["running_config"] for name in operator.asas
    )
    told["to be signed"] = operator.do("certificate", token)
    for label, signed in {
        "signed for another host": {"san": ["DNS:other.example.com"]},
        "signed over another key": {"key": "ec256"},
        "signed with the old CN": {"subject": "CN=vpn-north.example.com,O=Example Corp"},
    }.items():
        operator.sign(**signed)
        told[label] = operator.plan("certificate")
    for asa in operator.asas:
        request = (operator.directory / "files" / f"{asa}.csr").read_text(encoding="ascii")
        path = operator.directory / "files" / f"{asa}.pem"
        path.write_text(site.sign(request, "issuing-2"), encoding="ascii")
    told["another intermediate"] = operator.plan("certificate")
    operator.sign()
    operator.through("certificate")
    operator.through("export")


def clusters(story: Story) -> None:
    site, operator, told = story.site, story.operator, story.told
    # Too early: by the playbook's gate, and by the module's own.
    told["switch before apply"] = operator.plan("switch")
    place = {"renewal_dir": str(operator.directory), "check": True}
    told["switch before apply, past the playbook"] = {
        name: operator.call("vpnphone_asa_binding", name, **place) for name in operator.asas
    }
    told["gateway before trust"] = operator.plan("gateway")
    operator.through("trust")
    new = names("north")[1]
    set_list(site, "GW-NORTH", new)
    told["list with the new one alone"] = operator.plan("gateway")
    set_list(site, "GW-NORTH", names("north")[0])
    good(operator.plan("gateway"))
    token = operator.token()
    set_list(site, "GW-SOUTH", names("south")[0], names("north")[0])
    told["list that drifted"] = operator.do("gateway", token)
    story.truth["lists untouched"] = lists(site)["GW-NORTH"] == (names("north")[0],)
    set_list(site, "GW-SOUTH", names("south")[0])
    operator.through("gateway")
    site.type("asa-south", "configure terminal", f"ssl trust-point {NEW} outside")
    told["bound too early"] = operator.plan("apply")
    site.type("asa-south", "configure terminal", f"ssl trust-point {OLD} outside")
    story.truth["lost by a hand"] = site.lockouts()["totals"]["lockouts"]
    good(operator.plan("apply"))
    told["stale node"] = operator.do("apply", operator.token())
    told["unproven phones"] = operator.plan("switch")
    operator.through("apply")


def switches(story: Story) -> None:
    site, operator, told = story.site, story.operator, story.told
    told["off-line phones"] = operator.plan("switch")
    told["waived without a name"] = {"": operator.renewal("waive", phones=list(OFF), reason="on leave")}
    operator.renewal("waive", phones=list(OFF), reason="on leave", approved_by=NAME)
    told["standby without the key"] = operator.plan("switch")
    site.type("asa-north", "write standby")
    good(operator.plan("switch"))
    token = operator.token()
    told["token of another stage"] = operator.do("switch", operator.journal.approvals[0].token)
    site.type("asa-south", "configure terminal", DRIFT)
    told["drifted device"] = operator.do("switch", token)
    site.type("asa-south", "configure terminal", f"no {DRIFT}")
    lost = site.lockouts()["totals"]
    story.truth["lost by refusals"] = (lost["lockouts"] - story.truth["lost by a hand"], lost["failed_connects"])
    story.truth["bound after refusals"] = [bound(site.state(name)) for name in operator.asas]


def returns(story: Story) -> None:
    """Every phone of the south finds fault with the new certificate, whatever was foretold."""
    site, operator, told = story.site, story.operator, story.told
    good(operator.plan("switch"))
    for phone in site.outcomes():
        if phone.startswith(SOUTH):
            site.add_phone_fault(phone, kind="phone_refuses_new")
    told["phones fail"] = operator.do("switch", operator.token())
    states = {name: site.state(name) for name in operator.asas}
    story.truth["returned"] = {
        "bound": [bound(state) for state in states.values()],
        "saved": [bound(state, "startup_config") for state in states.values()],
        "armed": [line for state in states.values() for line in state["running_config"] if "event manager" in line],
        "connected": connected(site),
        "locked out": site.lockouts()["totals"]["locked_out"],
        "status": operator.renewal("status"),
    }
    for phone in site.outcomes():
        site.clear_phone_faults(phone)
    operator.through("switch")


def backs(story: Story) -> None:
    """The way back from each stage, the last one first; before, the others refuse."""
    site, operator, told = story.site, story.operator, story.told
    lost = site.lockouts()["totals"]
    told["back out of order"] = operator.take_back("gateway", token=operator.back_token("gateway"))
    told["back without a token"] = operator.take_back("switch")
    for stage in ("switch", "gateway", "trust", "certificate"):
        told[f"plan {stage} back"] = operator.take_back(stage, check=True)
        told[f"{stage} back"] = operator.take_back(stage, token=operator.back_token(stage))
        story.truth[f"{stage} back"] = {
            "bound": [bound(site.state(name)) for name in operator.asas],
            "lists": lists(site),
            "store": store(site),
            "new": [sha1(site.state(name), NEW) for name in operator.asas],
            "connected": connected(site),
        }
    story.truth["lost on the way back"] = lost != site.lockouts()["totals"]
    story.truth["taken back"] = {name: site.state(name) for name in operator.asas}
    story.truth["after all"] = operator.renewal("status")


def once_more(story: Story) -> None:
    """With another key and another certificate, to the end."""
    operator = story.operator
    story.truth["lost before"] = story.site.lockouts()["totals"]
    operator.certificate()
    for stage in ("trust", "gateway", "apply", "switch", "cleanup"):
        operator.through(stage)


# --- refusals ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("label", "check", "what", "todo"),
    [
        ("same CN", "same-cn", "would be overwritten", "another common name, with the host of the URL in its"),
        ("host ID", "VPNP-335", "the certificate has other.example.com, not vpn-south.example.com", "DNS name"),
        ("EC key", "VPNP-117", "7962G cannot use this certificate", "a key and a hash that 7962G supports"),
        ("unrestricted", "VPNP-302", "no VPN for phones", "the restricted version"),
    ],
)
def test_preflight_says_no_go(story: Story, label: str, check: str, what: str, todo: str) -> None:
    result = story.told[label][""]
    assert (result["verdict"], result["failed"]) == ("NO-GO", True)
    stops = {one["id"]: one for one in result["checks"] if one["stops"]}
    assert what in stops[check]["what"]
    assert todo in stops[check]["todo"]
    assert "NO-GO" in result["text"]
    assert stops[check]["what"][:40] in " ".join(result["text"].split())


def test_a_no_go_in_check_mode_opens_nothing_and_a_go_names_who_is_away(story: Story) -> None:
    assert not story.truth["opened by a no-go"]
    result = story.told["go"][""]
    assert result["verdict"] == "GO"
    assert all(phone in result["text"] for phone in OFF)
    assert "certificate.yml" in result["next"]["command"]


REFUSALS = [
    # label, target, code, words of what happened, words of what to do
    ("no token", "asa-north", "approval_missing", "its plans is", "vpnphone_approval="),
    ("wrong token", "asa-north", "approval_wrong", "its plans have changed", "--check"),
    ("no name", "asa-south", "approver_missing", "the approval has no name", "vpnphone_approved_by"),
    ("signed for another host", "asa-south", "host_id", "not vpn-south.example.com", "signed with DNS:vpn-south"),
    ("signed over another key", "asa-north", "key_mismatch", "it has another public key", "files/asa-north.csr"),
    ("signed with the old CN", "asa-north", "same_cn_overwrites", "an upload would take", "another common name"),
    ("another intermediate", "asa-south", "chain_incomplete", "no CA certificate that", "Example Issuing CA 2"),
    ("switch before apply, past the playbook", "asa-south", "switch_gate_closed", "not proven (", "apply.yml"),
    ("gateway before trust", CLUSTER, "not_in_trust", "is not in Phone-VPN-trust", "trust.yml"),
    ("list with the new one alone", CLUSTER, "gateway_without_old", "lacks what asa-north shows today", "Put that"),
    ("list that drifted", CLUSTER, "plan_differs", "the device has changed since", "Find out who changed it"),
    ("bound too early", CLUSTER, "bound_too_early", "bound to outside is VPN_2027", "`ssl trust-point VPN_TP outside`"),
    ("stale node", CLUSTER, "stale_file", f"{STALE}: its file on cucm-tftp2 lacks", "Restart Cisco TFTP on cucm-tftp2"),
    ("waived without a name", "", "approver_missing", "has the name of a person", "answers for these phones"),
    ("standby without the key", "asa-north", "mate_lacks_certificate", "After a failover phones", "`write standby`"),
    ("token of another stage", "asa-south", "approval_wrong", "it is of another stage", "--check"),
    ("drifted device", "asa-south", "unsaved_changes", DRIFT, "Save or take them back"),
    ("back out of order", CLUSTER, "rollback_out_of_order", "shows its new certificate", "vpnphone_rollback=switch"),
    ("back without a token", "asa-north", "approval_missing", "taking switch back is not approved", "rollback.yml"),
]  # fmt: skip


@pytest.mark.parametrize(("label", "target", "error", "what", "todo"), REFUSALS, ids=[row[0] for row in REFUSALS])
def test_each_is_stopped_at_its_gate_and_says_what_to_do(
    story: Story, label: str, target: str, error: str, what: str, todo: str
) -> None:
    result = story.told[label][target]
    assert code(result) == error, result
    assert what in result["error"]["what"]
    assert todo in result["error"]["todo"]


@pytest.mark.parametrize(
    ("label", "asa", "words"),
    [
        ("switch before apply", "asa-north", ("not proven", "SEP8CB64F000001", "apply.yml", "waive.yml")),
        ("unproven phones", "asa-south", ("not proven", STALE)),
        ("off-line phones", "asa-north", ("1 not proven (SEP70E422A1B9C8)", "it is not registered", "waive.yml")),
        ("off-line phones", "asa-south", ("1 not proven (SEP5475D0F3E206)", "will connect")),
    ],
)
def test_the_switch_is_closed_while_a_phone_would_be_lost(
    story: Story, label: str, asa: str, words: tuple[str, ...]
) -> None:
    result = story.told[label][asa]
    assert (result["verdict"], result["failed"]) == ("closed", True)
    assert not result["gates"][asa]["open"]
    shown = result["text"].split(f"\n{asa}: CLOSED")[1].split("\nasa-")[0]
    assert all(word in shown for word in words), shown


def test_three_of_the_south_are_foretold_to_connect(story: Story) -> None:
    counts = story.told["off-line phones"]["asa-south"]["gates"]["asa-south"]["counts"]
    # Of a busy machine one may not be seen in time; it will connect all the same, with the file that it holds.
    assert counts.get("connects", 0) + counts.get("proven", 0) == 3
    assert counts["unproven"] == 1


def test_behind_a_refused_asa_no_other_is_switched(story: Story) -> None:
    assert set(story.told["drifted device"]) == {"asa-south"}
    assert set(story.told["phones fail"]) == {"asa-south"}


def test_no_refusal_changed_anything_or_cost_a_phone(story: Story) -> None:
    assert story.truth["ASAs untouched"]
    assert story.truth["lists untouched"]
    # Whoever bound the new one by hand did lock three phones out, until it was taken back.
    assert story.truth["lost by a hand"] == 3
    assert story.truth["lost by refusals"] == (0, 0)
    assert story.truth["bound after refusals"] == [[f"ssl trust-point {OLD} outside"]] * 2


# --- returned ---------------------------------------------------------------------------------------------------------


def test_phones_that_fail_after_the_switch_bring_the_old_certificate_back(story: Story) -> None:
    result = story.told["phones fail"]["asa-south"]
    assert (result["outcome"], code(result)) == ("returned", "handshakes_fail")
    assert "bound to outside again" in result["error"]["what"]
    truth = story.truth["returned"]
    assert truth["bound"] == truth["saved"] == [[f"ssl trust-point {OLD} outside"]] * 2
    assert truth["armed"] == []


def test_all_phones_are_back_after_the_return(story: Story) -> None:
    truth = story.truth["returned"]
    assert truth["connected"] == set(story.site.outcomes()) - set(OFF)
    assert truth["locked out"] == 0
    assert truth["status"]["stages"]["switch"]["targets"] == {"asa-north": "planned", "asa-south": "returned"}
    assert "switch.yml" in truth["status"]["next"]["command"]


# --- back -------------------------------------------------------------------------------------------------------------


def test_each_stage_is_taken_back_and_the_others_stand(story: Story) -> None:
    for stage in ("switch", "gateway", "trust", "certificate"):
        assert {one["outcome"] for one in story.told[f"plan {stage} back"].values()} == {"planned"}
        assert {one["outcome"] for one in story.told[f"{stage} back"].values()} == {"rolled_back"}
    truth = {stage: story.truth[f"{stage} back"] for stage in ("switch", "gateway", "trust", "certificate")}
    old_alone = {"GW-NORTH": names("north")[:1], "GW-NORTH-AAA": names("north")[:1], "GW-SOUTH": names("south")[:1]}
    assert truth["switch"]["bound"] == [[f"ssl trust-point {OLD} outside"]] * 2
    assert truth["switch"]["lists"]["GW-NORTH"] == names("north")
    assert truth["gateway"]["lists"] == old_alone
    assert set(truth["gateway"]["store"]) == {name for side in SIDES for name in names(side)}
    assert set(truth["trust"]["store"]) == {names(side)[0] for side in SIDES}
    assert all(truth["trust"]["new"])
    assert truth["certificate"]["new"] == ["", ""]


def test_the_way_back_costs_no_phone(story: Story) -> None:
    everybody = set(story.site.outcomes()) - set(OFF)
    for stage in ("switch", "gateway", "trust", "certificate"):
        assert story.truth[f"{stage} back"]["connected"] == everybody
    assert not story.truth["lost on the way back"]


def test_nothing_of_the_renewal_is_left_on_the_asas(story: Story) -> None:
    for name, state in story.truth["taken back"].items():
        before = story.truth["before"][name]
        assert state["running_config"] == state["startup_config"]
        assert blocks(state["running_config"], NEW) == []
        assert blocks(state["running_config"], OLD) == blocks(before["running_config"], OLD)
        assert rest(state) == rest(before)


def test_what_rested_on_it_is_to_be_done_anew(story: Story) -> None:
    stages = story.truth["after all"]["stages"]
    assert stages["export"]["status"] == stages["apply"]["status"] == "pending"
    assert story.truth["after all"]["phones"]["proven"] == 0
    assert "certificate.yml" in story.truth["after all"]["next"]["command"]


def test_once_more_it_goes_to_its_end(story: Story) -> None:
    """With a new key, and nobody lost in this part of the run."""
    site = story.site
    assert site.lockouts()["totals"] == story.truth["lost before"]
    renewed(site, story.truth["before"], lost=True)
    assert {stage["status"] for stage in story.operator.renewal("status")["stages"].values()} == {"done"}
    assert not set(store(site).values()) & set(story.truth["switch back"]["store"].values())
    assert all(pins(site, phone) <= set(store(site).values()) for phone in connected(site))


# --- a pinned CA ------------------------------------------------------------------------------------------------------


class Pinned(NamedTuple):
    """A site whose phones pin the issuing CA, renewed by it, and by another one."""

    same: Result
    other: Result
    stages: dict[str, dict[str, Any]]


@pytest.fixture(scope="module")
def pinned(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Pinned]:
    site: dict[str, Any] = yaml.safe_load((SCENARIOS / "renewal.yml").read_text(encoding="utf-8"))
    site["cucm"][0]["trust"]["Phone-VPN-trust"] = ["issuing"]
    for gateway in site["cucm"][0]["gateways"]:
        gateway["certificates"] = ["issuing"]
    for phone in site["phones"]:
        if "holds" in phone:
            phone["holds"] = ["issuing"]
    folder = tmp_path_factory.mktemp("pinned")
    told, stages = {}, {}
    with running_lab(site, folder / "lab") as lab:
        for ca in ("issuing", "issuing-2"):
            operator = Operator(lab, folder / ca)
            good({"preflight": operator.preflight()})
            operator.through("certificate")
            operator.sign(ca)
            operator.through("certificate")
            operator.through("export")
            told[ca], stages[ca] = operator.renewal("status"), operator.renewal("status")["stages"]
            good(operator.take_back("certificate", token=operator.back_token("certificate")))
    yield Pinned(told["issuing"], told["issuing-2"], stages)


def test_the_phone_steps_fall_away_where_the_same_ca_signed(pinned: Pinned) -> None:
    for stage in ("trust", "gateway", "apply"):
        assert "proven by hash" in pinned.same["stages"][stage]["falls_away"]
    assert "switch.yml" in pinned.same["next"]["command"]


def test_they_do_not_where_the_ca_changed_its_intermediate(pinned: Pinned) -> None:
    for stage in ("trust", "gateway", "apply"):
        assert pinned.other["stages"][stage]["falls_away"] == ""
    assert "trust.yml" in pinned.other["next"]["command"]
