"""What a typed program looks like: `mypy --strict` must agree with every line, and refuse those that say so."""

from splitsign import Code, PublicKey, SplitsignError, cose, dsse, jws, sha256, signature_from_der, verify_digest


def sign_and_verify(payload: bytes, key: PublicKey, der: bytes) -> bytes:
    draft = cose.prepare(payload, detached=True, kid="acme/1", content_type="image/jpeg", x5chain=[b""], low_s="require")
    digest: bytes = draft.digest
    verify_digest(digest, signature_from_der(der), key=key)
    written: bytes = draft.attach(signature_from_der(der), key)
    verified: cose.Verified = cose.verify(written, key=key, payload=payload)
    kind: str | int | None = verified.content_type
    stream: cose.PrepareStream = cose.prepare_stream(len(payload)).update(memoryview(payload))
    print(kind, stream.finish().digest, sha256("text"))
    return verified.payload


def token(key: PublicKey, raw: bytearray) -> str:
    text: str = jws.prepare("{}", typ="JWT", serialization="flattened").attach(raw, key)
    envelope: str = dsse.prepare("a/b", b"").attach(raw, key)
    keyids: list[str | None] = dsse.inspect(envelope).keyids
    try:
        jws.verify(text, key=key)
    except SplitsignError as error:
        code: Code = error.code
        if code == "bad_signature":
            return f"{code} {error.number} {error.at} {keyids}"
    return text


def refused_by_mypy(key: PublicKey) -> None:
    cose.prepare("text")  # type: ignore[arg-type]
    cose.prepare(b"", low_s="high")  # type: ignore[arg-type]
    cose.verify(b"", key=b"")  # type: ignore[arg-type]
    jws.verify("")  # type: ignore[call-arg]
    kid: str = cose.inspect(b"").kid  # type: ignore[assignment]
    print(kid)
