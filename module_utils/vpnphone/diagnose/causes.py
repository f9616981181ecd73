"""Why phones do not connect: pure data, one entry a cause, in the order of a phone's way in.

A step is a command to type, or a sentence behind "PERSON:". Names in braces are filled in from the lines that show the
cause (steps.py); what no line tells, or what cannot be typed safely, stays a placeholder in angle brackets.
"""

from __future__ import annotations

from typing import NamedTuple

_AUDIT = "PERSON: run playbooks/audit.yml; the controls that are named here look at the same thing."
_COLLECT = "PERSON: run playbooks/diagnose/collect_asa.yml while a phone tries, then diagnose.yml again (F-060)."
_POLICY = "show run all group-policy {group_policy}"
_TLS_CIPHERS = 'ssl cipher tlsv1.2 custom "AES256-SHA:AES128-SHA:DHE-RSA-AES256-SHA:DHE-RSA-AES128-SHA"'
_DTLS_CIPHERS = 'ssl cipher dtlsv1 custom "AES256-SHA:AES128-SHA"'


class CauseRule(NamedTuple):
    """When it is one: find_*.py. doubt: why it may be something else; said wherever the cause is not certain.

    confirm: what settles it. steps: in order.
    """

    id: str
    title: str
    meaning: str
    doubt: str
    confirm: tuple[str, ...]
    steps: tuple[str, ...]
    sources: tuple[str, ...]
    controls: tuple[str, ...]


