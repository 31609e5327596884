"""Each format: what is prepared, signed elsewhere and attached is verified, here and by another library."""

from __future__ import annotations

import base64
import hashlib
import json
from collections.abc import Iterator
from typing import Any

import pytest
from conftest import Signer

from splitsign import PublicKey, Sha256, SplitsignError, cose, dsse, jws, sha256, signature_to_der, verify_digest

# Not certificates, but one DER SEQUENCE each, which is all that a header asks for.
LEAF = bytes.fromhex("3003020101")
ROOT = bytes.fromhex("30820100") + bytes([7]) * 256
N = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551


def high(raw: bytes) -> bytes:
    """The same signature with the other s, if s is low."""
    s = int.from_bytes(raw[32:], "big")
    return raw[:32] + max(s, N - s).to_bytes(32, "big")


def low(raw: bytes) -> bytes:
    s = int.from_bytes(raw[32:], "big")
    return raw[:32] + min(s, N - s).to_bytes(32, "big")


def in_pieces(payload: bytes, step: int) -> Iterator[bytes]:
    return (payload[at : at + step] for at in range(0, len(payload), step))


def refused(code: str) -> Any:
    return pytest.raises(SplitsignError, match=f"^{code} ")


def head(major: int, value: int) -> bytes:
    """The head of a CBOR item."""
    if value < 24:
        return bytes([major << 5 | value])
    size = 1 if value < 0x100 else 2 if value < 0x10000 else 4
    return bytes([major << 5 | {1: 24, 2: 25, 4: 26}[size]]) + value.to_bytes(size, "big")


def bstr(value: bytes) -> bytes:
    return head(2, len(value)) + value


def sig_structure(protected: bytes, aad: bytes, payload: bytes) -> bytes:
    return b"\x84\x6aSignature1" + bstr(protected) + bstr(aad) + bstr(payload)


def unpadded(data: bytes) -> bytes:
    return base64.urlsafe_b64encode(data).rstrip(b"=")


