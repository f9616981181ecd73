"""How a module reaches AXL and RisPort70 of a CUCM cluster: HTTPS, a certificate that is verified or pinned."""

from __future__ import annotations


class ModuleDocFragment:
    """Options of every module that names this fragment; their argument spec stands beside the code that reads them."""

    DOCUMENTATION = r"""
options:
  host:
    description: Address of the publisher. From C(ansible_host), else the inventory name.
    type: str
  axl_port:
    description: HTTPS port of AXL and RisPort70. From C(vpnphone_axl_port).
    type: int
    default: 8443
  username:
    description: The AXL application user. From C(ansible_user). docs/cucm-access.md says which roles it needs.
    type: str
  password:
    description: Its password. From C(ansible_password).
    type: str
  ca_file:
    description:
      - File with the CA certificates (PEM) that vouch for the publisher's tomcat certificate, or with that certificate
        itself. From C(vpnphone_cucm_ca_file); the system's CAs by default.
    type: path
  pin:
    description:
      - SHA-256 of the publisher's tomcat certificate (hex, colons allowed). With it exactly that certificate is
        accepted, whatever its name, dates and issuer. From C(vpnphone_cucm_pin).
    type: str
  tls_legacy:
    description: Allow TLS 1.0 and SHA-1 signatures, for old releases. From C(vpnphone_tls_legacy).
    type: bool
    default: false
  connect_timeout:
    description: Seconds to wait for a connection. From C(vpnphone_connect_timeout).
    type: int
    default: 20
  command_timeout:
    description: Seconds without a byte after which an answer is given up. From C(vpnphone_command_timeout).
    type: int
    default: 60
"""
