"""What devices, files and phones could have said, or somebody in their place: for tests of what nothing may break."""

from __future__ import annotations

import string

import msgspec
from ansible.module_utils.vpnphone.model import Failover, SslTrustPoint
from hypothesis import strategies as st

from tests.unit.controls.builders import phone_model
from tests.unit.predict.builders import URL, asa, handshake, listed, served, vpn

TEXT = st.one_of(
    st.sampled_from(("", "VPN", "outside", "certificate", URL, "AES256-SHA", "tlsv1", "none", "0")),
    st.text(alphabet=string.printable, max_size=12),
)
TEXTS = st.lists(TEXT, max_size=3).map(tuple)
CONFIGS = st.builds(
    vpn,
    urls=st.lists(st.one_of(st.just(URL), TEXT), max_size=3).map(tuple),
    cert_hashes=TEXTS,
    hash_alg=st.sampled_from((None, 0, 1, 99)),
    auth_method=st.sampled_from((None, 0, 1, 2, 7)),
    host_id_check=st.sampled_from((None, True, False)),
)
FILES = st.lists(
    st.builds(
        served,
        CONFIGS,
        node=st.sampled_from(("a", "b")),
        status=st.sampled_from(("ok", "absent", "encrypted", "timeout")),
    ),
    max_size=3,
).map(tuple)
ROWS = st.builds(
    phone_model,
    model=st.sampled_from(("7962G", "8841", "")),
    tls_versions=st.lists(st.sampled_from(("TLSv1", "TLSv1.2", "x")), max_size=2).map(tuple),
    tls_suites=TEXTS,
    dtls_suites=TEXTS,
)
SHAKES = st.builds(
    handshake,
    status=st.sampled_from(("ok", "alert", "refused", "closed", "impossible")),
    version=st.sampled_from(("TLSv1", "TLSv1.2", "")),
    cipher=TEXT,
    detail=TEXT,
)
STATES = st.fixed_dictionaries(
    {},
    optional={
        "ssl": st.builds(
            msgspec.structs.replace,
            st.just(asa().ssl),
            server_version=TEXTS,
            trust_points=st.lists(
                st.builds(SslTrustPoint, trustpoint=TEXT, interface=TEXT, domain=TEXT), max_size=2
            ).map(tuple),
        ),
        "failover": st.builds(Failover, enabled=st.booleans(), this_state=TEXT, mate_state=TEXT),
        "startup_trust_points": st.lists(st.builds(SslTrustPoint, trustpoint=TEXT, interface=TEXT), max_size=2).map(
            tuple
        ),
        "webvpn": st.builds(
            msgspec.structs.replace, st.just(asa().webvpn), enabled_interfaces=TEXTS, port=st.integers(1, 70000)
        ),
    },
)
PHONES = st.builds(
    listed,
    model=TEXT,
    certificate=st.sampled_from(("lsc", "mic", "none", "unknown")),
    lsc_issuer=TEXT,
    common_profile=st.sampled_from(("Remote", "")),
)
