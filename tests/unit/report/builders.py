"""Self-made runs for the tests of reports: a realistic site of four ASAs, and one of hostile text."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from ansible.module_utils.vpnphone.commands import COMMANDS
from ansible.module_utils.vpnphone.model import (
    DeviceResult,
    Evidence,
    Failure,
    Finding,
    Outcome,
    Profile,
    Run,
    Severity,
    Source,
    Status,
    UnparsedLine,
    Waiver,
    worst_status,
)

STARTED = datetime(2024, 5, 6, 7, 29, 0, tzinfo=UTC)
FINISHED = datetime(2024, 5, 6, 7, 29, 41, tzinfo=UTC)

# id: title, severity, F-numbers, section of the document
CONTROLS: dict[str, tuple[str, Severity, tuple[str, ...], str]] = {
    "VPNP-101": ("The ASA release supports VPN phones", "critical", ("F-001",), "Background information"),
    "VPNP-102": ("The VPN phone licence is enabled", "critical", ("F-001",), "Verify the VPN phone licence"),
    "VPNP-103": ("The licence has room for every user and phone", "high", ("F-002",), "Verify the VPN phone licence"),
    "VPNP-105": ("AnyConnect Essentials is not in use", "critical", ("F-003",), "Verify the VPN phone licence"),
    "VPNP-107": ("The ASA build has the security fixes it needs", "medium", ("F-095",), "Not in the document"),
    "VPNP-111": ("Phones are shown a lasting certificate", "critical", ("F-010",), "Certificates to use on the ASA"),
    "VPNP-112": ("The phones' interface has a certificate", "critical", ("F-011",), "Certificates to use on the ASA"),
    "VPNP-113": ("The whole chain is on the ASA", "high", ("F-012",), "Certificates to use on the ASA"),
    "VPNP-114": ("No certificate is about to expire", "high", ("F-093",), "ASA SSL certificate renewal"),
    "VPNP-116": ("The certificate does not renew itself", "high", ("F-092",), "ASA SSL certificate renewal"),
    "VPNP-118": ("The clock of the ASA is right", "medium", ("F-096",), "Not in the document"),
    "VPNP-121": ("Phones and ASA share a TLS suite", "critical", ("F-051a",), "SSL ciphers"),
    "VPNP-122": ("Phones and ASA share a DTLS suite", "high", ("F-051a",), "SSL ciphers"),
    "VPNP-123": ("No phone is shown an ECDSA certificate", "high", ("F-015",), "ECDSA in place of RSA"),
    "VPNP-201": ("The phones' tunnel-group is known", "high", ("F-025",), "CSD and IP Phones"),
    "VPNP-211": ("The phones' tunnel-group has a group-url", "critical", ("F-025",), "Hash matches"),
    "VPNP-213": ("The group-url is https on port 443", "high", ("F-025", "F-097"), "Hash matches"),
    "VPNP-214": ("Phones do not dial the cluster", "critical", ("F-030",), "VPN Load-Balancing and IP Phones"),
    "VPNP-215": ("The device takes no part in load balancing", "low", ("F-030",), "VPN Load-Balancing and IP Phones"),
    "VPNP-221": ("CSD or HostScan does not stop the phones", "critical", ("F-035",), "CSD and IP Phones"),
    "VPNP-231": ("DAP lets the phones continue", "critical", ("F-042",), "DAP Rules"),
    "VPNP-233": ("DAP does not quarantine the phones", "medium", ("F-042",), "DAP Rules"),
    "VPNP-242": ("vpn-simultaneous-logins lets phones in", "critical", ("F-047",), "Inherited Values"),
    "VPNP-243": ("vpn-tunnel-protocol allows AnyConnect", "critical", ("F-048",), "Inherited Values"),
    "VPNP-244": ("group-lock does not keep the phones out", "critical", ("F-049",), "Inherited Values"),
    "VPNP-245": ("vpn-filter lets the phones' traffic through", "high", ("F-049b",), "Inherited Values"),
    "VPNP-246": ("The phones' traffic is not split", "high", ("F-049d",), "Inherited Values"),
    "VPNP-247": ("The group-policy sets its values itself", "medium", ("F-046",), "Inherited Values"),
    "VPNP-249": ("The MTU of the tunnel suits phones", "low", ("F-098",), "Inherited Values"),
    "VPNP-251": ("Sign-in agrees with CUCM", "high", ("F-057",), "Certificate Authentication Method"),
    "VPNP-253": ("Every AAA server of the phones answers", "info", ("F-019",), "External Database"),
    "VPNP-261": ("The standby unit has the certificate", "high", ("F-090",), "Not in the document"),
}


def finding(device: str, control: str, *outcomes: Outcome, waiver: Waiver | None = None) -> Finding:
    title, severity, features, section = CONTROLS[control]
    return Finding(
        device=device,
        control=control,
        title=title,
        severity=severity,
        status=worst_status([outcome.status for outcome in outcomes]),
        features=features,
        section=section,
        outcomes=outcomes,
        waiver=waiver,
    )


def judged(device: str, special: dict[str, tuple[Outcome, ...]], waivers: dict[str, Waiver]) -> tuple[Finding, ...]:
    """Every control: those of `special` as given, the others passed."""
    passed = (Outcome(status="pass", message="as it should be"),)
    return tuple(finding(device, name, *special.get(name, passed), waiver=waivers.get(name)) for name in CONTROLS)


def device(name: str, findings: tuple[Finding, ...], **more: Any) -> DeviceResult:
    status: Status = worst_status([item.status for item in findings])
    return DeviceResult(name=name, status=status, findings=findings, **more)


def sources(**gaps: tuple[str, str]) -> dict[str, Source]:
    """Every section learned, but for the gaps: section to (status, detail)."""
    found = {command.section: Source(command=command.text, status="ok") for command in COMMANDS}
    for section, (status, detail) in gaps.items():
        found[section] = Source(command=found[section].command, status=status, detail=detail)  # type: ignore[arg-type]  # the table names known statuses only
    return found


def run_of(*devices: DeviceResult, site: str = "Example HQ", exit_code: Any = 2, notes: tuple[str, ...] = ()) -> Run:
    statuses = [item.status for one in devices for item in one.findings]
    return Run(
        tool_version="0.1.0",
        run_id="20240506T072900Z",
        site=site,
        started=STARTED,
        finished=FINISHED,
        exit_code=exit_code,
        status=worst_status([one.status for one in devices]),
        counts={status: statuses.count(status) for status in ("error", "fail", "waived", "pass", "skipped")},
        devices=devices,
        notes=notes,
    )


def bad(message: str, subject: str = "", *, status: Status = "fail", **more: Any) -> Outcome:
    lines = more.pop("lines", ())
    command = more.pop("command", "show running-config group-policy")
    evidence = (Evidence(command=command, lines=tuple(lines)),) if lines else ()
    return Outcome(status=status, message=message, subject=subject, evidence=evidence, **more)


POLICY = "GroupPolicy_VPNPhone"
FAULTS: dict[str, tuple[Outcome, ...]] = {
    "VPNP-103": (
        bad(
            "the peak of 238 sessions and 40 phones that are offline need 278 of 250",
            expected="at least 278",
            actual="250",
            command="show version",
            lines=["AnyConnect Premium Peers          : 250            perpetual"],
            fix=("PERSON: buy sessions: AnyConnect Premium Peers must be at least 278.",),
        ),
    ),
    "VPNP-107": (
        bad("9.12(4)18 is below 9.12(4)72", expected="9.12(4)72 or later of its train", actual="9.12(4)18",
            command="show version", lines=["Cisco Adaptive Security Appliance Software Version 9.12(4)18 "],
            fix=("PERSON: upgrade to 9.12(4)72 or later of train 9.12.",)),
    ),
    "VPNP-111": (
        bad(
            "phones are shown the temporary self-signed certificate, which changes at every reload",
            "outside",
            expected="a certificate that survives a reload",
            actual="ASA Temporary Self Signed Certificate",
            command="show running-config all ssl",
            lines=["ssl server-version tlsv1.2 dtlsv1.2", "ssl cipher tlsv1.2 high", "ssl dh-group group14"],
            fix=("PERSON: choose the trustpoint whose certificate CUCM holds as Phone-VPN-trust, then:",
                 "ssl trust-point VPNPHONE-2024 outside"),
        ),
    ),
    "VPNP-112": (bad("no `ssl trust-point` names the interface outside", "outside", expected="one trustpoint",
                     actual="none", fix=("ssl trust-point VPNPHONE-2024 outside",)),),
    "VPNP-113": (bad("the issuer `cn=Example Issuing CA` is not on the ASA", "VPNPHONE-2024",
                     expected="leaf, intermediate and root", actual="leaf",
                     fix=("crypto ca trustpoint VPNPHONE-CA", " enrollment terminal",
                          "crypto ca authenticate VPNPHONE-CA nointeractive")),),
    "VPNP-114": (bad("the certificate ends in 12 days, at 2024-05-18 23:59 UTC", "VPNPHONE-2024",
                     expected="60 days or more", actual="12 days",
                     fix=("PERSON: start the renewal; the new certificate must reach every phone first.",)),),
    "VPNP-118": (bad("no NTP server sets the clock; it is 7 minutes late", expected="300 seconds or less",
                     actual="421 seconds",
                     command="show clock", lines=["*07:21:59.123 UTC Mon May 6 2024"],
                     fix=("ntp server 192.0.2.123",)),),
    "VPNP-121": (
        bad(
            "no TLS suite in common with the model 7962",
            "CP-7962 9-1-1SR1",
            expected="AES256-SHA or AES128-SHA",
            actual="ECDHE-RSA-AES256-GCM-SHA384 DHE-RSA-AES256-GCM-SHA384 ECDHE-RSA-AES256-SHA384",
            command="show ssl",
            lines=["Enabled cipher order:", "  ECDHE-RSA-AES256-GCM-SHA384", "  DHE-RSA-AES256-GCM-SHA384"],
            fix=("PERSON: approve first, this changes the suites of every TLS client of this ASA.",
                 'ssl cipher tlsv1.2 custom "AES256-SHA:AES128-SHA:DHE-RSA-AES256-SHA:DHE-RSA-AES128-SHA"'),
        ),
        Outcome(status="pass", message="AES256-SHA in common", subject="CP-8845 14-2-1"),
    ),
    "VPNP-122": (bad("no DTLS suite in common with the model 7962", "CP-7962 9-1-1SR1",
                     expected="AES256-SHA or AES128-SHA", actual="level high",
                     fix=('ssl cipher dtlsv1 custom "AES256-SHA:AES128-SHA"',)),),
    "VPNP-123": (bad("UNKNOWN: whether 9.12(4)18 shows phones the RSA certificate its configuration does not say",
                     status="error", expected="a build named in ecdsa_fixed_in", actual="9.12(4)18",
                     fix=("PERSON: probe the ASA with the phones' cipher list.",)),),
    "VPNP-211": (bad("no group-url is enabled", "VPNPhone", expected="one enabled group-url", actual="none",
                     command="show running-config tunnel-group",
                     lines=["tunnel-group VPNPhone webvpn-attributes", " authentication certificate",
                            " group-url https://vpn.example.com/phones disable"],
                     fix=("tunnel-group VPNPhone webvpn-attributes",
                          " group-url https://vpn.example.com/phones enable")),),
    "VPNP-214": (bad("the gateway URL is the address of the cluster", "https://cluster.example.com/phones",
                     expected="a URL of this ASA alone", actual="cluster.example.com",
                     fix=("PERSON: give the VPN gateway in CUCM the URL of one ASA.",)),),
    "VPNP-215": (bad("the device participates in a cluster", expected="no participate", actual="participate",
                     command="show running-config vpn load-balancing", lines=["vpn load-balancing", " participate"]),),
    "VPNP-221": (
        bad(
            "`csd enable` is on and the tunnel-group has no without-csd",
            "VPNPhone",
            expected="without-csd in the tunnel-group",
            actual="csd enable",
            command="show running-config webvpn",
            lines=["webvpn", " enable outside", " csd image disk0:/csd_3.6.6249-k9.pkg", " csd enable"],
            fix=("tunnel-group VPNPhone webvpn-attributes", " without-csd"),
        ),
    ),
    "VPNP-231": (
        bad(
            "DfltAccessPolicy terminates, and whether a record continues for the phones is not known",
            "DfltAccessPolicy", status="error",
            expected="a record that continues for aaa.cisco.tunnelgroup = VPNPhone",
            actual="`more disk0:/dap.xml` is refused",
            command="show running-config dynamic-access-policy-record",
            lines=["dynamic-access-policy-record DfltAccessPolicy", " action terminate"],
            fix=("PERSON: gather again with an account that may run `more disk0:/dap.xml`.",),
        ),
    ),
    "VPNP-233": (bad("UNKNOWN: `more disk0:/dap.xml` is refused: Command authorization failed", status="error",
                     expected="the answer of `more disk0:/dap.xml`", actual="refused"),),
    "VPNP-242": (bad("0 logins are allowed, by DfltGrpPolicy", POLICY, expected="1 or more (default 3)", actual="0",
                     command="show running-config all group-policy DfltGrpPolicy",
                     lines=["group-policy DfltGrpPolicy attributes", " vpn-simultaneous-logins 0"],
                     fix=(f"group-policy {POLICY} attributes", " vpn-simultaneous-logins 3")),),
    "VPNP-243": (bad("ssl-client is missing", POLICY, expected="ssl-client", actual="ikev1 l2tp-ipsec",
                     lines=[f"group-policy {POLICY} attributes", " vpn-tunnel-protocol ikev1 l2tp-ipsec"],
                     fix=(f"group-policy {POLICY} attributes", " vpn-tunnel-protocol ikev1 l2tp-ipsec ssl-client")),),
    "VPNP-244": (bad("the lock names another tunnel-group", POLICY, expected="none or VPNPhone", actual="value Staff",
                     fix=(f"group-policy {POLICY} attributes", " group-lock value VPNPhone")),),
    "VPNP-245": (bad("the filter INSIDE-ONLY is inherited and nobody reviewed it", POLICY, status="error",
                     expected="none, or an ACL of reviewed_vpn_filters", actual="value INSIDE-ONLY (DfltGrpPolicy)",
                     fix=("PERSON: see that the ACL lets CUCM, TFTP and media through.",)),),
    "VPNP-246": (bad("the tunnel is split", POLICY, expected="tunnelall", actual="tunnelspecified",
                     fix=(f"group-policy {POLICY} attributes", " split-tunnel-policy tunnelall")),),
    "VPNP-247": (bad("3 values come from DfltGrpPolicy", POLICY,
                     expected="own lines", actual="vpn-simultaneous-logins, vpn-filter, split-tunnel-policy"),),
    "VPNP-249": (bad("the MTU 1500 leaves no room for the tunnel", POLICY, expected="256 to 1406", actual="1500",
                     fix=(f"group-policy {POLICY} attributes", " webvpn", "  anyconnect mtu 1290")),),
    "VPNP-251": (bad("UNKNOWN: CUCM was not asked", status="error", expected="certificate", actual="certificate"),),
    "VPNP-253": (bad("1 of 2 servers has FAILED", "LDAP-HQ", expected="ACTIVE", actual="FAILED",
                     command="show aaa-server", lines=["Server status: FAILED, Server disabled at 06:11:41 UTC"]),),
    "VPNP-261": (bad("the mate has no certificate of trustpoint VPNPHONE-2024", "VPNPHONE-2024", status="waived",
                     expected="the same serial on both units", actual="none on the mate"),),
}  # fmt: skip
WAIVER = Waiver(
    control="VPNP-261",
    reason="The standby unit is replaced on 1 June; failover is switched off until then.",
    approved_by="J. Ortiz, CAB-1182",
    expires="2024-06-15",
    device="asa-branch",
)


def sample_run() -> Run:
    """Four ASAs: healthy, faulty, classic (8.0), unreachable."""
    profile = Profile(
        tunnel_group="VPNPhone", confidence="sessions", reason="61 phones are connected through it (SEP names)"
    )
    skipped = {
        "VPNP-215": (Outcome(status="skipped", message="load balancing is not configured"),),
        "VPNP-261": (Outcome(status="skipped", message="failover is off"),),
    }
    classic: dict[str, tuple[Outcome, ...]] = {
        name: (Outcome(status="skipped", message="the release has no such setting"),)
        for name in ("VPNP-107", "VPNP-123", "VPNP-233", "VPNP-261")
    }
    classic |= {name: FAULTS[name] for name in ("VPNP-114", "VPNP-246", "VPNP-251")}
    return run_of(
        device("asa-hq", judged("asa-hq", skipped, {}), release="9.16(4)85", hostname="HQ-VPN-1", origin="live",
               gathered_at=STARTED, profiles=(profile,), sources=sources(dap_xml=("absent", ""))),
        device("asa-branch", judged("asa-branch", FAULTS, {"VPNP-261": WAIVER}), release="9.12(4)18",
               hostname="BR-VPN-7", origin="live", gathered_at=STARTED,
               profiles=(Profile(tunnel_group="VPNPhone", confidence="likely", reason="its name and its sign-in"),),
               sources=sources(dap_xml=("refused", "Command authorization failed"),
                               ssl_suites=("refused", "not known to the release")),
               unparsed=(UnparsedLine(section="webvpn", line=14, text=" hostscan image-secondary disk0:/hs.pkg"),
                         UnparsedLine(section="tunnel_groups", line=88, text=" mystery-option enable 4"))),
        device("asa-classic", judged("asa-classic", classic, {}), release="8.0(5)", hostname="OLD", origin="saved",
               profiles=(Profile(tunnel_group="Phones", confidence="given", reason="named by the inventory"),),
               sources=sources(sessions=("missing", "no such file among the saved outputs"))),
        DeviceResult(
            name="asa-dr", status="error",
            failure=Failure(code="timeout_connect", what="no answer while connecting to 192.0.2.17 port 22.",
                            todo="Look at the route, the firewalls on the way, and `vpnphone_connect_timeout`.",
                            unreachable=True)),
        exit_code=3,
        notes=("The waiver of VPNP-116 for device asa-lab (until 2024-12-31) matches no finding of this run.",),
    )  # fmt: skip


HOSTILE = (
    "<script>alert(1)</script><img src=x onerror=alert(1)>",
    "]]><x>&amp;\"'",
    "=cmd|' /C calc'!A0",
    "\x1b[2J\x1b[31mred\x1b]0;title\x07 \x9b1m",
    "nul\x00bell\x07back\x08",
    "exe\u202etxt.\u2066rtl\u2069",
    "| pipe `tick` ``` fence\n# heading\n</details>",
    "@everyone #12 http://evil.example/ javascript:alert(1) [x](http://evil.example)",
    "{{ 7*7 }} {% raw %}",
    "x" * 100_000,
    "lone \ud800 surrogate \ufffe",
)


def text_run(text: str, exit_code: int = 2) -> Run:
    """A run that has this text wherever a text may stand; every status occurs."""
    waiver = Waiver(control="*", reason=text, approved_by=text, expires=text)
    findings = tuple(
        Finding(
            device=text,
            control=f"VPNP-90{number}",
            title=text,
            severity="critical" if number % 2 else "low",
            status=status,
            features=(text,),
            section=text,
            outcomes=(
                Outcome(
                    status=status,
                    message=text,
                    subject=text,
                    expected=text,
                    actual=text,
                    evidence=(Evidence(command=text, lines=(text, text)),),
                    fix=(text, f"PERSON: {text}"),
                ),
            ),
            waiver=waiver if status == "waived" else None,
        )
        for number, status in enumerate(("pass", "fail", "error", "waived", "skipped"))
    )
    one = DeviceResult(
        name=text,
        status="error",
        release=text,
        hostname=text,
        origin="live",
        gathered_at=STARTED,
        profiles=(Profile(tunnel_group=text, confidence="guess", reason=text),),
        sources={
            text: Source(command=text, status="refused", detail=text),
            "webvpn": Source(command=text, status="ok"),
        },
        unparsed=(UnparsedLine(section=text, line=1, text=text),),
        findings=findings,
    )
    failure = Failure(code=text, what=text, todo=text, unreachable=True)
    return run_of(
        one,
        DeviceResult(name=f"2{text}", status="error", failure=failure),
        site=text,
        exit_code=exit_code,
        notes=(text,),
    )
