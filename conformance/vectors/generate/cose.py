"""Vectors of `cose_sign1_prepare`, `…_attach`, `…_verify` and `…_inspect`."""

import hashlib

import cose_faults
import der
from cbor import array, byte_string, integer, mapping, nested, text_string
from cose_object import AAD, ALG, CHAIN, KID, PAYLOAD, entry, header, sig_structure, sign1
from key import OFF_CURVE, ON_CURVE, cose_key_of, jwk_of
from limits import CBOR_DEPTH, CHAIN_CERTIFICATES, CONTENT_TYPE_BYTES, COSE_LABELS, CRITICAL_NAMES, KEY_ID_BYTES
from marked import AT, plain
from p256 import ALICE, BOB, N, be32, compressed, raw
from vector import Operation

SIGNING, STRUCTURE, COMMON = "RFC 9052, 4.4", "RFC 9052, 4.2", "RFC 9052, 3.1"
X509, POLICY, ORDER = "RFC 9360, 2", "splitsign conformance protocol, low_s", "splitsign conformance protocol, Order"
PIECES, DETERMINISTIC = "splitsign conformance protocol, Pieces", "RFC 8949, 4.2.1"
BAD_KEY = b"\x04" + AT + be32(OFF_CURVE[0]) + be32(OFF_CURVE[1])


def media_type(length):
    """A media type of so many bytes."""
    return "application/" + "x" * (length - len("application/"))


class Draft:
    """What goes into a COSE_Sign1, as the protocol names it, and what must come of it."""

    def __init__(self, payload=PAYLOAD, **arguments):
        self.payload, self.arguments = payload, arguments

    def protected(self):
        given = self.arguments
        entries = [ALG]
        if "content_type" in given:
            entries.append(entry(3, text_string(given["content_type"])))
        if "coap_format" in given:
            entries.append(entry(3, integer(given["coap_format"])))
        if "kid" in given:
            entries.append(entry(4, byte_string(given["kid"])))
        if "x5chain" in given:
            chain = [byte_string(certificate) for certificate in given["x5chain"]]
            entries.append(entry(33, chain[0] if len(chain) == 1 else array(*chain)))
        return plain(mapping(*entries))

    def to_be_signed(self):
        return sig_structure(self.protected(), self.payload, self.arguments.get("external_aad", b""))

    def digest(self):
        return hashlib.sha256(self.to_be_signed()).digest()

    def object(self, signature):
        detached = self.arguments.get("detached") or "piece_bytes" in self.arguments
        return sign1(self.protected(), payload=self.payload, embedded=not detached, signature=signature,
                     tag=b"" if self.arguments.get("untagged") else b"\xd2")

    def everything(self):
        return {"payload": self.payload} | self.arguments


