"""The commands as patterns (see grammar.py), by mode.

A command typed in configuration mode changes the tree; a line that no table knows is refused with the caret, as a
typing error would be. Texts read at start from a scenario may hold any line. Marked [K]: assumed, not confirmed.
"""

from __future__ import annotations

_GROUP_POLICY = """
banner value <...>
banner / none
wins-server / none
wins-server / value <...>
dns-server / none
dns-server / value <...>
dhcp-network-scope / none|<word>
vpn-access-hours / none
vpn-access-hours / value <word>
vpn-simultaneous-logins / <0-2147483647>
vpn-idle-timeout alert-interval / <1-30>
vpn-idle-timeout / none
vpn-idle-timeout / <1-35791394>
vpn-session-timeout alert-interval / <1-30>
vpn-session-timeout / none
vpn-session-timeout / <1-35791394>
vpn-filter / none
vpn-filter / value <word>
ipv6-vpn-filter / none
ipv6-vpn-filter / value <word>
vpn-tunnel-protocol / ikev1|ikev2|l2tp-ipsec|ssl-client|ssl-clientless+ {8.4-}
vpn-tunnel-protocol / IPSec|l2tp-ipsec|svc|webvpn+ {-8.3.9}
password-storage / enable|disable
ip-comp / enable|disable
re-xauth / enable|disable
group-lock / none
group-lock / value <word>
pfs / enable|disable
ipsec-udp / enable|disable
ipsec-udp-port / <4001-49151>
split-tunnel-policy / tunnelall|tunnelspecified|excludespecified
ipv6-split-tunnel-policy / tunnelall|tunnelspecified|excludespecified
split-tunnel-network-list / none
split-tunnel-network-list / value <word>
default-domain / none
default-domain / value <word>
split-dns / none
split-dns / value <...>
split-tunnel-all-dns / enable|disable
intercept-dhcp / <...>
secure-unit-authentication / enable|disable
user-authentication / enable|disable
user-authentication-idle-timeout / none
user-authentication-idle-timeout / <1-35791394>
ip-phone-bypass / enable|disable
client-bypass-protocol / enable|disable
gateway-fqdn / none
gateway-fqdn / value <word>
leap-bypass / enable|disable
nem / enable|disable
backup-servers / <...>
msie-proxy method / <...>
address-pools / none
address-pools / value <...>
ipv6-address-pools / none
ipv6-address-pools / value <...>
vlan / none|<1-4094>
security-group-tag / <...>
periodic-authentication certificate / <...>
client-access-rule / <...>
smartcard-removal-disconnect / enable|disable
webvpn -> @nested@
"""

_POLICY_WEBVPN = """
anyconnect ssl dtls / enable|none
anyconnect ssl compression / <word>
anyconnect ssl keepalive / none|<15-600>
anyconnect ssl rekey time / none|<4-10080>
anyconnect ssl rekey method / none|ssl|new-tunnel
anyconnect ssl df-bit-ignore / enable|disable
anyconnect dtls compression / <word>
anyconnect mtu / <256-1406>
anyconnect keep-installer / none|installed
anyconnect dpd-interval client / none|<30-3600>
anyconnect dpd-interval gateway / none|<30-3600>
anyconnect modules / none
anyconnect modules / value <word>
anyconnect profiles / none
anyconnect profiles value <word> type <word>
anyconnect ask / <...>
anyconnect firewall-rule / <...>
anyconnect-custom <word> / <...>
svc dtls / enable|none {-8.3.9}
svc mtu / <256-1406> {-8.3.9}
svc keep-installer / none|installed {-8.3.9}
svc dpd-interval client / none|<30-3600> {-8.3.9}
svc dpd-interval gateway / none|<30-3600> {-8.3.9}
svc modules / <...> {-8.3.9}
svc profiles / <...> {-8.3.9}
svc ask / <...> {-8.3.9}
url-list / <...>
filter / <...>
homepage / <...>
html-content-filter / <...>
port-forward / <...>
http-proxy / <...>
sso-server / <...>
customization / <...>
hidden-shares / <...>
smart-tunnel / <...>
activex-relay / enable|disable
file-entry / enable|disable
file-browsing / enable|disable
url-entry / enable|disable
deny-message / <...>
always-on-vpn / <...>
"""

