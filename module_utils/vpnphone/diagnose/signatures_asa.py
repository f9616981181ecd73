"""Messages of an ASA: syslog by number, and lines of `debug webvpn anyconnect`."""

from __future__ import annotations

from .signature import ADDRESS, ANYTHING, CIPHER, CLIENT, NAME, OWN_END, PLAIN_NAME, WORDS, Signature, signature

_WHO = rf"Group <(?P<group>{NAME})> User <(?P<user>{NAME})> IP <(?P<address>{ADDRESS})>"
_DAP = rf"DAP: User (?P<user>{PLAIN_NAME}), Addr (?P<address>{ADDRESS})"
_RECORD = r"[^\s<>,:]{1,64}"
_RECORDS = rf"(?P<records>{_RECORD}(?:, {_RECORD}){{0,63}})"
_LIBRARY = r"SSL lib error\. Function: (?P<function>[A-Za-z0-9_:]{1,80}) Reason: "
_SUBJECT = r"[^\x00-\x1f\x7f-\x9f]{0,512}?"
_END = r"\.?"

TLS: tuple[Signature, ...] = (
    signature(
        "asa.tls_begins", "context",
        rf"Starting SSL handshake with (?:remote )?client {CLIENT}{OWN_END} for \S{{1,12}} session{_END}",
        number="725001", sources=("F-062",), status="K",
        indicates="A client opened a connection to the ASA's SSL port.",
    ),
    signature(
        "asa.tls_supported", "context", r"Device supports the following (?P<count>[0-9]{1,3}) cipher\(s\)" + _END,
        number="725010", sources=("F-051b",),
        indicates="The list that follows is what the ASA admits for this handshake.",
    ),
    signature(
        "asa.cipher", "context", rf"Cipher\[(?P<index>[0-9]{{1,3}})\] : (?P<cipher>{CIPHER})",
        number="725011", sources=("F-051b",),
        indicates="It belongs to whichever list was announced last.",
    ),
    signature(
        "asa.tls_proposed", "context",
        rf"SSL client {CLIENT}{OWN_END} proposes the following (?P<count>[0-9]{{1,3}}) cipher\(s\)" + _END,
        number="725008", sources=("F-051b",),
        indicates="The list that follows is what this client offers.",
    ),
    signature(
        "asa.tls_chosen", "context",
        rf"Device chooses cipher : (?P<cipher>{CIPHER}) for the SSL session with client {CLIENT}{OWN_END}",
        number="725012", sources=("F-062",),
        proves="Client and ASA share this cipher suite.",
        indicates="The ciphers are not what keeps this client out.",
    ),
    signature(
        "asa.trustpoint", "context",
        rf"Device selects trust-?point (?P<trustpoint>[^\s<>]{{1,128}}) for client {CLIENT}{OWN_END}" + _END,
        number="725016", sources=("F-062",), status="K",
        indicates="The ASA presents the certificate of this trustpoint.",
        confirm="Compare with `show run ssl` and with the hash of the certificate that a probe is shown.",
    ),
    signature(
        "asa.tls_done", "good",
        rf"Device completed SSL handshake with (?:remote )?client {CLIENT}{OWN_END}(?: for \S{{1,12}} session)?{_END}",
        number="725002", status="K",
        indicates="The client took the ASA's certificate, and both share a cipher suite.",
    ),
    signature(
        "asa.tls_ended", "context",
        rf"SSL session with (?:remote )?client {CLIENT}{OWN_END} terminated{_END}",
        number="725007", status="K",
        indicates="The connection is closed; that alone is no fault.",
    ),
    signature(
        "asa.unknown_ca", "bad", _LIBRARY + r"(?P<reason>[a-z0-9 ]{0,40}alert unknown ca)",
        number="725014", sources=("F-062",),
        proves="A client refused the certificate that the ASA presented.",
        indicates="The hash of that certificate is not in the phone's file: it was replaced, or never given to CUCM.",
        confirm="The phone's console log (`Leaf cert hash`), or the pins of its file beside a probe of the ASA.",
    ),
    signature(
        "asa.no_shared_cipher", "bad", _LIBRARY + r"(?P<reason>no shared cipher)",
        number="725014", sources=("F-051b",),
        proves="A client offers no cipher suite that the ASA admits.",
        indicates="The `ssl cipher` or `ssl encryption` list leaves out what phones can.",
        confirm="The two lists of 725011 above it, `show ssl`, `show run all ssl`.",
    ),
    signature(
        "asa.tls_error", "bad",
        _LIBRARY + rf"(?!no shared cipher$)(?![a-z0-9 ]{{0,40}}alert unknown ca$)(?P<reason>{WORDS})",
        number="725014",
        indicates="A handshake ended with this error of the SSL library.",
        confirm="The 725006 that follows names the client; the other side's log names the reason.",
    ),
    signature(
        "asa.tls_failed", "bad",
        rf"Device failed SSL handshake with (?:remote )?client {CLIENT}{OWN_END}{_END}",
        number="725006", sources=("F-062",),
        proves="The handshake with this client failed.",
        confirm="The 725014 before it tells why.",
    ),
    signature(
        "asa.client_certificate_refused", "bad",
        rf"Certificate validation failed\. (?P<why>[^<>,=]{{1,160}}), serial number: (?P<serial>[0-9A-Fa-f]{{1,64}}),"
        rf" subject name: (?P<subject>{_SUBJECT})(?:, issuer name: (?P<issuer>{_SUBJECT}))?{_END}",
        number="717009", status="K",
        indicates="The ASA does not take the certificate that a client logged in with.",
        confirm="`show crypto ca certificates`: is the issuer (CAPF or a manufacturing CA) there, and in date?",
    ),
)  # fmt: skip