def drafts():
    """(name, why, spec, draft): what can be prepared and attached."""
    yield "embedded", "The payload is in the object.", SIGNING, Draft()
    yield "detached", "The payload is signed and not in the object.", STRUCTURE, Draft(detached=1)
    yield "detached-zero-is-embedded", "0 is the same as absent.", STRUCTURE, Draft(detached=0)
    yield "payload-empty", "A payload of no bytes is a payload.", SIGNING, Draft(b"")
    yield "payload-empty-detached", "A payload of no bytes may be detached; nil is not the empty string.", STRUCTURE, Draft(b"", detached=1)
    yield "kid", "kid is protected.", COMMON, Draft(kid=KID)
    yield "kid-empty", "An empty kid is there; it is not an absent one.", COMMON, Draft(kid=b"")
    yield "kid-not-text", "kid is bytes of any kind.", COMMON, Draft(kid=bytes(range(248, 256)) + b"\x00")
    yield "kid-at-the-limit", "kid may have 1024 bytes.", "splitsign limits, KEY_ID_BYTES", Draft(kid=b"k" * KEY_ID_BYTES)
    yield "content-type", "The content type is a media type.", COMMON, Draft(content_type="application/json")
    yield "content-type-with-parameter", "A parameter follows the media type.", COMMON, Draft(content_type="text/plain; charset=utf-8")
    yield "content-type-with-slash-in-parameter", "Slashes behind the semicolon are not counted.", COMMON, Draft(content_type='multipart/related; type="a/b"')
    yield "content-type-not-ascii", "Text is UTF-8, and its length is in bytes.", "RFC 8949, 3.1", Draft(content_type="text/plain; title=Größe")
    yield "content-type-at-the-limit", "A content type may have 1024 bytes.", "splitsign limits, CONTENT_TYPE_BYTES", Draft(content_type=media_type(CONTENT_TYPE_BYTES))
    yield "coap-format-zero", "0 is a format, text/plain, and not an absent one.", COMMON, Draft(coap_format=0)
    yield "coap-format-50", "The content type is a number of CoAP, here that of JSON.", COMMON, Draft(coap_format=50)
    yield "coap-format-largest", "CoAP has formats up to 65535.", "RFC 7252, 12.3", Draft(coap_format=65535)
    yield "chain-of-one", "One certificate is a byte string, not an array.", X509, Draft(x5chain=CHAIN[:1])
    yield "chain-of-two", "Two certificates are an array, the leaf first.", X509, Draft(x5chain=CHAIN)
    certificates = [der.certificate(f"certificate {n}") for n in range(CHAIN_CERTIFICATES)]
    yield "chain-at-the-limit", "A chain may have ten certificates.", "splitsign limits, CHAIN_CERTIFICATES", Draft(x5chain=certificates)
    lengths = [der.value(der.SEQUENCE, bytes(length)).data for length in (0, 127, 128, 255, 256)]
    yield "certificates-of-each-length", "A certificate's length has one octet, or two, or three.", "X.690, 10.1", Draft(x5chain=lengths)
    yield "external-aad", "The external data is signed and not in the object.", "RFC 9052, 4.3", Draft(external_aad=AAD)
    yield "external-aad-empty", "Empty external data is the same as none.", "RFC 9052, 4.3", Draft(external_aad=b"")
    yield "untagged", "The tag is not signed.", STRUCTURE, Draft(untagged=1)
    yield "everything", "Labels are in ascending order, all in the protected header.", DETERMINISTIC, Draft(
        detached=1, kid=KID, content_type="image/jpeg", x5chain=CHAIN, external_aad=AAD, untagged=1)
    yield "certificate-of-65536-bytes", "A certificate's length has four octets.", "X.690, 10.1", Draft(x5chain=[der.value(der.SEQUENCE, bytes(65536)).data])
    for length in (23, 24, 255, 256, 65535, 65536):
        yield f"payload-of-{length}-bytes", "The length of the payload is in its shortest form.", DETERMINISTIC, Draft(b"p" * length, detached=1)
    for piece in (1, 7, 64, 1000):
        yield f"pieces-of-{piece}", "The digest is that of the whole payload.", PIECES, Draft(b"0123456789" * 13, piece_bytes=piece)
    yield "no-pieces-of-an-empty-payload", "An empty payload has no piece.", PIECES, Draft(b"", piece_bytes=16)
    yield "pieces-with-kid-and-chain", "The header is hashed before the first piece.", PIECES, Draft(piece_bytes=5, kid=KID, x5chain=CHAIN, external_aad=AAD)


def draft_faults():
    """(name, why, spec, code, at, arguments): what cannot be prepared."""
    yield "kid-beyond-the-limit", "kid has 1025 bytes.", "splitsign limits, KEY_ID_BYTES", "limit_exceeded", None, {"kid": b"k" * KEY_ID_BYTES + AT + b"k"}
    yield ("content-type-beyond-the-limit", "The content type has 1025 bytes.", "splitsign limits, CONTENT_TYPE_BYTES", "limit_exceeded", None,
           {"content_type": media_type(CONTENT_TYPE_BYTES).encode() + AT + b"x"})
    for name, why, content_type in [
        ("content-type-empty", "A media type has a type and a subtype.", ""),
        ("content-type-without-slash", "A media type has a type and a subtype.", "json"),
        ("content-type-with-two-slashes", "A media type has one slash.", "application/json/text"),
        ("content-type-with-slash-only-in-parameter", "The slash stands behind the semicolon.", "text; type=a/b"),
        ("content-type-begins-with-space", "White space may not lead.", " text/plain"),
        ("content-type-ends-with-space", "White space may not trail.", "text/plain "),
        ("content-type-ends-with-line-feed", "White space may not trail.", "text/plain\n"),
    ]:
        yield name, why, COMMON, "cose_invalid_header", None, {"content_type": AT + content_type.encode()}
    yield from chain_faults("x5chain", X509)


