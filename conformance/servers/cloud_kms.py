"""Cloud KMS on loopback, in the words of Google: routes, requests and answers are those of its package for Python.

What it does is ours; how it is asked and how it answers is not. `google-cloud-kms` is generated from the published
definition of the API: routes are read from its REST transport, every request is parsed by its types, which refuse a
member that the API does not have, and every answer is written by them. It prints its URL, and ends with its standard
input.
"""

import json
import re
import sys
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, urlsplit

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import Prehashed
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from google.cloud.kms_v1 import types
from google.cloud.kms_v1.services.key_management_service.transports.rest_base import (
    _BaseKeyManagementServiceRestTransport as Routes,
)
from google.protobuf.json_format import ParseError

State = types.CryptoKeyVersion.CryptoKeyVersionState
Algorithm = types.CryptoKeyVersion.CryptoKeyVersionAlgorithm
CODES = {"INVALID_ARGUMENT": 400, "FAILED_PRECONDITION": 400, "UNAUTHENTICATED": 401, "NOT_FOUND": 404, "ALREADY_EXISTS": 409}
# Questions that a new version answers with PENDING_GENERATION.
POLLS = 2


class Refused(Exception):
    """An error of the API: the name of its code, and a message."""


def crc32c(data):
    """CRC-32C (RFC 3720, appendix B.4), bit by bit."""
    crc = 0xFFFFFFFF
    for byte in data:
        crc ^= byte
        for _ in range(8):
            crc = crc >> 1 ^ (0x82F63B78 if crc & 1 else 0)
    return crc ^ 0xFFFFFFFF


class Service:
    """Keys, by the resource names of their versions."""

    def __init__(self):
        self.keys, self.versions = {}, {}

    def create_crypto_key(self, request):
        name = f"{request.parent}/cryptoKeys/{request.crypto_key_id}"
        if not re.fullmatch(r"[a-zA-Z0-9_-]{1,63}", request.crypto_key_id):
            raise Refused("INVALID_ARGUMENT", "crypto_key_id")
        if name in self.keys:
            raise Refused("ALREADY_EXISTS", f"CryptoKey {name} already exists.")
        request.crypto_key.name = name
        self.keys[name] = request.crypto_key
        self.new_version(name)
        return request.crypto_key

    def create_crypto_key_version(self, request):
        if request.parent not in self.keys:
            raise Refused("NOT_FOUND", f"CryptoKey {request.parent} not found.")
        return self.new_version(request.parent)

    def new_version(self, key):
        template = self.keys[key].version_template
        number = 1 + sum(name.startswith(f"{key}/") for name in self.versions)
        version = types.CryptoKeyVersion(
            name=f"{key}/cryptoKeyVersions/{number}",
            state=State.PENDING_GENERATION,
            algorithm=template.algorithm,
            protection_level=template.protection_level,
        )
        curve = {Algorithm.EC_SIGN_P256_SHA256: ec.SECP256R1(), Algorithm.EC_SIGN_P384_SHA384: ec.SECP384R1()}
        self.versions[version.name] = [version, ec.generate_private_key(curve[template.algorithm]), POLLS]
        return version

    def find(self, name):
        if name not in self.versions:
            raise Refused("NOT_FOUND", f"CryptoKeyVersion {name} not found.")
        return self.versions[name]

    def find_enabled(self, name):
        version, key, _ = self.find(name)
        if version.state != State.ENABLED:
            raise Refused("FAILED_PRECONDITION", f"{name} is not enabled, current state is: {version.state.name}.")
        return version, key

    def get_crypto_key_version(self, request):
        found = self.find(request.name)
        found[2] -= 1
        if found[2] < 0 and found[0].state == State.PENDING_GENERATION:
            found[0].state = State.ENABLED
        return found[0]

    def update_crypto_key_version(self, request):
        version = self.find(request.crypto_key_version.name)[0]
        version.state = request.crypto_key_version.state
        return version

    def destroy_crypto_key_version(self, request):
        version = self.find(request.name)[0]
        version.state = State.DESTROY_SCHEDULED
        return version

    def get_public_key(self, request):
        version, key = self.find_enabled(request.name)
        pem = key.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
        return types.PublicKey(
            name=version.name, algorithm=version.algorithm, pem=pem.decode(), pem_crc32c=crc32c(pem)
        )

    def asymmetric_sign(self, request):
        version, key = self.find_enabled(request.name)
        digest = request.digest.sha256
        if len(digest) != 32 or request.data:
            raise Refused("INVALID_ARGUMENT", f"len(digest)={len(digest)}, want 32")
        if request.digest_crc32c is not None and request.digest_crc32c != crc32c(digest):
            raise Refused("INVALID_ARGUMENT", "invalid digest checksum")
        signature = key.sign(digest, ec.ECDSA(Prehashed(hashes.SHA256())))
        return types.AsymmetricSignResponse(
            name=version.name,
            signature=signature,
            signature_crc32c=crc32c(signature),
            verified_digest_crc32c=request.digest_crc32c is not None,
        )


