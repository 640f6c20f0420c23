"""TLS with portals: certificates are checked; old versions and ciphers only with hosts for which they were allowed.

Not all at once: a context that allows everything makes some modern hosts hang, so it is used with a host only after it
failed to shake hands as usual and its registry line says `options = { tls = "legacy" }`.
"""

from __future__ import annotations

from collections.abc import Container
from typing import Any

from twisted.internet.ssl import TLSVersion, optionsForClientTLS
from twisted.web.client import BrowserLikePolicyForHTTPS

OLD_CIPHERS = b"DEFAULT:@SECLEVEL=0"
OP_LEGACY_SERVER_CONNECT = 0x4  # hosts that do not know how to renegotiate safely


class TlsPolicy(BrowserLikePolicyForHTTPS):
    """How to speak TLS with each host; `legacy` holds those with which old versions may be spoken."""

    def __init__(self, legacy: Container[str]) -> None:
        super().__init__()  # type: ignore[no-untyped-call]
        self._legacy = legacy

    def creatorForNetloc(self, hostname: bytes, port: int) -> Any:
        """The connection creator for a host; its certificate is checked in either case."""
        name = hostname.decode("ascii")
        if name not in self._legacy:
            return optionsForClientTLS(hostname=name)
        creator = optionsForClientTLS(
            hostname=name, extraCertificateOptions={"insecurelyLowerMinimumTo": TLSVersion.TLSv1_0}
        )
        # Twisted has no words for these: its list of ciphers loses the security level, without which TLS 1.0 is refused.
        context = creator._createConnection.__self__.getContext()
        context.set_cipher_list(OLD_CIPHERS)
        context.set_options(OP_LEGACY_SERVER_CONNECT)
        return creator