def chain_faults(argument, spec):
    """Offsets are the index of the certificate: the chain comes as a list."""
    good = list(CHAIN)
    ten = [der.certificate(f"certificate {n}") for n in range(CHAIN_CERTIFICATES)]
    not_der = "chain_invalid_certificate"
    yield "chain-empty", "A chain has at least one certificate.", spec, "chain_empty", 0, {argument: []}
    yield "chain-beyond-the-limit", "The chain has eleven certificates; the offset is the index of the first that is too many.", "splitsign limits, CHAIN_CERTIFICATES", "chain_too_long", CHAIN_CERTIFICATES, {argument: ten + good[:1]}
    yield "certificate-empty", "A certificate is a SEQUENCE.", spec, not_der, 0, {argument: [b""]}
    yield "certificate-in-pem", "A certificate is DER, not text.", spec, not_der, 0, {argument: [b"-----BEGIN CERTIFICATE-----\n"]}
    yield "certificate-a-set", "A certificate is a SEQUENCE.", spec, not_der, 0, {argument: [b"\x31" + good[0][1:], good[1]]}
    yield "certificate-truncated", "The last byte of the first certificate is missing.", spec, not_der, 0, {argument: [good[0][:-1]]}
    for length, octets in [(127, "817f"), (255, "8200ff"), (300, "8300012c")]:
        why = f"The length {length} has an octet more than it needs."
        yield f"certificate-length-{length}-not-minimal", why, "X.690, 10.1", not_der, 0, {argument: [b"\x30" + bytes.fromhex(octets) + bytes(length)]}
    yield "second-certificate-with-a-byte-behind", "The offset is the index of the certificate that is at fault.", spec, not_der, 1, {argument: [good[0], good[1] + b"\x00"]}


def prepare():
    op = Operation("cose_sign1_prepare")
    for name, why, spec, draft in drafts():
        op.bytes(name, why, spec, draft.digest(), **draft.everything())
    for name, why, spec, code, at, arguments in draft_faults():
        op.refuse(name, why, spec, code, at, payload=PAYLOAD, **arguments)
        if name in ("kid-beyond-the-limit", "chain-empty", "content-type-without-slash"):
            op.refuse(f"{name}-in-pieces", why, spec, code, at, payload=PAYLOAD, **arguments, piece_bytes=4)
    return op


def attach():
    op = Operation("cose_sign1_attach")
    key = {"key": ALICE.sec1}
    for name, why, spec, draft in drafts():
        # The long ones are long enough once.
        if "-of-65" in name:
            continue
        signature = ALICE.sign_raw(draft.to_be_signed())
        op.bytes(name, why, spec, draft.object(signature), **draft.everything(), **key, signature=signature)
    draft = Draft(kid=KID)
    r, s = ALICE.sign(draft.to_be_signed())
    low, high = raw(r, s), raw(r, N - s)

    def case(name, why, spec, given, written, low_s=None, **key):
        op.bytes(name, why, spec, draft.object(written), **draft.everything(), **(key or {"key": ALICE.sec1}), signature=given, low_s=low_s)

    case("high-s", "A high s is written as it is.", POLICY, high, high)
    case("high-s-accepted-by-name", "low_s 0 is the default.", POLICY, high, high, 0)
    case("low-s-required-and-given", "The policy asks for what is there.", POLICY, low, low, 1)
    case("high-s-normalised", "What is written has the low s.", POLICY, high, low, 2)
    case("low-s-normalised", "A low s is written as it is.", POLICY, low, low, 2)
    case("key-compressed", "The form of the key makes no difference.", "SEC 1 version 2.0, 2.3.4", low, low, key=compressed(ALICE.point))
    case("key-spki", "The form of the key makes no difference.", "RFC 5480, 2", low, low, key_spki=der.spki(ALICE.sec1))
    case("key-jwk", "The form of the key makes no difference.", "RFC 7518, 6.2.1", low, low, key_jwk=jwk_of(ALICE.x, ALICE.y))
    case("key-cose", "The form of the key makes no difference.", "RFC 9053, 7.1.1", low, low, key_cose=cose_key_of(ALICE.x, ALICE.y))

    given = {"payload": PAYLOAD, "kid": KID, "key": ALICE.sec1, "signature": low}
    for name, why, spec, code, at, arguments in draft_faults():
        op.refuse(name, why, spec, code, at, **given | arguments)
    for name, why, spec, code, at, arguments in signature_faults(r, s):
        op.refuse(name, why, spec, code, at, **given | arguments)
    bad = ("bad_signature", 0)
    op.refuse("key-of-somebody-else", "The signature is another key's.", SIGNING, *bad, **given | {"key": BOB.sec1})
    op.refuse("payload-changed", "The signature is over another payload.", SIGNING, *bad, **given | {"payload": PAYLOAD + b"!"})
    op.refuse("kid-changed", "The signature is over another protected header.", SIGNING, *bad, **given | {"kid": KID + b"!"})
    op.refuse("kid-absent", "The signature is over another protected header.", SIGNING, *bad, **given | {"kid": None})
    op.refuse("external-aad-added", "The signature is over no external data.", SIGNING, *bad, **given, external_aad=AAD)
    op.refuse("signature-over-the-payload", "The signature is over the payload, not over the Sig_structure.", SIGNING, *bad, **given | {"signature": ALICE.sign_raw(PAYLOAD)})
    op.refuse("signature-over-the-digest", "The signer hashed the digest once more.", SIGNING, *bad, **given | {"signature": ALICE.sign_raw(draft.digest())})
    op.refuse("pieces-changed", "The signature is over another payload.", PIECES, *bad, **given | {"payload": PAYLOAD + b"!"}, piece_bytes=3)
    for name, why, spec, code, arguments in key_faults():
        op.refuse(name, why, spec, code, **{k: v for k, v in given.items() if k != "key"} | arguments)
    attach_order(op, given, r, s)
    return op


