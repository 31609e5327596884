"""Microsoft's own client makes a key and signs with it, at the server that stands for Key Vault in the tests.

It shows that the server speaks as Key Vault does: the client finds its way by the challenge, reads what it is answered,
and asks as our provider asks. It prints the identifier of the key and the signature.
"""

import sys
import time

from azure.core.credentials import AccessToken
from azure.keyvault.keys import KeyClient, KeyCurveName
from azure.keyvault.keys._shared import challenge_auth_policy
from azure.keyvault.keys.crypto import CryptographyClient, SignatureAlgorithm


class Static:
    """A credential that always has the same token."""

    def get_token(self, *_scopes, **_options):
        return AccessToken("access-token", int(time.time()) + 3600)


# The server is on loopback, without TLS: the client would refuse to send it a token.
challenge_auth_policy._enforce_tls = lambda _request: None
vault_url, name, digest = sys.argv[1:]
options = {"verify_challenge_resource": False, "api_version": "7.4"}
client = KeyClient(vault_url, Static(), **options)
key = client.create_ec_key(name, curve=KeyCurveName.p_256, key_operations=["sign", "verify"], enabled=True)
again = client.get_key(name, key.properties.version)
assert again.id == key.id and again.key.crv == "P-256" and again.properties.enabled, again
signer = CryptographyClient(key.id.replace("https://", vault_url.split("//")[0] + "//"), Static(), **options)
result = signer.sign(SignatureAlgorithm.es256, bytes.fromhex(digest))
print(key.id)
print(result.signature.hex())