CAUSES: tuple[CauseRule, ...] = (
    CauseRule(
        "no_answer",
        "Nobody answers where the phone dials",
        "The phone dials its URL and no handshake begins: name, address, route, filter, or webvpn on that interface.",
        doubt="lines of the handshake may be missing from the logs at hand",
        confirm=("A capture at the phone's PC port (F-063): does a SYN go out, does anything come back?",),
        steps=(
            "show run webvpn",
            "show interface ip brief",
            "show asp table socket",
            "PERSON: look up the host of {url} where the phone stands, and compare it with the ASA's address.",
            "PERSON: playbooks/diagnose/span.yml shows how to capture at the phone (F-063).",
        ),
        sources=("F-025", "F-063"),
        controls=("VPNP-216", "VPNP-217", "VPNP-316", "VPNP-317"),
    ),
    CauseRule(
        "no_shared_cipher",
        "Phone and ASA share no cipher suite",
        "The ASA admits no suite that the client offers, and ends the handshake before a certificate is shown.",
        doubt="the error names no client, so it goes to the client beside it by the order of lines alone",
        confirm=("The lists of 725011 below 725010 (the ASA's) and 725008 (the client's) have no name in common.",),
        steps=(
            "show run all ssl",
            "show ssl",
            f"PERSON: 9.3(2) and later: `{_TLS_CIPHERS}`, and for DTLS `{_DTLS_CIPHERS}`; it holds for every client.",
            "PERSON: before: `ssl encryption aes256-sha1 aes128-sha1`, with the ones that are there behind.",
        ),
        sources=("F-051b", "F-051a"),
        controls=("VPNP-123", "VPNP-125"),
    ),
    CauseRule(
        "hash_mismatch",
        "The phone does not know the certificate that the ASA presents",
        "No hash of the phone's file is that of the certificate: it was replaced on the ASA before the phones had its"
        " hash, or it never was in CUCM.",
        doubt="the alert unknown CA is sent for a failed host ID check too, and by any client without the right CA",
        confirm=(
            "The phone's console log has `VPN cert chain verification failed ... leaf not trusted`.",
            "No certHash of {phone}.cnf.xml is the base64 of the SHA-1 of the certificate that a probe is shown.",
        ),
        steps=(
            "show run ssl",
            "show crypto ca certificates {trustpoint}",
            "tftp -i <TFTP server> GET {phone}.cnf.xml.sgn",
            "PERSON: where the old certificate is still on the ASA: `ssl trust-point <old trustpoint> {interface}` lets"
            " the phones in again at once; then renew in order (docs/runbook.md).",
            "PERSON: else `crypto ca export {trustpoint} identity-certificate`, upload it to CUCM as Phone-VPN-trust"
            " beside the old one, add it to the VPN gateway; a phone outside fetches the new file on site or as F-074.",
        ),
        sources=("F-062", "F-013", "F-024"),
        controls=("VPNP-311", "VPNP-312", "VPNP-313", "VPNP-111", "VPNP-121"),
    ),
    CauseRule(
        "host_id",
        "The host ID check refuses the certificate",
        "The host of the URL is no name of the certificate, or only a wildcard fits it.",
        doubt="a later line of the same phone says that it got in",
        confirm=("The names of the certificate (subjectAltName, common name) beside the host of the gateway's URL.",),
        steps=(
            "show run ssl",
            "show crypto ca certificates {trustpoint}",
            "PERSON: have a certificate made that has {host} as a DNS name, or give the gateway a URL with a name that"
            " the certificate has.",
            "PERSON: or take Enable Host ID Check out of the VPN profile (CUCM: Advanced Features > VPN > VPN Profile)"
            " and Apply Config; phones must fetch the new file, on site or while they are on VPN.",
        ),
        sources=("F-059", "F-058"),
        controls=("VPNP-335",),
    ),
    CauseRule(
        "tls_failed",
        "The TLS handshake ends with an error",
        "Neither a cipher nor the certificate's hash is named as the reason.",
        doubt="an alert names what one side noticed, not why",
        confirm=("The same moment in the log of the other side; a capture at the phone's PC port (F-063).",),
        steps=("show run all ssl", "show ssl", "show ssl errors", "show crypto ca certificates {trustpoint}", _COLLECT),
        sources=("F-062", "F-051b"),
        controls=("VPNP-123", "VPNP-125", "VPNP-114", "VPNP-117", "VPNP-121"),
    ),
    CauseRule(
        "client_certificate",
        "The ASA does not take the phone's own certificate",
        "No trustpoint of the ASA holds the CA that signed it (CAPF for an LSC, a manufacturing CA for a MIC), or it is"
        " out of date.",
        doubt="the form of 717009 is from memory",
        confirm=("The issuer of the phone's certificate beside `show crypto ca certificates`.",),
        steps=(
            "show crypto ca certificates",
            "show run crypto ca trustpoint",
            "show clock",
            "PERSON: export CAPF (LSC) or the manufacturing CA (MIC) from CUCM, then on the ASA `crypto ca trustpoint"
            " <name>`, `enrollment terminal`, `crypto ca authenticate <name>`.",
        ),
        sources=("F-053", "F-052", "F-055"),
        controls=("VPNP-254", "VPNP-256", "VPNP-331", "VPNP-118", "VPNP-341"),
    ),
    CauseRule(
        "login_rejected",
        "The ASA rejects the phone's login",
        "Name and password, or what the AAA server makes of them, are not accepted.",
        doubt="the form of the line is from memory; anyone may type a phone's name",
        confirm=("The AAA server's own log at that moment.",),
        steps=(
            "show run tunnel-group {tunnel_group}",
            "show aaa-server",
            "PERSON: compare the VPN profile's authentication method (CUCM) with the tunnel-group's.",
        ),
        sources=("F-019", "F-057"),
        controls=("VPNP-251", "VPNP-252", "VPNP-253", "VPNP-334"),
    ),
    CauseRule(
        "csd",
        "Cisco Secure Desktop or HostScan stops the phone",
        "The tunnel-group asks for it, and no phone has it.",
        doubt="724002 says that the session was NOT terminated: it is a sign, no proof (C16)",
        confirm=(
            "`debug webvpn anyconnect` says `CSD data not sent from client` (playbooks/diagnose/collect_asa.yml).",
            "No session of that user follows.",
        ),
        steps=(
            "show run webvpn",
            "show run tunnel-group {tunnel_group}",
            "tunnel-group {tunnel_group} webvpn-attributes",
            "without-csd",
            "PERSON: it works where phones arrive by group-url; before 8.2 only `webvpn`, `no csd enable` helps, which"
            " switches it off for everyone.",
        ),
        sources=("F-038", "F-039", "F-035", "F-036"),
        controls=("VPNP-221", "VPNP-222"),
    ),
    CauseRule(
        "session_limit",
        "The ASA has no session left",
        "Every premium peer is in use; phones and PCs share them.",
        doubt="the form of 716023 is from memory",
        confirm=("`show vpn-sessiondb license-summary` at the time when phones fail.",),
        steps=("show vpn-sessiondb license-summary", "show vpn-sessiondb summary", "show version"),
        sources=("F-002",),
        controls=("VPNP-103", "VPNP-104"),
    ),
    CauseRule(
        "dap_terminate",
        "A dynamic access policy ends the connection",
        "No record that continues matches the phone, or one that terminates does.",
        doubt="a later line of the same phone says that it got in",
        confirm=("`show run dynamic-access-policy-record {record}`: does it have `action terminate`?",),
        steps=(
            "show run dynamic-access-policy-record",
            "more disk0:/dap.xml",
            "PERSON: in ASDM add a DAP record for phones: AAA attribute Cisco, Connection Profile = {tunnel_group},"
            " action Continue; playbooks/remediate.yml plans the same.",
        ),
        sources=("F-044", "F-042", "F-043"),
        controls=("VPNP-231", "VPNP-232"),
    ),
    CauseRule(
        "simultaneous_logins",
        "vpn-simultaneous-logins keeps the phone out",
        "The effective value is 0, or all logins of that user are in use.",
        doubt="the words of 113015 are from memory",
        confirm=(f"`{_POLICY}` and DfltGrpPolicy: the value, and where it comes from.",),
        steps=(
            _POLICY,
            "show run all group-policy DfltGrpPolicy",
            "show vpn-sessiondb anyconnect filter name {user}",
            "group-policy {group_policy} attributes",
            "vpn-simultaneous-logins 3",
        ),
        sources=("F-047", "F-046", "F-049c"),
        controls=("VPNP-242", "VPNP-248"),
    ),
    CauseRule(
        "tunnel_protocol",
        "vpn-tunnel-protocol does not allow the AnyConnect client",
        "The effective group-policy has no ssl-client, most often by what it inherits.",
        doubt="the words of 113015 are from memory",
        confirm=(f"`{_POLICY}` and DfltGrpPolicy: the value, and where it comes from.",),
        steps=(
            _POLICY,
            "show run all group-policy DfltGrpPolicy",
            "group-policy {group_policy} attributes",
            "vpn-tunnel-protocol ssl-client",
            "PERSON: `svc` is the old name of ssl-client; keep the protocols that others need in their own policies.",
        ),
        sources=("F-048", "F-046", "F-049c"),
        controls=("VPNP-243", "VPNP-248"),
    ),
    CauseRule(
        "group_lock",
        "group-lock keeps connections out of the tunnel-group",
        "The effective group-policy is locked to another tunnel-group, most often by what it inherits.",
        doubt="113040 names no user: whether it was a phone is not said",
        confirm=(f"`{_POLICY}` and DfltGrpPolicy: the value of group-lock, and where it comes from.",),
        steps=(
            _POLICY,
            "show run all group-policy DfltGrpPolicy",
            "group-policy {group_policy} attributes",
            "group-lock value {tunnel_group}",
        ),
        sources=("F-049", "F-046", "F-049c"),
        controls=("VPNP-244", "VPNP-248"),
    ),
    CauseRule(
        "no_address",
        "No address is free for the phone",
        "The pool of the tunnel-group or group-policy is empty, or there is none.",
        doubt="the form of 722020 is from memory",
        confirm=("`show ip local pool <pool>`: free addresses at the time when phones fail.",),
        steps=(
            "show run tunnel-group {tunnel_group}",
            _POLICY,
            "show run ip local pool",
            "show ip local pool <pool>",
            "show vpn-sessiondb summary",
        ),
        sources=("F-046",),
        controls=("VPNP-241", "VPNP-201"),
    ),
    CauseRule(
        "load_balancing",
        "VPN load balancing sends the phone to another host",
        "SSL VPN load balancing is no way for phones: each member has a certificate of its own.",
        doubt="a 302 alone is no proof: an ASA also sends clients on to its own pages (C14)",
        confirm=("The host of the new URL is another than the one dialled, or changes from login to login.",),
        steps=(
            "show run vpn load-balancing",
            "show vpn load-balancing",
            "PERSON: give the VPN gateways in CUCM the own URL of each ASA instead of the cluster's; leave load"
            " balancing as it is for PCs.",
        ),
        sources=("F-032", "F-031", "F-030"),
        controls=("VPNP-214", "VPNP-215"),
    ),
    CauseRule(
        "refused_by_policy",
        "The ASA refuses the login, and does not log why",
        "The answer to the login is neither good nor another place to go: licence, group-url, authentication, or a"
        " policy whose line was not logged.",
        doubt="the phone is told a number, not the reason",
        confirm=("The ASA's log at level debugging at that moment.",),
        steps=(
            _COLLECT,
            "show version",
            "show run tunnel-group {tunnel_group}",
            _POLICY,
            "show run webvpn",
            _AUDIT,
        ),
        sources=("F-001", "F-025", "F-046", "F-060"),
        controls=("VPNP-102", "VPNP-105", "VPNP-211", "VPNP-212", "VPNP-216", "VPNP-251", "VPNP-334"),
    ),
    CauseRule(
        "dtls_cipher_mismatch",
        "DTLS fails: the ASA takes another cipher suite than for the SSL tunnel",
        "The SSL tunnel stood. Where an ASA of 9.4(1) or later presents an ECDSA certificate, or takes a suite that the"
        " phone has for TLS only, the phone ends the DTLS handshake.",
        doubt="which suite the ASA took for DTLS is not in the lines",
        confirm=(
            "ECDSA is only a likely reason (C15): a probe with the phones' offer (playbooks/audit.yml, VPNP-121,"
            " VPNP-351) shows which certificate and suite the ASA presents.",
        ),
        steps=(
            "show run all ssl",
            "show ssl ciphers",
            "PERSON: probe the ASA first (playbooks/audit.yml): VPNP-121 and VPNP-351 tell whether it presents ECDSA.",
            f"PERSON: then `{_TLS_CIPHERS}` and `{_DTLS_CIPHERS}`; both hold for every client of the ASA.",
        ),
        sources=("F-016", "F-015"),
        controls=("VPNP-121", "VPNP-122", "VPNP-123", "VPNP-125", "VPNP-351"),
    ),
    CauseRule(
        "tftp",
        "The phone does not get its file by TFTP",
        "Without the file it has neither new settings nor new hashes.",
        doubt="one failure may be passing, or of one node of several; there is no date in the line",
        confirm=("Fetch the file from each node from where the phone stands.",),
        steps=(
            "tftp -i <TFTP server> GET {phone}.cnf.xml.sgn",
            "PERSON: at the phone compare TFTP Server 1 with the cluster's; where the DHCP server gives a wrong one:"
            " Settings > Network Configuration > IPv4 > Alternate TFTP > Yes, TFTP Server 1, Save (F-066).",
            "PERSON: UDP 69 and TCP 6970 must be open through the tunnel (vpn-filter of {group_policy}).",
        ),
        sources=("F-068", "F-065", "F-066"),
        controls=("VPNP-324", "VPNP-325", "VPNP-321", "VPNP-245"),
    ),
    CauseRule(
        "trust_list",
        "The phone does not take a trust list",
        "The trust list (CTL or ITL) was not fetched, or its signer is not known to the phone.",
        doubt="one failure may be passing; there is no date in the line",
        confirm=("`show itl` on the TFTP node, and the list that the phone shows in its security settings.",),
        steps=(
            "tftp -i <TFTP server> GET ITL{phone}.tlv",
            "show itl",
            "PERSON: where the signer changed, delete the list at the phone (Settings > Security > Trust List) or move"
            " it through a cluster whose TVS it still knows.",
        ),
        sources=("F-068", "F-067"),
        controls=("VPNP-324", "VPNP-325"),
    ),
)  # fmt: skip
BY_ID: dict[str, CauseRule] = {rule.id: rule for rule in CAUSES}