LOGIN: tuple[Signature, ...] = (
    signature(
        "asa.login", "good", rf"{_WHO} Authentication: successful, Session Type: [A-Za-z0-9 -]{{1,40}}{_END}",
        number="716038", sources=("F-044",),
        proves="The ASA took this user's credentials.",
        indicates="The group that it names is not yet the effective one (F-045).",
    ),
    signature(
        "asa.login_rejected", "bad", rf"{_WHO} Authentication: rejected, Session Type: [A-Za-z0-9 -]{{1,40}}{_END}",
        number="716039", status="K",
        indicates="The ASA does not take this user's credentials.",
        confirm="The AAA server, or the certificate that the phone sends.",
    ),
    signature(
        "asa.csd_absent", "bad",
        rf"{_WHO} WebVPN session not terminated\. Cisco Secure Desktop was not running on the client's"
        rf" workstation{_END}",
        number="724002", sources=("F-038",),
        indicates="Cisco Secure Desktop is on for this group, and no phone has it.",
        confirm="`debug webvpn anyconnect` with `CSD data not sent from client`, or no session of that user after it.",
    ),
    signature(
        "asa.session_limit", "bad",
        rf"Group <(?P<group>{NAME})> User <(?P<user>{NAME})>(?: IP <(?P<address>{ADDRESS})>)? Session could not be"
        rf" established: session limit of (?P<limit>[0-9]{{1,9}}) reached{_END}",
        number="716023", status="K",
        indicates="No licence or session of the ASA was free.",
        confirm="`show vpn-sessiondb license-summary`, `show version`.",
    ),
    signature(
        "asa.dap_attribute", "context",
        rf"{_DAP}: Session Attribute (?P<name>[A-Za-z0-9_.-]{{1,128}}) = (?!.{{0,1024}}: Session Attribute )"
        rf"(?P<value>{ANYTHING})",
        number="734003", sources=("F-044",),
        proves="DAP sees this value for this user.",
    ),
    signature(
        "asa.dap_selected", "context",
        rf"{_DAP}, Connection [^<>,:]{{1,40}}: The following DAP records were selected for this connection: {_RECORDS}",
        number="734001", sources=("F-044", "F-045"),
        proves="These DAP records decide on this user's connection.",
    ),
    signature(
        "asa.dap_terminated", "bad",
        rf"{_DAP}: Connection terminated by the following DAP records: {_RECORDS}",
        number="734002", sources=("F-044",),
        proves="These DAP records ended this user's connection.",
        confirm="`show run dynamic-access-policy-record`, `more disk0:/dap.xml`.",
    ),
    signature(
        "asa.group_locked", "bad",
        rf"Terminating the VPN connection attempt from <?(?P<group>{PLAIN_NAME}?)>?\. Reason: This connection is group"
        rf" locked to <?(?P<lock>{PLAIN_NAME}?)>?{_END}",
        number="113040",
        proves="A group-policy's group-lock ended a connection to this tunnel-group; whose, the line does not say.",
        confirm="`show run all group-policy`: the phones' group-policy and what it inherits.",
    ),
    signature(
        "asa.policy_refused", "bad",
        rf"AAA user authentication Rejected : reason = (?P<reason>[^<>:=]{{1,160}}) : (?:local database"
        rf"|server = [^\s<>:=]{{1,64}}) : user = (?P<user>{PLAIN_NAME}?)(?: : user IP = (?P<address>{ADDRESS}))?",
        number="113015", status="K",
        indicates="A setting of the effective group-policy keeps this user out.",
        confirm="`show run all group-policy`: vpn-simultaneous-logins, vpn-tunnel-protocol.",
    ),
    signature(
        "asa.no_address", "bad",
        rf"TunnelGroup <(?P<group>{NAME})> GroupPolicy <(?P<policy>{NAME})> User <(?P<user>{NAME})> IP"
        rf" <(?P<address>{ADDRESS})> No (?:IPv[46] )?address available for SVC connection{_END}",
        number="722020", status="K",
        indicates="No address was free in the pool of this group.",
        confirm="`show run ip local pool`, `show vpn-sessiondb summary`.",
    ),
    signature(
        "asa.mapping", "good",
        rf"user-identity: Add IP-User mapping (?P<assigned>{ADDRESS}) - [^\s\\<>]{{1,64}}\\(?P<user>{PLAIN_NAME})"
        r" Succeeded - VPN user" + _END,
        number="746012", sources=("F-045",),
        proves="This user had a session with this address.",
    ),
    signature(
        "asa.assigned", "good",
        rf"Group <(?P<group>{NAME})> User <(?P<user>{NAME})> IP <(?P<address>{ADDRESS})> (?:IPv4 )?Address"
        rf" <(?P<assigned>{ADDRESS})>(?: IPv6 address <{ADDRESS}>)? assigned to session" + _END,
        number="722051", sources=("F-045",),
        proves="This user has a session with this address.",
    ),
    signature(
        "asa.disconnected", "context",
        rf"Group = (?P<group>{PLAIN_NAME}), Username = (?P<user>{PLAIN_NAME}), IP = (?P<address>{ADDRESS}), Session"
        r" disconnected\. Session Type: (?P<type>[^<>,:]{1,60}), Duration: (?P<duration>[0-9dhms: ]{1,30}),"
        r" Bytes xmt: [0-9]{1,20}, Bytes rcv: [0-9]{1,20}, Reason: (?P<reason>[^<>:=]{1,120})",
        number="113019", status="K",
        indicates="A session of this user ended, for the reason given.",
    ),
)  # fmt: skip

DEBUG: tuple[Signature, ...] = (
    signature(
        "debug.cert_auth_ok", "good", rf"Tunnel Group: (?P<group>{PLAIN_NAME}), Client Cert Auth Success\.",
        sources=("F-039",),
        proves="The ASA took a client's certificate in this tunnel-group.",
    ),
    signature(
        "debug.csd_not_sent", "bad", r"WebVPN: CSD data not sent from client",
        sources=("F-039",),
        proves="Cisco Secure Desktop is asked for, and a client did not send what it wants.",
        confirm="`show run webvpn`, `show run tunnel-group`: without-csd.",
    ),
    signature(
        "debug.auth_handle_missing", "context",
        r"http_remove_auth_handle\(\): handle (?P<handle>[0-9]{1,10}) not found!",
        sources=("F-039",),
        indicates="The login was given up; it follows the CSD line in the document.",
    ),
)  # fmt: skip