def signature_faults(r, s):
    """(name, why, spec, code, at, arguments): what `…_attach` says of the signature alone. At is None where it is marked."""
    low, raw_form, range_ = raw(r, s), "RFC 9053, 2.1", "FIPS 186-5, 6.4.2"
    wrong, out = "signature_wrong_length", "signature_out_of_range"
    as_der = plain(der.signature(r | 1 << 255, s | 1 << 255))
    yield "signature-empty", "There is no signature.", raw_form, wrong, None, {"signature": AT}
    yield "signature-one-byte-short", "s has 31 bytes.", raw_form, wrong, None, {"signature": low[:-1] + AT}
    yield "signature-one-byte-long", "A byte follows s.", raw_form, wrong, None, {"signature": low + AT + b"\x00"}
    yield "signature-in-der", "The signature is r‖s, not DER.", raw_form, wrong, None, {"signature": as_der[:64] + AT + as_der[64:]}
    yield "r-zero", "r is zero.", range_, out, None, {"signature": AT + bytes(32) + be32(s)}
    yield "s-zero", "s is zero.", range_, out, None, {"signature": be32(r) + AT + bytes(32)}
    yield "r-the-order", "r is n, and must be less.", range_, out, None, {"signature": AT + be32(N) + be32(s)}
    yield "s-the-order", "s is n, and must be less.", range_, out, None, {"signature": be32(r) + AT + be32(N)}
    yield "high-s-refused-by-policy", "The policy wants a low s.", POLICY, "signature_high_s", None, {"signature": be32(r) + AT + be32(N - s), "low_s": 1}


def key_faults():
    """(name, why, spec, code, arguments): keys that are none, in each form."""
    yield "key-off-the-curve", "One bit of y is changed.", ON_CURVE, "key_invalid_point", {"key": BAD_KEY}
    yield "key-empty", "There is no key.", "SEC 1 version 2.0, 2.3.4", "key_wrong_length", {"key": AT}
    yield "key-spki-truncated", "The last byte is missing.", "X.690, 8.1.3", "der_truncated", {"key_spki": plain(der.spki(ALICE.sec1))[:-1] + AT}
    yield "key-jwk-an-array", "A JWK is an object.", "RFC 7517, 4", "json_unexpected_type", {"key_jwk": AT + b"[" + jwk_of(ALICE.x, ALICE.y) + b"]"}
    yield "key-cose-with-a-byte-behind", "One byte follows the key.", "RFC 8949, Appendix F", "cbor_trailing_bytes", {"key_cose": cose_key_of(ALICE.x, ALICE.y) + AT + b"\x00"}