TABLES = {
    "config": """
hostname / <word>
domain-name / <word>
enable password / <...>
passwd / <...>
username <word> password / <...>
username <word> nopassword / [ <...> ]
username <word> attributes -> username
banner exec|login|motd|asdm <...>
prompt / hostname|domain|context|priority|state|cluster-unit|management-ip+
pager lines / <0-2147483647>
terminal width / <0-511>
clock timezone / <...>
clock summer-time / <...>
names
name <word> <...>
interface <...> -> interface
ip local pool <word> / <...>
ip address <...>
ip <...>
ipv6 <...>
route <...>
access-list <...>
access-group <...>
time-range <word> -> time-range
object network <word> -> object
object service <word> [ <...> ] -> object
object-group <word> <word> [ <...> ] -> object
nat <...>
dns <...>
mtu <word> / <64-9198>
logging host <...>
logging enable
logging timestamp / [ rfc5424 ]
logging debug-trace / [ persistent ]
logging buffer-size / <4096-52428800>
logging buffered|console|monitor|trap|asdm|history|mail / <...>
logging <...>
ntp server <word> / [ <...> ]
ntp authenticate
ntp source / <word>
ntp trusted-key <word>
ntp authentication-key <word> / <...>
aaa-server <word> protocol / <word> -> aaa-group
aaa-server <word> <word> host <word> -> aaa-host
aaa authentication <...>
aaa authorization <...>
aaa accounting <...>
aaa <...>
http server enable [ <1-65535> ]
http <...>
ssh <...>
telnet <...>
snmp-server <...>
failover
failover <...>
ssl server-version / any|sslv3|sslv3-only|tlsv1|tlsv1-only {-9.3.1}
ssl client-version / any|sslv3|sslv3-only|tlsv1|tlsv1-only {-9.3.1}
ssl encryption / 3des-sha1|aes128-sha1|aes256-sha1|des-sha1|rc4-md5|rc4-sha1|@old@+ {-9.3.1}
ssl server-version / tlsv1|tlsv1.1|tlsv1.2|any|sslv3 {9.3.2-9.9}
ssl server-version / tlsv1|tlsv1.1|tlsv1.2|tlsv1.3 [ dtlsv1|dtlsv1.2 ] {9.10-}
ssl client-version / tlsv1|tlsv1.1|tlsv1.2|tlsv1.3|any|sslv3 {9.3.2-}
ssl cipher default|tlsv1|tlsv1.1|tlsv1.2|dtlsv1 / all|low|medium|fips|high {9.3.2-}
ssl cipher default|tlsv1|tlsv1.1|tlsv1.2|dtlsv1 / custom <word> {9.3.2-}
ssl cipher dtlsv1.2 / all|low|medium|fips|high {9.10-}
ssl cipher dtlsv1.2 / custom <word> {9.10-}
ssl dh-group / group1|group2|group5|group14|group15|group24 {9.3.2-}
ssl ecdh-group / group19|group20|group21 {9.4-}
ssl trust-point / <word> [ *<if> [ *vpnlb-ip ] ]
ssl trust-point / <word> *domain *<word> {9.4-}
ssl certificate-authentication interface / <if> port <1-65535>
ssl certificate-authentication fca-timeout / <1-120>
webvpn -> webvpn
group-policy <word> internal [ from <word> ]
group-policy <word> external server-group <word> password <word>
group-policy <word> attributes -> group-policy
tunnel-group <word> type / <word>
tunnel-group <word> general-attributes -> tunnel-general
tunnel-group <word> webvpn-attributes -> tunnel-webvpn
tunnel-group <word> ipsec-attributes -> tunnel-ipsec
tunnel-group <word> ppp-attributes -> tunnel-ppp
tunnel-group-map <...>
dynamic-access-policy-record <word> -> dap
vpn load-balancing -> load-balancing
vpn-sessiondb max-session-limit / <1-100000>
vpn-sessiondb max-other-vpn-limit / <1-100000>
vpn-sessiondb max-anyconnect-premium-or-essentials-limit / <1-100000>
vpn-addr-assign <...>
event manager applet <word> -> applet {9.2.1-}
crypto ca trustpoint <word> -> ca-trustpoint
crypto ca trustpoint <word> noconfirm
crypto ca certificate map <word> <1-65535> -> ca-map
crypto ikev1 <...>
crypto ikev2 <...>
crypto ipsec <...>
crypto map <...>
crypto isakmp <...>
policy-map <...> -> policy-map
class-map <...> -> policy-map
service-policy <...>
timeout <word> / <...>
threat-detection <...>
same-security-traffic <...>
management-access / <if>
call-home <...>
service <...>
user-identity <...>
""".replace("@old@", "dhe-aes128-sha1|dhe-aes256-sha1|null-sha1"),
    "webvpn": """
enable <if> [ tls-only ]
port / <1-65535>
dtls port / <1-65535>
csd enable {-9.5.1}
csd image / <word> {-9.5.1}
csd hostscan image / <word> {-9.5.1}
hostscan enable {9.5.2-}
hostscan image / <word> {9.5.2-}
anyconnect-essentials
anyconnect enable {8.4-}
anyconnect image <word> / [ <1-65535> ] [ regex <word> ] {8.4-}
anyconnect profiles <word> / <word> {8.4-}
svc enable {-8.3.9}
svc image <word> / [ <1-65535> ] [ regex <word> ] {-8.3.9}
svc profiles <word> / <word> {-8.3.9}
tunnel-group-list enable
tunnel-group-preference group-url
certificate-group-map <word> <1-65535> / <word>
default-idle-timeout / <60-86400>
keepout / <...>
cache -> webvpn-cache
memory-size / <...>
onscreen-keyboard / <...>
internal-password enable
http-headers -> webvpn-cache
error-recovery disable
character-encoding / <word>
""",
    "webvpn-cache": "disable\nmax-object-size / <...>\nx-content-type-options\nx-xss-protection\nhsts-client / <...>",
    "group-policy": _GROUP_POLICY.replace("@nested@", "group-webvpn"),
    "username": _GROUP_POLICY.replace("@nested@", "username-webvpn")
    + "vpn-group-policy / <word>\nservice-type / admin|nas-prompt|remote-access\n"
    "vpn-framed-ip-address / <...>\nssh authentication <...>\nmemberof / <word>",
    "group-webvpn": _POLICY_WEBVPN,
    "username-webvpn": _POLICY_WEBVPN,
    "tunnel-general": """
address-pool / <...>
ipv6-address-pool / <...>
authentication-server-group / <...>
secondary-authentication-server-group / <...>
accounting-server-group / <word>
authorization-server-group / <...>
authorization-required
default-group-policy / <word>
dhcp-server / <...>
username-from-certificate / <...>
secondary-username-from-certificate / <...>
password-management [ <...> ]
strip-group
strip-realm
override-account-disable
nat-assigned-to-public-ip / <word>
scep-enrollment enable
""",
    "tunnel-webvpn": """
authentication / aaa|certificate|saml|multiple-certificate+
authentication-server-group / <...>
customization / <word>
dns-group / <word>
group-alias <word> / [ enable|disable ]
group-url <word> / [ enable|disable ]
hic-fail-group-policy / <word>
nbns-server <...>
override-svc-download / enable|disable
pre-fill-username / <...>
secondary-pre-fill-username / <...>
proxy-auth / <...>
radius-reject-message
saml identity-provider / <word>
without-csd / [ anyconnect ] {8.2-}
""",
    "tunnel-ipsec": """
ikev1 pre-shared-key / <word>
ikev1 trust-point / <word>
ikev1 user-authentication / <...>
ikev2 remote-authentication / <...>
ikev2 local-authentication / <...>
pre-shared-key / <word>
trust-point / <word>
chain
peer-id-validate / <word>
isakmp keepalive / <...>
""",
    "tunnel-ppp": "authentication <word>",
    "dap": """
action / continue|terminate|quarantine
priority / <0-2147483647>
description / <...>
user-message / <...>
network-acl <word>
webvpn -> dap-webvpn
""",
    "dap-webvpn": _POLICY_WEBVPN,
    "load-balancing": """
participate
cluster encryption
cluster ip address / <word>
cluster key / <word>
cluster port / <1-65535>
interface lbprivate|lbpublic / <if>
nat / <word>
priority / <1-10>
redirect-fqdn / enable|disable
mcast-group / <...>
""",
    "ca-trustpoint": """
enrollment / terminal|self
enrollment / url <...>
enrollment / protocol <...>
enrollment retry count / <0-100>
enrollment retry period / <1-60>
enrollment interface / <if>
auto-enroll / [ <1-99> ] [ regenerate ]
fqdn / <word>
subject-name / <...>
serial-number
ip-address / <word>
email / <word>
keypair / <word>
keysize / <...>
password / <word>
crl configure -> ca-crl
crl / required|optional|nocheck
revocation-check / crl|ocsp|none+
id-usage / ssl-ipsec|code-signer
validation-usage / ipsec-client|ssl-client|ssl-server+
validation-policy / <...>
client-types / <...>
ignore-ipsec-keyusage
ignore-ssl-keyusage
id-cert-issuer
accept-subordinates
proxy-ldc-issuer
match certificate <...>
ocsp <...>
""",
    "applet": """
description / <...>
event timer countdown time / <0-604800>
event timer watchdog time / <1-604800>
event none
event syslog id / <...>
event crashinfo
action <0-4294967295> cli command / <...>
output / none|console
output / file new
output / file append <word>
output / file overwrite <word>
output / file rotate <1-100>
""",
    "ca-crl": "policy / <word>\nprotocol <...>\nurl <...>\ncache-time / <...>\nenforcenextupdate",
    "ca-map": "subject-name <...>\nissuer-name <...>\nalt-subject-name <...>\nextended-key-usage <...>",
    "interface": """
nameif / <word>
security-level / <0-100>
ip address / <...>
ipv6 <...>
description / <...>
shutdown
speed / <word>
duplex / <word>
vlan / <...>
management-only
switchport <...>
channel-group / <...>
""",
    "time-range": "absolute <...>\nperiodic <...>",
    "object": "host / <word>\nsubnet / <...>\nrange / <...>\nfqdn / <...>\nnat / <...>\ndescription / <...>\n"
    "network-object <...>\nport-object <...>\ngroup-object <...>\nservice-object <...>\nprotocol-object <...>\n"
    "service / <...>",
    "aaa-group": "max-failed-attempts / <1-5>\nreactivation-mode / <...>\naccounting-mode / <word>\n"
    "interim-accounting-update\ndynamic-authorization\nauthorize-only\nad-agent-mode",
    "aaa-host": "key / <word>\ntimeout / <1-300>\nretry-interval / <...>\nauthentication-port / <1-65535>\n"
    "accounting-port / <1-65535>\nserver-port / <1-65535>\nserver-type / <word>\nldap-base-dn / <...>\n"
    "ldap-scope / <word>\nldap-naming-attribute / <word>\nldap-login-password / <word>\nldap-login-dn / <...>\n"
    "ldap-over-ssl enable\nradius-common-pw / <word>\nldap-attribute-map / <word>\nmschapv2-capable",
    "policy-map": "class <word>\nparameters\nmatch <...>\ninspect <...>\nmessage-length <...>\ndescription / <...>",
}

