"""Lines of a phone: its console log (what follows the name of the process), and its status messages (no time)."""

from __future__ import annotations

from .signature import ANYTHING, CIPHER, WORDS, Signature, signature

_URL = r"https?://(?P<host>\[[0-9A-Fa-f:.]{2,45}\]|[^\s/:?#<>\[\]]{1,253})(?::[0-9]{1,5})?(?:[/?][^\s<>]{0,1024})?"
_FILE = r"(?P<phone>SEP[0-9A-Fa-f]{12})\.cnf\.xml(?:\.enc)?(?:\.sgn)?"
_ANY_FILE = r"(?P<name>(?:CTL|ITL)?(?P<phone>SEP[0-9A-Fa-f]{12})[^\s<>]{0,60}|(?!(?:CTL|ITL)?SEP)[^\s<>]{1,120})"
_LIBRARY = r"error: ?(?P<error>[0-9A-Fa-f]{8}):SSL routines: ?(?P<function>[A-Za-z0-9_]{1,80}): ?"

LOGIN: tuple[Signature, ...] = (
    signature(
        "phone.start", "context", rf"vpn_start: activating vpn, url <(?P<url>{_URL})>", status="K",
        indicates="The phone dials this URL.",
    ),
    signature(
        "phone.no_connection", "bad", r"create_ssl_connection: tcp_connect failed", status="K",
        indicates="Nobody accepted the phone's TCP connection.",
        confirm="Name resolution, the way and the filters between phone and ASA; the ASA's log has no handshake then.",
    ),
    signature(
        "phone.login_answer", "context", rf"process_login: HTTP/1\.[01] (?P<status>[0-9]{{3}})(?: (?P<words>{WORDS}))?",
        sources=("F-032",),
        proves="The ASA answered the login with this status.",
    ),
    signature(
        "phone.login_code", "context", rf"process_login: login code: (?P<code>[0-9]{{1,5}}) \((?P<words>{WORDS})\)",
        sources=("F-032",),
        proves="This is what the phone made of the ASA's answer.",
    ),
    signature(
        "phone.redirection", "context", r"process_login: redirection indicated", sources=("F-032",),
        proves="The ASA sent the phone elsewhere.",
        confirm="Whether the host changes (C14).",
    ),
    signature(
        "phone.location", "context", rf"process_login: new 'Location': ?(?P<location>{ANYTHING})", sources=("F-032",),
        proves="The ASA sent the phone to this place.",
        confirm="A relative one stays on the same host (C14).",
    ),
    signature(
        "phone.redirect_url", "context", rf"set_redirect_url: new URL ?<(?P<url>{_URL})>", sources=("F-032",),
        proves="The phone goes on to this URL.",
        indicates="Load balancing, where the host is another than the one dialled or alternates (C14).",
        confirm="`show run vpn load-balancing`.",
    ),
    signature(
        "phone.login_state", "context",
        r"set_login_state: LOGIN ?: [0-9] \((?P<before>[A-Za-z]{1,30})\) --> [0-9] ?\((?P<after>[A-Za-z]{1,30})\)",
        sources=("F-062",),
        proves="So the login stood, and so it stands.",
    ),
    signature(
        "phone.notify_code", "context",
        r"vpnc_send_notify: notify code: (?P<code>[0-9]{1,5}) ?\[(?P<words>[^\[\]\x00-\x1f]{1,120})\]",
        sources=("F-062",),
        proves="The phone gave its user this code.",
    ),
    signature(
        "phone.notify_text", "context", r"vpnc_send_notify: notify desc: ?\[(?P<words>[^\[\]\x00-\x1f]{1,200})\]",
        sources=("F-062",),
        proves="The phone gave its user this text.",
    ),
    signature(
        "phone.login_failed", "bad", r"protocol_handler: login failed", sources=("F-062",),
        proves="The phone's login failed; why, the lines before tell.",
    ),
    signature(
        "phone.connected", "good", r"protocol_handler: connect ?: SSL success DTLS (?P<dtls>success|off)", status="K",
        indicates="The phone's tunnel stands.",
        confirm="`show vpn-sessiondb detail anyconnect`.",
    ),
)  # fmt: skip