@pytest.mark.parametrize("detached", [False, True])
@pytest.mark.parametrize("length", [0, 5, 70_000])
def test_cose_signs_the_sig_structure_of_rfc_9052(remote: Signer, detached: bool, length: int) -> None:
    payload = bytes(range(256)) * (length // 256) + bytes(length % 256)
    draft = cose.prepare(payload, detached=detached, kid=b"acme/1", content_type="text/plain", external_aad=b"aad")
    protected = b"\xa3\x01\x26\x03\x6atext/plain\x04\x46acme/1"
    assert draft.digest == hashlib.sha256(sig_structure(protected, b"aad", payload)).digest()
    raw = remote.sign(draft.digest)
    remote.verify(sig_structure(protected, b"aad", payload), raw)
    carried = b"\xf6" if detached else bstr(payload)
    written = draft.attach(raw, remote.key)
    assert written == b"\xd2\x84" + bstr(protected) + b"\xa0" + carried + bstr(raw)
    given = payload if detached else None
    verified = cose.verify(written, key=remote.key, payload=given, external_aad=b"aad")
    assert verified == cose.Verified(b"acme/1", "text/plain", [], payload)
    assert cose.inspect(written) == cose.Claims(detached, b"acme/1", [])


def test_cose_parameters(remote: Signer) -> None:
    draft = cose.prepare(b"x", kid="ü", content_type=60, x5chain=[LEAF, ROOT], tagged=False)
    written = draft.attach(remote.sign(draft.digest), remote.key)
    assert written[0] == 0x84
    verified = cose.verify(written, key=remote.key)
    assert verified == cose.Verified("ü".encode(), 60, [LEAF, ROOT], b"x")
    assert cose.inspect(written).x5chain == [LEAF, ROOT]


@pytest.mark.parametrize("step", [1, 1000, 10_000_000])
def test_cose_in_pieces_is_the_same(remote: Signer, step: int) -> None:
    payload = bytes(5_000)
    whole = cose.prepare(payload, detached=True, kid=b"k", x5chain=[LEAF])
    stream = cose.prepare_stream(len(payload), kid=b"k", x5chain=[LEAF])
    for piece in in_pieces(payload, step):
        stream.update(piece)
    draft = stream.finish()
    assert draft.digest == whole.digest
    written = draft.attach(remote.sign(draft.digest), remote.key)
    check = cose.verify_stream(written, key=remote.key, length=len(payload))
    for piece in in_pieces(payload, step):
        check.update(piece)
    assert check.finish() == cose.Protected(b"k", None, [LEAF])


def test_long_detached_payloads_are_streamed_and_the_same(remote: Signer) -> None:
    payload = memoryview(bytearray(b"0123456789abcdef" * 320_000))
    draft = cose.prepare(payload, detached=True)
    tbs = sig_structure(b"\xa1\x01\x26", b"", bytes(payload))
    assert draft.digest == hashlib.sha256(tbs).digest()
    written = draft.attach(remote.sign(draft.digest), remote.key)
    assert cose.verify(written, key=remote.key, payload=payload).payload == payload
    payload[4_000_000] ^= 1
    with refused("bad_signature"):
        cose.verify(written, key=remote.key, payload=payload)
    token = jws.prepare(payload, detached=True, unencoded=True)
    text = token.attach(remote.sign(token.digest), remote.key)
    assert jws.verify(text, key=remote.key, payload=payload).payload == payload
    assert sha256(payload) == hashlib.sha256(payload).digest()


def test_jws_signs_the_signing_input_of_rfc_7515(remote: Signer) -> None:
    draft = jws.prepare('{"sub":"alice"}', kid="acme/1", typ="JWT", cty="x/y", x5c=[LEAF])
    token = draft.attach(remote.sign(draft.digest), remote.key)
    protected, payload, signature = token.split(".")
    head = json.loads(base64.urlsafe_b64decode(protected + "=" * (-len(protected) % 4)))
    expected = {"alg": "ES256", "kid": "acme/1", "typ": "JWT", "cty": "x/y", "x5c": [base64.b64encode(LEAF).decode()]}
    assert head == expected
    assert draft.digest == hashlib.sha256(f"{protected}.{payload}".encode()).digest()
    assert jws.verify(token, key=remote.key) == jws.Verified("acme/1", "JWT", "x/y", [LEAF], b'{"sub":"alice"}')
    assert jws.inspect(token.encode()) == jws.Claims(False, "acme/1", [LEAF])


@pytest.mark.parametrize("unencoded", [False, True])
@pytest.mark.parametrize("serialization", ["compact", "flattened"])
@pytest.mark.parametrize("detached", [False, True])
def test_jws_forms(remote: Signer, unencoded: bool, serialization: Any, detached: bool) -> None:
    draft = jws.prepare("hällo" if serialization == "flattened" else "hello", detached=detached,
                        unencoded=unencoded, serialization=serialization)  # fmt: skip
    payload = ("hällo" if serialization == "flattened" else "hello").encode()
    token = draft.attach(remote.sign(draft.digest), remote.key)
    assert token.startswith("{") == (serialization == "flattened")
    assert jws.verify(token, key=remote.key, payload=payload if detached else None).payload == payload
    assert jws.inspect(token).detached == detached
    if detached:
        stream = jws.prepare_stream(unencoded=unencoded, serialization=serialization)
        assert stream.update(payload[:2]).update(payload[2:]).finish().digest == draft.digest
        check = jws.verify_stream(token, key=remote.key)
        assert check.update(payload[:3]).update(payload[3:]).finish() == jws.Protected(None, None, None, [])


def test_dsse_signs_the_pae(remote: Signer, other: Signer) -> None:
    draft = dsse.prepare("application/vnd.in-toto+json", "{}", keyid="acme/1")
    pae = b"DSSEv1 28 application/vnd.in-toto+json 2 {}"
    assert draft.digest == hashlib.sha256(pae).digest()
    raw = remote.sign(draft.digest)
    remote.verify(pae, raw)
    envelope = draft.attach(raw, remote.key)
    entry = json.loads(envelope)["signatures"][0]
    assert base64.b64decode(entry["sig"]) == signature_to_der(raw)
    assert dsse.verify(envelope, key=remote.key) == dsse.Verified("application/vnd.in-toto+json", b"{}", "acme/1")
    assert dsse.inspect(envelope) == dsse.Claims(["acme/1"])
    with refused("bad_signature"):
        dsse.verify(envelope, key=other.key)
    raw_draft = dsse.prepare("a/b", b"", signature_encoding="raw")
    raw = remote.sign(raw_draft.digest)
    assert base64.b64decode(json.loads(raw_draft.attach(raw, remote.key))["signatures"][0]["sig"]) == raw


def test_attach_refuses_what_is_not_the_keys_signature(remote: Signer, other: Signer) -> None:
    for draft in (cose.prepare(b"x"), jws.prepare(b"x"), dsse.prepare("a/b", b"x")):
        raw = remote.sign(draft.digest)
        with refused("bad_signature"):
            draft.attach(raw, other.key)
        with refused("signature_wrong_length"):
            draft.attach(raw[:-1], remote.key)
        assert draft.attach(raw, remote.key)


def test_low_s_policies(remote: Signer) -> None:
    draft = cose.prepare(b"x", low_s="normalise")
    raw = remote.sign(draft.digest)
    assert draft.attach(high(raw), remote.key).endswith(low(raw))
    written = cose.prepare(b"x").attach(high(raw), remote.key)
    assert cose.verify(written, key=remote.key).payload == b"x"
    with pytest.raises(SplitsignError) as error:
        cose.verify(written, key=remote.key, low_s="require")
    assert (error.value.code, error.value.number, error.value.at) == ("signature_high_s", 203, 32)
    with refused("signature_high_s"):
        verify_digest(draft.digest, high(raw), key=remote.key, low_s="require")


def test_a_changed_bit_is_refused(remote: Signer) -> None:
    draft = cose.prepare(b"hello", detached=True)
    written = draft.attach(remote.sign(draft.digest), remote.key)
    for at in range(len(written)):
        changed = bytearray(written)
        changed[at] ^= 1
        with pytest.raises(SplitsignError):
            cose.verify(changed, key=remote.key, payload=b"hello")
    with refused("cose_payload_missing"):
        cose.verify(written, key=remote.key)
    with refused("bad_signature"):
        cose.verify(written, key=remote.key, payload=b"hallo")


def test_keys_in_every_form(remote: Signer, other: Signer) -> None:
    key = remote.key
    assert key.to_spki() == remote.spki
    assert len(key.to_sec1()) == 65
    same = [
        PublicKey.from_sec1(key.to_sec1()),
        PublicKey.from_jwk(key.to_jwk()),
        PublicKey.from_jwk(json.dumps(key.to_jwk())),
        PublicKey.from_jwk(key.to_jwk_text().encode()),
        PublicKey.from_cose_key(key.to_cose_key()),
        key.prepared(),
    ]
    for form in same:
        assert form == key and hash(form) == hash(key) and form.to_spki() == remote.spki
    assert key != other.key and key != 5
    thumbprint = hashlib.sha256(key.to_jwk_text().encode()).digest()
    assert key.thumbprint().encode() == unpadded(thumbprint)
    assert repr(key) == f"<PublicKey {key.thumbprint()}>"


def test_a_prepared_key_gives_the_same_verdicts(remote: Signer, other: Signer) -> None:
    prepared = remote.key.prepared()
    assert prepared.is_prepared and not remote.key.is_prepared
    for at in range(20):
        digest = sha256(bytes([at]))
        raw = remote.sign(digest)
        verify_digest(digest, raw, key=prepared)
        with refused("bad_signature"):
            verify_digest(digest, raw, key=other.key.prepared())
        with refused("bad_signature"):
            verify_digest(sha256(raw), raw, key=prepared)


@pytest.mark.parametrize("length", [0, 1, 63, 64, 65, 200_001])
def test_sha256_at_once_and_in_pieces(length: int) -> None:
    data = bytes(at % 251 for at in range(length))
    stream = Sha256()
    for piece in in_pieces(data, 997):
        stream.update(piece)
    assert sha256(data) == stream.finish() == hashlib.sha256(data).digest()