# What the shell itself answers: pattern, handler. The shows come from lab.shows and are added there.
EXEC_TABLE = """
enable [ <0-15> ]
disable
login
exit
quit
logout
end
configure terminal
terminal pager [ lines ] <0-2147483647>
terminal monitor
terminal no monitor
write memory [ all ] [ /noconfirm ]
write standby
write terminal
copy running-config startup-config
copy /noconfirm running-config startup-config
copy [ /noconfirm ] running-config|startup-config <word>
copy [ /noconfirm ] <word> <word>
delete [ /noconfirm ] <word>
changeto context <word>
changeto system
failover exec mate|active|standby <...>
failover active
no failover active
clear configure <...>
crypto key generate rsa [ label <word> ] [ modulus <512-4096> ] [ noconfirm ]
crypto key generate ecdsa [ label <word> ] [ elliptic-curve <256-521> ] [ noconfirm ]
crypto key zeroize rsa|ecdsa [ label <word> ] [ noconfirm ]
crypto ca authenticate <word> [ fingerprint <word> ] [ nointeractive ]
crypto ca enroll <word> [ noconfirm ]
crypto ca import <word> certificate [ nointeractive ]
crypto ca import <word> pkcs12 <word> [ nointeractive ]
crypto ca export <word> identity-certificate
crypto ca export <word> pkcs12 <word>
dynamic-access-policy-config activate
event manager run <word> {9.2.1-}
vpn-sessiondb logoff name|tunnel-group|index <word> [ noconfirm ]
vpn-sessiondb logoff all|anyconnect|svc [ noconfirm ]
"""