CERTIFICATE: tuple[Signature, ...] = (
    signature(
        "phone.verify", "context",
        r"cert_vfy_cb: depth:(?P<depth>[0-9]{1,3}) of (?P<of>[0-9]{1,3}), subject: ?"
        rf"<(?P<subject>{ANYTHING})>",
        sources=("F-062",),
        proves="The ASA sent a certificate with this subject.",
    ),
    signature(
        "phone.verify_error", "context",
        r"cert_vfy_cb: depth:(?P<depth>[0-9]{1,3}) of (?P<of>[0-9]{1,3}), pre_err: (?P<code>[0-9]{1,4})"
        rf" \((?P<words>{WORDS})\)",
        sources=("F-062",),
        indicates="No authority of the phone vouches for it; that is usual, phones go by the hash.",
    ),
    signature(
        "phone.leaf_hash", "context", r"Leaf cert hash = (?P<sha1>[0-9A-Fa-f]{40})", sources=("F-062",),
        proves="The ASA presented the certificate with this SHA-1.",
    ),
    signature(
        "phone.issuer_missing", "context", r"EROR:secLoadFile: file not found </tmp/issuer\.crt>", sources=("F-062",),
        proves="The ASA sent no issuer's certificate along.",
    ),
    signature(
        "phone.chain_refused", "bad",
        # [K] but for "not found".
        r"VPN cert chain verification failed, issuer certificate (?P<issuer>not found|not trusted) and leaf not"
        r" trusted",
        sources=("F-062",),
        proves="No hash of the phone's file is that of a certificate which the ASA presented.",
        confirm="The file as TFTP serves it, and the hash of the certificate that a probe of the ASA is shown.",
    ),
    signature(
        "phone.host_id_wildcard", "context", r"DNS has wildcard, starting checks\.\.\.", sources=("F-059",),
        proves="The certificate has a name with a wildcard.",
    ),
    signature(
        "phone.host_id_third_level", "bad",
        r"Generic third level wildcards are not allowed, stopping checks on host=\((?P<host>[^\s()<>]{1,253})\) and"
        r" dns=\((?P<dns>[^\s()<>]{1,253})\)",
        sources=("F-059",),
        proves="The phone does not take this wildcard for the host that it dialled.",
    ),
    signature(
        "phone.host_id_san", "context", r"hostID not found in subjectAltNames", sources=("F-059",),
        proves="The host of the URL is none of the certificate's alternative names.",
    ),
    signature(
        "phone.host_id_subject", "context", r"hostID not found in subject name", sources=("F-059",),
        proves="The host of the URL is not the certificate's common name.",
    ),
    signature(
        "phone.host_id_failed", "bad", r"hostIDCheck failed!!", sources=("F-059",),
        proves="The host ID check refused the ASA's certificate.",
        confirm="Host ID Check in the VPN profile; the names of the certificate beside the gateway's URL.",
    ),
)  # fmt: skip

CHANNEL: tuple[Signature, ...] = (
    signature(
        "phone.cipher_list", "context",
        rf"create_(?P<channel>dtls|ssl)_connection: cipher list: ?(?P<ciphers>{CIPHER}(?:[:,]{CIPHER}){{0,63}})",
        sources=("F-016",),
        proves="The phone offers these cipher suites there.",
    ),
    signature(
        "phone.cipher_in_use", "context", rf"create_ssl_connection: cipher in use (?P<cipher>{CIPHER})", status="K",
        indicates="Phone and ASA settled on this cipher suite.",
    ),
    signature(
        "phone.alert", "bad",
        r"alert_err: (?P<protocol>SSL|DTLS) (?P<direction>write|read) alert: code (?P<code>[0-9]{1,3}), ?"
        rf"(?P<words>{WORDS})",
        sources=("F-016", "F-062"),
        proves="The handshake ended with this alert; write: the phone's, read: the ASA's.",
    ),
    signature(
        "phone.tls_error", "bad",
        rf"(?P<protocol>SSL|DTLS): SSL_connect: {_LIBRARY}(?!old session cipher not returned$)(?P<words>{WORDS})",
        sources=("F-062",),
        indicates="The handshake ended with this error of the phone's SSL library.",
        confirm="The alert and the lines on the certificate before it.",
    ),
    signature(
        "phone.dtls_begins", "context", r"protocol_handler: connect: do_dtls_connect", sources=("F-016",),
        proves="The SSL tunnel stands, DTLS begins.",
    ),
    signature(
        "phone.dtls_old_session", "bad",
        rf"DTLS: SSL_connect: {_LIBRARY}(?P<words>old session cipher not returned)",
        sources=("F-016",),
        proves="The ASA took another cipher suite for DTLS than for the SSL tunnel.",
        indicates="Since 9.4(1) an ECDSA certificate or an elliptic-curve suite is a likely reason (C15).",
        confirm="A probe of the ASA: which certificate and suite it presents; `show run all ssl`.",
    ),
    signature(
        "phone.dtls_failed", "bad", r"protocol_handler: connect ?: err: SSL success DTLS fail", sources=("F-016",),
        proves="The SSL tunnel stood, DTLS failed.",
    ),
)  # fmt: skip

STATUS: tuple[Signature, ...] = (
    signature(
        "status.trust_updated", "good", r"Trust List Updated", sources=("F-067",),
        proves="The phone took a trust list.",
    ),
    signature(
        "status.trust_failed", "bad", r"Trust List Update Failed", sources=("F-068",),
        proves="The phone did not get or not take a trust list.",
        confirm="TFTP to each node, through the tunnel; the phone's TFTP server settings.",
    ),
    signature(
        "status.file", "good", rf"(?P<name>{_FILE})", sources=("F-067",),
        proves="The phone got a file of this name; which content, it does not say.",
    ),
    signature(
        "status.tftp_error", "bad", rf"TFTP Error ?: {_ANY_FILE}", sources=("F-068",),
        proves="A TFTP server refused this file.",
        confirm="TFTP to each node for this file.",
    ),
    signature(
        "status.tftp_timeout", "bad", rf"TFTP Timeout ?: {_ANY_FILE}", sources=("F-068",),
        proves="No TFTP server answered for this file.",
        confirm="The phone's TFTP server settings; UDP 69 and TCP 6970 through the tunnel (vpn-filter, routes).",
    ),
)  # fmt: skip
