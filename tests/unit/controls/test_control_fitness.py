"""VPNP-117: key and signature of the certificate against the phone table."""

from __future__ import annotations

from typing import Any

from ansible.module_utils.vpnphone.controls.site import Site
from ansible.module_utils.vpnphone.model import AsaState, SslTrustPoint

from tests.unit.controls.builders import certificate, change, edit, healthy, phone_model, site, without
from tests.unit.controls.table import Case, check, table

SUBJECT = "outside: VPN: 7962G"
RENEW = ("PERSON: renew with a key and a hash that 7962G supports.",)
FILL = ("PERSON: fill the row of 7962G in phone_models, or name the models you have in models_in_use.",)


def shown(**fields: Any) -> AsaState:
    return change(healthy(), certificates=(certificate(**fields),))


def table_of(**fields: Any) -> Site:
    return site(phone_models=(phone_model(**fields),))


def one(status: str, message: str, subject: str = SUBJECT) -> tuple[tuple[str, str, str], ...]:
    return ((status, subject, message),)


def can(what: str) -> str:
    return f"7962G can use {what}, by the phone table"


def cannot(why: str) -> str:
    return f"7962G cannot use this certificate: {why}"


SHA256 = "SHA256 with RSA Encryption"
EC = certificate(key_type="EC", key_bits=256, serial="0e", trustpoints=("VPN-EC",), signature_algorithm=SHA256)
EC_ALONE = edit(
    change(healthy(), certificates=(EC,)),
    "ssl",
    trust_points=(SslTrustPoint(trustpoint="VPN-EC", interface="outside"),),
)
PAIR = edit(
    change(healthy(), certificates=(certificate(), EC)),
    "ssl",
    trust_points=(
        SslTrustPoint(trustpoint="VPN", interface="outside"),
        SslTrustPoint(trustpoint="VPN-EC", interface="outside"),
    ),
)
EC_SUBJECT = "outside: VPN-EC: 7962G"


@table(
    Case("fits", healthy(), "pass", one("pass", can(f"RSA 2048 bits, {SHA256}"))),
    Case(
        "one bit too many",
        shown(key_bits=2049),
        "fail",
        one("fail", cannot("2049 bits are more than its 2048")),
        fix=RENEW,
    ),
    Case(
        "4096 on a model with 4096",
        shown(key_bits=4096),
        "pass",
        one("pass", can(f"RSA 4096 bits, {SHA256}")),
        site=table_of(max_rsa_bits=4096),
    ),
    Case(
        "SHA1",
        shown(signature_algorithm="SHA1 with RSA Encryption"),
        "pass",
        one("pass", can("RSA 2048 bits, SHA1 with RSA Encryption")),
    ),
    Case(
        "hyphenated",
        shown(signature_algorithm="sha-256WithRSAEncryption"),
        "pass",
        one("pass", can("RSA 2048 bits, sha-256WithRSAEncryption")),
    ),
    Case(
        "SHA384",
        shown(signature_algorithm="SHA384 with RSA Encryption"),
        "fail",
        one("fail", cannot("it does not know SHA384")),
    ),
    Case(
        "MD5", shown(signature_algorithm="MD5 with RSA Encryption"), "fail", one("fail", cannot("it does not know MD5"))
    ),
    Case(
        "both wrong",
        shown(key_bits=4096, signature_algorithm="SHA512 with RSA Encryption"),
        "fail",
        one("fail", cannot("4096 bits are more than its 2048, it does not know SHA512")),
    ),
    Case("EC alone", EC_ALONE, "fail", one("fail", cannot("it cannot use an EC key"), EC_SUBJECT)),
    Case(
        "EC on a model with EC",
        EC_ALONE,
        "pass",
        one("pass", can(f"EC 256 bits, {SHA256}"), EC_SUBJECT),
        site=table_of(ecdsa=True),
    ),
    Case(
        "EC on a model that is not known",
        EC_ALONE,
        "error",
        one("error", "UNKNOWN: phone_models does not tell whether EC keys work for model 7962G", EC_SUBJECT),
        site=table_of(ecdsa=None),
    ),
    Case(
        "EC beside RSA",
        PAIR,
        "pass",
        (
            *one("pass", can(f"RSA 2048 bits, {SHA256}")),
            *one("skipped", "7962G cannot use EC and is shown the RSA certificate of outside", EC_SUBJECT),
        ),
    ),
    Case("key not printed", shown(key_bits=None), "error", one("error", "UNKNOWN: the key of VPN is not printed")),
    Case(
        "neither printed",
        shown(key_type="", signature_algorithm=""),
        "error",
        one("error", "UNKNOWN: the key and the signature's hash of VPN is not printed"),
        fix=("PERSON: read `show crypto ca certificates VPN`.",),
    ),
    Case(
        "what is wrong outweighs what is not printed",
        shown(key_bits=4096, signature_algorithm=""),
        "fail",
        one("fail", cannot("4096 bits are more than its 2048")),
    ),
    Case(
        "size not in the table",
        healthy(),
        "error",
        one("error", "UNKNOWN: phone_models does not tell the largest RSA key for model 7962G"),
        site=table_of(max_rsa_bits=0),
        fix=FILL,
    ),
    Case(
        "hashes not in the table",
        healthy(),
        "error",
        one("error", "UNKNOWN: phone_models does not tell the signature hashes for model 7962G"),
        site=table_of(signature_hashes=()),
    ),
    Case(
        "not in the table, and no model named",
        healthy(),
        "skipped",
        one("skipped", "phone_models does not tell the largest RSA key, and models_in_use names no such phone"),
        site=Site(phone_models=(phone_model(max_rsa_bits=0),)),
    ),
    Case(
        "a model without a row",
        healthy(),
        "error",
        one("error", "UNKNOWN: phone_models does not tell anything for model 9999", "outside: VPN: 9999"),
        site=site(models_in_use=("9999",)),
    ),
    Case(
        "an empty table",
        healthy(),
        "error",
        one("error", "UNKNOWN: phone_models is empty, so what phones offer is not known", ""),
        site=Site(),
    ),
    Case(
        "nothing bound",
        edit(healthy(), "ssl", trust_points=()),
        "skipped",
        one("skipped", "No identity certificate is bound where phones arrive: see VPNP-112", ""),
    ),
    Case(
        "not read",
        without(healthy(), "ssl"),
        "error",
        one("error", "UNKNOWN: `show running-config all ssl` is missing", ""),
    ),
)
def test_fitness(case: Case) -> None:
    check("VPNP-117", case)