def attach_order(op, given, r, s):
    short = {"signature": raw(r, s)[:-1]}
    high = {"signature": raw(r, N - s), "low_s": 1}
    long_kid = {"kid": b"k" * KEY_ID_BYTES + AT + b"k"}
    op.order("key-before-kid", "The key is off the curve, and kid is too long.", ORDER, "key_invalid_point", **given | {"key": BAD_KEY, "kid": b"k" * (KEY_ID_BYTES + 1)})
    op.order("key-before-chain", "The key is off the curve, and the chain is empty.", ORDER, "key_invalid_point", **given | {"key": BAD_KEY, "x5chain": []})
    op.order("key-before-signature", "The key is off the curve, and the signature is short.", ORDER, "key_invalid_point", **given | {"key": BAD_KEY} | short)
    op.order("kid-before-signature", "kid is too long, and the signature is short.", ORDER, "limit_exceeded", **given | long_kid | short)
    op.order("kid-before-policy", "kid is too long, and s is high.", ORDER, "limit_exceeded", **given | long_kid | high)
    op.order("content-type-before-signature", "The content type is none, and the signature is short.", ORDER, "cose_invalid_header", **given | {"content_type": AT + b"json"} | short)
    op.order("chain-before-signature", "The chain is empty, and r is zero.", ORDER, "chain_empty", 0, **given | {"x5chain": [], "signature": bytes(32) + be32(s)})
    op.order("signature-before-verification", "The signature is short, and the key is another one.", ORDER, "signature_wrong_length", **given | {"key": BOB.sec1, "signature": raw(r, s)[:-1] + AT})
    op.order("policy-before-verification", "s is high, and the key is another one.", ORDER, "signature_high_s", **given | {"key": BOB.sec1, "signature": be32(r) + AT + be32(N - s), "low_s": 1})