METHODS = {
    "CreateCryptoKey": types.CreateCryptoKeyRequest,
    "CreateCryptoKeyVersion": types.CreateCryptoKeyVersionRequest,
    "GetCryptoKeyVersion": types.GetCryptoKeyVersionRequest,
    "UpdateCryptoKeyVersion": types.UpdateCryptoKeyVersionRequest,
    "DestroyCryptoKeyVersion": types.DestroyCryptoKeyVersionRequest,
    "GetPublicKey": types.GetPublicKeyRequest,
    "AsymmetricSign": types.AsymmetricSignRequest,
}


def routes():
    """Of each method: how it is asked, as Google's transport has it."""
    for name, request_type in METHODS.items():
        for option in getattr(Routes, f"_Base{name}")._get_http_options():
            before, field, pattern, after = re.fullmatch(r"(.*)\{([\w.]+)=(.*)\}(.*)", option["uri"]).groups()
            path = re.escape(before) + "(" + pattern.replace("*", "[^/:]+") + ")" + re.escape(after)
            yield option["method"].upper(), re.compile(path), field, option.get("body"), name, request_type


ROUTES = list(routes())


def parse(verb, target, body):
    """The method that is meant, and its request."""
    url = urlsplit(target)
    for method, pattern, field, body_field, name, request_type in ROUTES:
        match = pattern.fullmatch(url.path)
        if method != verb or not match:
            continue
        members = {key: value for key, [value] in parse_qs(url.query, strict_parsing=bool(url.query)).items()}
        if body_field == "*":
            members |= json.loads(body)
        elif body_field:
            camel = re.sub("_(.)", lambda found: found[1].upper(), body_field)
            members[camel] = json.loads(body)
        elif body:
            raise Refused("INVALID_ARGUMENT", f"{name} has no body")
        request = request_type.from_json(json.dumps(members))
        *parents, last = field.split(".")
        holder = request
        for parent in parents:
            holder = getattr(holder, parent)
        setattr(holder, last, match[1])
        return name, request
    raise Refused("NOT_FOUND", f"no such method: {verb} {url.path}")


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    service, lock = Service(), threading.Lock()

    def answer(self):
        body = self.rfile.read(int(self.headers.get("content-length", 0)))
        try:
            if self.headers.get("authorization") != "Bearer access-token":
                raise Refused("UNAUTHENTICATED", "Request had invalid authentication credentials.")
            name, request = parse(self.command, self.path, body)
            with self.lock:
                method = re.sub("(?<!^)([A-Z])", r"_\1", name).lower()
                message = getattr(self.service, method)(request)
                text = type(message).to_json(
                    message, use_integers_for_enums=False, always_print_fields_with_no_presence=False
                )
            status = 200
        except (Refused, ParseError, ValueError) as error:
            code, words = error.args if isinstance(error, Refused) else ("INVALID_ARGUMENT", str(error))
            status = CODES[code]
            text = json.dumps({"error": {"code": status, "message": words, "status": code}})
        self.send_response(status)
        self.send_header("content-type", "application/json; charset=UTF-8")
        self.send_header("content-length", str(len(text.encode())))
        self.end_headers()
        self.wfile.write(text.encode())

    do_GET = do_POST = do_PATCH = answer

    def log_message(self, *_):
        pass


if __name__ == "__main__":
    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    print(f"http://127.0.0.1:{server.server_port}", flush=True)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    sys.stdin.read()
