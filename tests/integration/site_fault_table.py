"""The faults of a site: of the certificate, the ciphers, the URL, the login, the file; and what a prediction owes each.

now and apply are the verdict and the step that decides; where nothing is said of apply, it is as now.
"""

from __future__ import annotations

from tests.integration.site_faults import CIPHERS, DEAF, PC, POLICY, WITH_EC, Fault, without

UNKNOWN_FILE = ("UNKNOWN", "file")
PIN = ("LOCKED OUT", "pin")
NEW = {"identity": "other", "ca": "issuing"}
OFF = "authentication certificate", "group-url {url} disable", "without-csd"

FAULTS: tuple[Fault, ...] = (
    # --- that connect
    Fault("well"),
    Fault("well-newer", model="8841"),
    Fault("well-middle", model="8945"),
    Fault("well-mic", model="8861", phone={"certificate": "mic", "issuer": "manufacturing-sha2"}),
    Fault("well-old-mic", phone={"certificate": "mic", "issuer": "manufacturing"}),
    Fault("well-issuer-pinned", pins=("issuing",)),
    Fault("well-root-pinned", pins=("root",)),
    Fault("well-two-hashes", pins=("other", "leaf")),
    Fault("well-by-global-binding", bound=("ssl trust-point VPN",)),
    Fault("well-no-host-id", leaf={"subject": "CN=*.lab.invalid", "san": []}, profile={"host_id_check": False}),
    Fault("well-by-common-name", leaf={"san": []}),
    Fault(
        "well-by-address",
        urls=("https://{address}/VPNPhone",),
        profile={"host_id_check": False},
        tunnel=("authentication certificate", "group-url https://{address}/VPNPhone enable", "without-csd"),
    ),
    Fault("well-second-url", urls=("{url}/Old", "{url}")),
    Fault("well-second-asa", urls=("https://csd.example.invalid/VPNPhone", "{url}"), pins=("leaf", "leaf-csd")),
    Fault("well-csd-left-out", webvpn=("enable outside", "anyconnect enable", "hostscan enable")),
    Fault(
        "well-old-release",
        device={"version": "9.1(1)", "hardware": "ASA5520"},
        ciphers=("ssl encryption aes256-sha1 aes128-sha1",),
    ),
    Fault("well-unfixed-old-phone", device={"version": "9.4(1)", "ecdsa_fixed": False}, ciphers=WITH_EC),
    Fault(
        "well-one-node",
        phone={"tftp": ["node-a"]},
        files=({"kind": "stale", "node": "node-b", "certificates": ["other"]},),
    ),
    # --- the certificate
    Fault("wrong-hash", PIN, pins=("other",)),
    Fault(
        "only-stale-node",
        PIN,
        phone={"tftp": ["node-b"]},
        files=({"kind": "stale", "node": "node-b", "certificates": ["other"]},),
    ),
    Fault(
        "other-bound",
        PIN,
        trustpoints=without(NEW=NEW),
        bound=("ssl trust-point NEW outside",),
    ),
    Fault("nothing-bound", PIN, bound=()),
    Fault("empty-trustpoint", PIN, bound=("ssl trust-point CAPF outside",)),
    Fault("ec-instead-of-rsa", PIN, model="8841", device={"version": "9.4(1)", "ecdsa_fixed": False}, ciphers=WITH_EC),
    Fault("ec-bound-old-phone", PIN, leaf={"key": "ec256"}, ciphers=WITH_EC),
    Fault("ec-bound-newer-phone", ("LOCKED OUT", "dtls"), model="8841", leaf={"key": "ec256"}, ciphers=WITH_EC),
    Fault("issuer-not-sent", PIN, pins=("issuing",), trustpoints=without("VPN", "ROOT", VPN={"identity": "leaf"})),
    # --- host-ID
    Fault(
        "wildcard",
        ("LOCKED OUT", "host-id"),
        leaf={"subject": "CN=*.example.invalid", "san": ["DNS:*.example.invalid"]},
    ),
    Fault(
        "other-name",
        ("LOCKED OUT", "host-id"),
        leaf={"subject": "CN=gate.example.invalid", "san": ["DNS:gate.example.invalid"]},
    ),
    Fault(
        "by-address",
        ("LOCKED OUT", "host-id"),
        urls=("https://{address}/VPNPhone",),
        tunnel=("authentication certificate", "group-url https://{address}/VPNPhone enable", "without-csd"),
    ),
    Fault("name-beside-san", ("UNKNOWN", "host-id"), leaf={"san": ["DNS:gate.example.invalid"]}),
    # --- ciphers
    Fault(
        "no-cipher", ("LOCKED OUT", "cipher"), ciphers=('ssl cipher tlsv1 custom "DHE-RSA-AES256-SHA"', *CIPHERS[1:])
    ),
    Fault("no-version", ("LOCKED OUT", "cipher"), ciphers=("ssl server-version tlsv1.2", *CIPHERS)),
    Fault(
        "no-cipher-old-release",
        ("LOCKED OUT", "cipher"),
        device={"version": "9.1(1)", "hardware": "ASA5520"},
        ciphers=("ssl encryption 3des-sha1 dhe-aes256-sha1",),
    ),
    Fault(
        "no-dtls-cipher",
        ("LOCKED OUT", "dtls"),
        ciphers=(*CIPHERS[:3], 'ssl cipher dtlsv1 custom "DHE-RSA-AES256-SHA"'),
    ),
    Fault("dtls-off", ("UNKNOWN", "dtls"), webvpn=("enable outside tls-only", "anyconnect enable")),
    Fault("dtls-elsewhere", ("UNKNOWN", "dtls"), webvpn=("enable outside", "anyconnect enable", "dtls port 8443")),
    # --- where it arrives
    Fault("url-in-another-case", ("LOCKED OUT", "group-url"), urls=("https://{host}/vpnphone",)),
    Fault("url-with-slash", ("LOCKED OUT", "group-url"), urls=("{url}/",)),
    Fault("url-disabled", ("LOCKED OUT", "group-url"), tunnel=OFF),
    Fault("url-of-nobody", ("UNKNOWN", "reach"), urls=("https://nobody.example.invalid/VPNPhone",)),
    Fault("no-anyconnect", ("LOCKED OUT", "reach"), webvpn=("enable outside",)),
    Fault("no-webvpn", ("LOCKED OUT", "reach"), webvpn=("anyconnect enable",)),
    Fault("shut-down", ("LOCKED OUT", "reach"), interface=("shutdown",)),
    Fault(
        "load-balancing",
        ("LOCKED OUT", "balance"),
        urls=("https://{cluster}/VPNPhone",),
        profile={"host_id_check": False},
        tunnel=("authentication certificate", "group-url https://{cluster}/VPNPhone enable", "without-csd"),
        lines=("vpn load-balancing", " cluster ip address {cluster}", " participate"),
    ),
    # --- its own certificate
    Fault("capf-missing", ("LOCKED OUT", "client-certificate"), trustpoints=without("CAPF")),
    Fault(
        "capf-of-that-name", ("LOCKED OUT", "client-certificate"), trustpoints=without("CAPF", CAPF={"ca": "capf-old"})
    ),
    Fault(
        "capf-for-ipsec",
        ("LOCKED OUT", "client-certificate"),
        points={"CAPF": "validation-usage ipsec-client"},
    ),
    Fault(
        "maker-missing",
        ("LOCKED OUT", "client-certificate"),
        trustpoints=without("MFG2"),
        model="8861",
        phone={"certificate": "mic", "issuer": "manufacturing-sha2"},
    ),
    Fault("lsc-expired", ("LOCKED OUT", "client-certificate"), phone={"certificate_valid_to": "-1d"}),
    # --- the login
    Fault("asa-asks-password", ("LOCKED OUT", "authentication"), tunnel=("group-url {url} enable", "without-csd")),
    Fault(
        "phone-asks-password",
        ("LOCKED OUT", "authentication"),
        profile={"client_authentication": "User and Password"},
        phone={"user": "admin", "password": "rehearse"},
    ),
    Fault(
        "both-by-password",
        ("UNKNOWN", "authentication"),
        profile={"client_authentication": "User and Password"},
        phone={"user": "admin", "password": "rehearse"},
        tunnel=("group-url {url} enable", "without-csd"),
    ),
    Fault(
        "csd",
        ("LOCKED OUT", "csd"),
        webvpn=("enable outside", "anyconnect enable", "csd enable"),
        tunnel=("authentication certificate", "group-url {url} enable"),
    ),
    Fault("no-licence", ("LOCKED OUT", "licence"), device={"licences": {"phone": "Disabled"}}),
    Fault(
        "essentials", ("LOCKED OUT", "licence"), webvpn=("enable outside", "anyconnect enable", "anyconnect-essentials")
    ),
    Fault("no-peer", ("LOCKED OUT", "licence"), device={"licences": {"premium_peers": 1}, "sessions": [PC]}),
    Fault("dap", ("LOCKED OUT", "dap"), device={"flash": {}}),
    Fault("no-logins", ("LOCKED OUT", "group-policy"), policy=("vpn-simultaneous-logins 0", *POLICY[1:])),
    Fault(
        "no-protocol", ("LOCKED OUT", "group-policy"), policy=(*POLICY[:2], "vpn-tunnel-protocol ikev2", *POLICY[3:])
    ),
    Fault(
        "locked-elsewhere", ("LOCKED OUT", "group-policy"), policy=(*POLICY[:3], "group-lock value Staff", POLICY[4])
    ),
    Fault(
        "own-attributes",
        ("LOCKED OUT", "group-policy"),
        lines=("username {user} password rehearse", "username {user} attributes", " vpn-simultaneous-logins 0"),
    ),
    # --- the file
    Fault("stale-node", UNKNOWN_FILE, files=({"kind": "stale", "node": "node-b", "certificates": ["other"]},)),
    Fault("encrypted", UNKNOWN_FILE, files=({"kind": "encrypted"},)),
    Fault("absent", UNKNOWN_FILE, files=({"kind": "absent"},)),
    Fault("web-off", UNKNOWN_FILE, ("CONNECTS", "pin"), phone={"web": False}),
    Fault("holds-old", UNKNOWN_FILE, phone={"holds": ["other"]}),
    Fault("holds-old-on-campus", UNKNOWN_FILE, ("CONNECTS", "pin"), phone={"holds": ["other"], "onsite": True}),
    Fault("off-line", UNKNOWN_FILE, phone={"online": False}),
    Fault("no-vpn-group", ("LOCKED OUT", "file"), common={"vpn_profile": "P-no-vpn-group"}),
    # --- what the audit cannot read
    Fault("asa-unread", ("UNKNOWN", "reach"), device={"faults": [{"kind": "hang"}]}),
    Fault(
        "asa-half-read",
        ("UNKNOWN", "reach"),
        device={
            "users": [
                {"name": "admin", "password": "rehearse", "privilege": 15, "deny": ["show running-config webvpn"]}
            ]
        },
    ),
    Fault("no-registrations", UNKNOWN_FILE, ("CONNECTS", "pin"), cluster=DEAF),
    # --- that wait for something to happen: see WHAT_IF in test_prediction.py
    Fault("spare", trustpoints=without(NEW=NEW), profile={"host_id_check": False}),
    Fault("spare-in-file", pins=("leaf", "other"), trustpoints=without(NEW=NEW), profile={"host_id_check": False}),
    Fault("mate-alike", device={"failover": {"unit": "primary", "state": "active"}}),
    Fault("mate-without", device={"failover": {"unit": "primary", "state": "active", "mate_missing": ["VPN"]}}),
    # The fixture binds NEW after the start, and saves nothing.
    Fault("not-saved", pins=("other",), trustpoints=without(NEW=NEW), profile={"host_id_check": False}),
)