def verify():
    op = Operation("cose_sign1_verify")
    key = {"key": ALICE.sec1}

    def accept(name, why, spec, object_, fields, **arguments):
        op.fields(name, why, spec, fields, object=object_, **(key | arguments))

    payload = {"payload": PAYLOAD}
    accept("embedded", "The payload is in the object.", SIGNING, sign1(), payload)
    accept("untagged", "The tag may be absent.", STRUCTURE, sign1(tag=b""), payload)
    accept("detached", "The payload comes from elsewhere.", STRUCTURE, sign1(embedded=False), {}, payload=PAYLOAD)
    accept("payload-empty", "A payload of no bytes is a payload.", SIGNING, sign1(payload=b""), {"payload": b""})
    accept("payload-empty-detached", "A payload of no bytes is given.", STRUCTURE, sign1(payload=b"", embedded=False), {}, payload=b"")
    accept("kid-protected", "A protected kid is known by the signature.", COMMON, sign1(header(entry(4, byte_string(KID)))), payload | {"kid": KID})
    accept("kid-empty", "An empty kid is there; it is not an absent one.", COMMON, sign1(header(entry(4, byte_string(b"")))), payload | {"kid": b""})
    accept("kid-unprotected", "An unprotected kid is not signed, and so not known.", COMMON, sign1(unprotected=mapping(entry(4, byte_string(KID)))), payload)
    accept("kid-at-the-limit", "kid may have 1024 bytes.", "splitsign limits, KEY_ID_BYTES", sign1(header(entry(4, byte_string(b"k" * KEY_ID_BYTES)))), payload | {"kid": b"k" * KEY_ID_BYTES})
    accept("content-type", "The content type is a media type.", COMMON, sign1(header(entry(3, text_string("image/jpeg")))), payload | {"content_type": "image/jpeg"})
    accept("content-type-at-the-limit", "A content type may have 1024 bytes.", "splitsign limits, CONTENT_TYPE_BYTES", sign1(header(entry(3, text_string(media_type(CONTENT_TYPE_BYTES))))), payload | {"content_type": media_type(CONTENT_TYPE_BYTES)})
    accept("content-type-unprotected", "An unprotected content type is not known.", COMMON, sign1(unprotected=mapping(entry(3, text_string("image/jpeg")))), payload)
    accept("coap-format", "The content type is a number of CoAP.", COMMON, sign1(header(entry(3, integer(65535)))), payload | {"coap_format": 65535})
    accept("coap-format-zero", "0 is a format and not an absent one.", COMMON, sign1(header(entry(3, integer(0)))), payload | {"coap_format": 0})
    accept("chain-of-one", "One certificate is a byte string.", X509, sign1(header(entry(33, byte_string(CHAIN[0])))), payload | {"x5chain": CHAIN[:1]})
    chain = entry(33, array(*map(byte_string, CHAIN)))
    accept("chain-of-two", "Two certificates are an array, the leaf first.", X509, sign1(header(chain)), payload | {"x5chain": CHAIN})
    accept("chain-of-one-in-an-array", "RFC 9360 writes one certificate without an array; who reads takes it with one, too.", "splitsign, chains of one",
           sign1(header(entry(33, array(byte_string(CHAIN[0]))))), payload | {"x5chain": CHAIN[:1]})
    accept("chain-unprotected", "An unprotected chain is not signed, and so not known.", X509, sign1(unprotected=mapping(chain)), payload)
    ten = [der.certificate(f"certificate {n}") for n in range(CHAIN_CERTIFICATES)]
    accept("chain-at-the-limit", "A chain may have ten certificates.", "splitsign limits, CHAIN_CERTIFICATES", sign1(header(entry(33, array(*map(byte_string, ten))))), payload | {"x5chain": ten})
    accept("external-aad", "The external data is that which was signed.", "RFC 9052, 4.3", sign1(aad=AAD), payload, external_aad=AAD)
    accept("external-aad-empty", "Empty external data is the same as none.", "RFC 9052, 4.3", sign1(), payload, external_aad=b"")
    accept("protected-header-as-received", "The labels are not in order; what is hashed are the bytes that came.", SIGNING,
           sign1(mapping(entry(4, byte_string(KID)), ALG)), payload | {"kid": KID})
    accept("unknown-labels-ignored", "Labels that are not understood and not critical are ignored.", "RFC 9052, 3",
           sign1(header(entry(99, text_string("note")), (text_string("x"), b"\xfb" + bytes(8))), mapping(entry(-70000, array()))), payload)
    accept("unknown-value-with-equal-keys", "Equal keys inside a value that is ignored are not looked for.", "splitsign, values that are stepped over",
           sign1(header(entry(99, mapping(entry(1, integer(1)), entry(1, integer(2)))))), payload)
    numbers = array(*[integer(n) for n in (23, 24, 255, 256, 65535, 65536, 2**32 - 1, 2**32, 2**64 - 1, -24, -25, -(2**64))])
    accept("numbers-at-each-width", "Each number is in its shortest form.", DETERMINISTIC, sign1(header(entry(99, numbers))), payload)
    accept("depth-at-the-limit", "A value that is ignored may have 8 levels.", "splitsign limits, CBOR_DEPTH", sign1(header(entry(99, nested(CBOR_DEPTH)))), payload)
    labels = [entry(100 + n, integer(0)) for n in range(COSE_LABELS - 1)]
    accept("labels-at-the-limit", "Both buckets together may have 32 labels.", "splitsign limits, COSE_LABELS", sign1(header(*labels[:10]), mapping(*labels[10:])), payload)
    accept("critical-and-understood", "crit names a label that is understood and protected.", COMMON,
           sign1(header(entry(2, array(integer(4))), entry(4, byte_string(KID)))), payload | {"kid": KID})
    accept("critical-before-what-it-names", "The order of labels is free: crit may stand first.", COMMON,
           sign1(mapping(entry(2, array(integer(33), integer(1))), entry(33, byte_string(CHAIN[0])), ALG)), payload | {"x5chain": CHAIN[:1]})
    accept("critical-names-at-the-limit", "crit may list eight names; only five are understood, so some repeat.", "splitsign limits, CRITICAL_NAMES",
           sign1(header(entry(2, array(*[integer(1)] * CRITICAL_NAMES)))), payload)
    r_s = ALICE.sign(sig_structure(plain(header()), PAYLOAD))
    high = raw(r_s[0], N - r_s[1])
    accept("high-s", "Both s and n − s verify.", "FIPS 186-5, 6.4.2", sign1(signature=high), payload)
    accept("high-s-normalised", "To verify, normalising is the same as accepting.", POLICY, sign1(signature=high), payload, low_s=2)
    accept("low-s-required-and-given", "The policy asks for what is there.", POLICY, sign1(), payload, low_s=1)
    accept("key-spki", "The form of the key makes no difference.", "RFC 5480, 2", sign1(), payload, key=None, key_spki=der.spki(ALICE.sec1))
    accept("key-jwk", "The form of the key makes no difference.", "RFC 7518, 6.2.1", sign1(), payload, key=None, key_jwk=jwk_of(ALICE.x, ALICE.y))
    accept("key-cose", "The form of the key makes no difference.", "RFC 9053, 7.1.1", sign1(), payload, key=None, key_cose=cose_key_of(ALICE.x, ALICE.y))
    long_payload = b"0123456789" * 13
    for piece in (1, 64, 1000):
        accept(f"pieces-of-{piece}", "The digest is that of the whole payload.", PIECES, sign1(payload=long_payload, embedded=False), {}, payload=long_payload, piece_bytes=piece)
    accept("no-pieces-of-an-empty-payload", "An empty payload has no piece.", PIECES, sign1(payload=b"", embedded=False), {}, payload=b"", piece_bytes=16)

    for name, why, spec, code, object_ in cose_faults.faults():
        op.refuse(name, why, spec, code, object=object_, **key)
    verify_refusals(op, key, *r_s)
    return op


def verify_refusals(op, key, r, s):
    def refuse(name, why, code, object_, at=0, spec=SIGNING, **arguments):
        op.refuse(name, why, spec, code, at, object=object_, **(key | arguments))

    bad, detached = "bad_signature", sign1(embedded=False)
    kid = plain(header(entry(4, byte_string(KID))))
    signature = ALICE.sign_raw(sig_structure(plain(header()), PAYLOAD))
    refuse("payload-missing", "The payload is detached, and none was given.", "cose_payload_missing", detached, spec=STRUCTURE)
    refuse("payload-twice", "The payload is in the object, and the same one was given.", "cose_payload_embedded", sign1(), spec=STRUCTURE, payload=PAYLOAD)
    refuse("payload-twice-and-empty", "The payload is in the object, and an empty one was given.", "cose_payload_embedded", sign1(), spec=STRUCTURE, payload=b"")
    refuse("payload-twice-in-pieces", "The payload is in the object, and pieces were given.", "cose_payload_embedded", sign1(), spec=STRUCTURE, payload=PAYLOAD, piece_bytes=4)
    refuse("payload-changed", "One bit of the payload is changed.", bad, sign1(payload=bytes([PAYLOAD[0] ^ 1]) + PAYLOAD[1:], signature=signature))
    refuse("payload-emptied", "The payload is empty now.", bad, sign1(payload=b"", signature=signature))
    refuse("detached-payload-changed", "Another payload was given.", bad, detached, payload=PAYLOAD + b"!")
    refuse("detached-payload-empty", "An empty payload was given.", bad, detached, payload=b"")
    refuse("detached-pieces-changed", "Another payload was given, in pieces.", bad, detached, payload=PAYLOAD + b"!", piece_bytes=4)
    refuse("kid-changed", "The signature is over another kid.", bad, sign1(header(entry(4, byte_string(KID + b"!"))), signature=ALICE.sign_raw(sig_structure(kid, PAYLOAD))))
    refuse("protected-header-emptied-of-kid", "kid was taken out of the protected header.", bad, sign1(signature=ALICE.sign_raw(sig_structure(kid, PAYLOAD))))
    refuse("kid-moved-to-the-unprotected-header", "kid was signed as protected and is not any more.", bad,
           sign1(unprotected=mapping(entry(4, byte_string(KID))), signature=ALICE.sign_raw(sig_structure(kid, PAYLOAD))))
    shuffled = plain(mapping(entry(4, byte_string(KID)), ALG))
    refuse("protected-header-encoded-again", "The labels were put into order after the signature was made.", bad, sign1(kid, signature=ALICE.sign_raw(sig_structure(shuffled, PAYLOAD))))
    refuse("external-aad-missing", "The signature is over external data, and none was given.", bad, sign1(aad=AAD), spec="RFC 9052, 4.3")
    refuse("external-aad-changed", "Other external data was given.", bad, sign1(aad=AAD), spec="RFC 9052, 4.3", external_aad=AAD + b"!")
    refuse("external-aad-added", "External data was given that was not signed.", bad, sign1(), spec="RFC 9052, 4.3", external_aad=AAD)
    refuse("key-of-somebody-else", "The signature is another key's.", bad, sign1(), key=BOB.sec1)
    refuse("r-changed", "One bit of r is changed.", bad, sign1(signature=raw(r ^ 1, s)))
    refuse("s-changed", "One bit of s is changed.", bad, sign1(signature=raw(r, s ^ 1)))
    refuse("r-and-s-swapped", "s comes first.", bad, sign1(signature=raw(s, r)))
    refuse("signature-over-the-payload", "The signature is over the payload alone.", bad, sign1(signature=ALICE.sign_raw(PAYLOAD)))
    to_be_signed = sig_structure(plain(header()), PAYLOAD)
    refuse("signature-over-the-digest", "The digest was hashed once more.", bad, sign1(signature=ALICE.sign_raw(hashlib.sha256(to_be_signed).digest())))
    other = plain(array(text_string("Signature"), byte_string(header()), byte_string(header()), byte_string(b""), byte_string(PAYLOAD)))
    refuse("signature-of-cose-sign", "The signature is over the structure of COSE_Sign.", bad, sign1(signature=ALICE.sign_raw(other)))
    counter = plain(array(text_string("CounterSignature"), byte_string(header()), byte_string(b""), byte_string(PAYLOAD)))
    refuse("context-changed", "The context string is not Signature1.", bad, sign1(signature=ALICE.sign_raw(counter)))
    refuse("high-s-refused-by-policy", "The policy wants a low s. The offset is that of s in the signature.", "signature_high_s", sign1(signature=raw(r, N - s)), 32, POLICY, low_s=1)
    for name, why, spec, code, arguments in key_faults():
        op.refuse(name, why, spec, code, object=sign1(), **arguments)

    def order(name, why, code, object_, at=None, **arguments):
        op.order(name, why, ORDER, code, at, object=object_, **(key | arguments))

    order("key-before-object", "The key is off the curve, and the object is empty.", "key_invalid_point", b"", key=BAD_KEY)
    order("key-before-payload", "The key is off the curve, and there is no payload.", "key_invalid_point", detached, key=BAD_KEY)
    order("object-before-payload", "A byte follows the object, and the payload is there twice.", "cbor_trailing_bytes", sign1() + AT + b"\x00", payload=PAYLOAD)
    order("payload-before-policy", "The payload is missing, and s is high.", "cose_payload_missing", sign1(embedded=False, signature=raw(r, N - s)), 0, low_s=1)
    order("payload-before-verification", "The payload is there twice, and the key is another one.", "cose_payload_embedded", sign1(), 0, payload=PAYLOAD, key=BOB.sec1)
    order("policy-before-verification", "s is high, and the key is another one.", "signature_high_s", sign1(signature=raw(r, N - s)), 32, low_s=1, key=BOB.sec1)


def inspect():
    op = Operation("cose_sign1_inspect")

    def accept(name, why, spec, object_, **fields):
        op.fields(name, why, spec, {"detached": 0} | fields, object=object_)

    chain = entry(33, array(*map(byte_string, CHAIN)))
    accept("embedded", "The payload is in the object.", STRUCTURE, sign1())
    accept("detached", "nil stands where the payload would.", STRUCTURE, sign1(embedded=False), detached=1)
    accept("payload-empty", "An empty byte string is not nil.", STRUCTURE, sign1(payload=b""))
    accept("untagged", "The tag may be absent.", STRUCTURE, sign1(tag=b""))
    accept("kid-protected", "kid is claimed.", COMMON, sign1(header(entry(4, byte_string(KID)))), kid=KID)
    accept("kid-unprotected", "kid may stand in either bucket.", COMMON, sign1(unprotected=mapping(entry(4, byte_string(KID)))), kid=KID)
    accept("kid-empty", "An empty kid is there; it is not an absent one.", COMMON, sign1(header(entry(4, byte_string(b"")))), kid=b"")
    accept("chain-protected", "The chain is claimed, the leaf first.", X509, sign1(header(chain)), x5chain=CHAIN)
    accept("chain-unprotected", "The chain may stand in either bucket.", X509, sign1(unprotected=mapping(chain)), x5chain=CHAIN)
    accept("chain-of-one", "One certificate is a byte string.", X509, sign1(header(entry(33, byte_string(CHAIN[0])))), x5chain=CHAIN[:1])
    accept("kid-and-chain-apart", "kid is protected and the chain is not.", COMMON, sign1(header(entry(4, byte_string(KID))), mapping(chain)), kid=KID, x5chain=CHAIN)
    accept("signature-wrong", "Nothing is verified: the signature is over something else.", STRUCTURE, sign1(signature=ALICE.sign_raw(b"something else")))
    for name, why, spec, code, object_ in cose_faults.faults():
        op.refuse(name, why, spec, code, object=object_)
    return op


def operations():
    return [prepare(), attach(), verify(), inspect()]
