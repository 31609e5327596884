// The conformance driver of the Kotlin binding: conformance/PROTOCOL.md on one side, package `splitsign` on the other.

import java.util.Base64
import splitsign.*

private val OPERATIONS: Map<String, (Arguments) -> Map<String, Any?>> = mapOf(
    "sha256" to ::digest,
    "key_from_sec1" to { a -> made(PublicKey.fromSec1(a.bytes("data")).toSec1()) },
    "key_from_spki" to { a -> made(PublicKey.fromSpki(a.bytes("data")).toSec1()) },
    "key_from_jwk" to { a -> made(PublicKey.fromJwk(a.bytes("data")).toSec1()) },
    "key_from_cose_key" to { a -> made(PublicKey.fromCoseKey(a.bytes("data")).toSec1()) },
    "key_to_spki" to { a -> made(a.key().toSpki()) },
    "key_to_jwk" to { a -> made(a.key().toJwk().toByteArray()) },
    "key_to_cose_key" to { a -> made(a.key().toCoseKey()) },
    "key_thumbprint" to { a -> made(a.key().thumbprint()) },
    "signature_from_der" to { a -> made(signatureFromDer(a.bytes("data"))) },
    "signature_to_der" to { a -> made(signatureToDer(a.bytes("data"))) },
    "verify_digest" to ::checkDigest,
    "cose_sign1_prepare" to { a -> made(coseDraft(a).digest()) },
    "cose_sign1_attach" to { a -> a.key().let { key -> made(coseDraft(a).attach(a.bytes("signature"), key)) } },
    "cose_sign1_verify" to ::verifyCose,
    "cose_sign1_inspect" to { a -> claims(coseInspect(a.bytes("object"))) },
    "jws_prepare" to { a -> made(jwsDraft(a).digest()) },
    "jws_attach" to { a -> a.key().let { key -> made(jwsDraft(a).attach(a.bytes("signature"), key).toByteArray()) } },
    "jws_verify" to ::verifyJws,
    "jws_inspect" to { a -> claims(jwsInspect(a.bytes("object"))) },
    "dsse_prepare" to { a -> made(dsseDraft(a).digest()) },
    "dsse_attach" to { a -> a.key().let { key -> made(dsseDraft(a).attach(a.bytes("signature"), key).toByteArray()) } },
    "dsse_verify" to ::verifyDsse,
    "dsse_inspect" to { a -> accepted("keyids" to dsseInspect(a.bytes("object")).keyids.map { it?.toByteArray() }) },
)

/** What a case gives to an operation. */
private class Arguments(json: Map<*, *>) {
    private val all = json.mapValues { (_, value) -> decoded(value) }

    fun optional(name: String): ByteArray? = all[name] as ByteArray?

    fun bytes(name: String): ByteArray = requireNotNull(optional(name)) { "$name is missing" }

    fun text(name: String): String? = optional(name)?.let(::String)

    fun number(name: String): Long? = all[name] as Long?

    fun flag(name: String): Boolean = number(name) == 1L

    @Suppress("UNCHECKED_CAST")
    fun list(name: String): List<ByteArray>? = all[name] as List<ByteArray>?

    fun lowS(): LowS? = number("low_s")?.let { LowS.entries[it.toInt()] }

    fun key(): PublicKey = optional("key")?.let { PublicKey.fromSec1(it) }
        ?: optional("key_spki")?.let { PublicKey.fromSpki(it) }
        ?: optional("key_jwk")?.let { PublicKey.fromJwk(it) }
        ?: PublicKey.fromCoseKey(bytes("key_cose"))

    /** A payload in the pieces that the case asks for; null, if it does not. */
    fun pieces(payload: ByteArray): List<ByteArray>? {
        val step = maxOf(1, number("piece_bytes")?.toInt() ?: return null)
        return (payload.indices step step).map { payload.copyOfRange(it, minOf(it + step, payload.size)) }
    }
}

private fun decoded(value: Any?): Any? = when (value) {
    is String -> Base64.getUrlDecoder().decode(value)
    is List<*> -> value.map(::decoded)
    else -> value
}

private fun encoded(value: Any?): Any? = when (value) {
    is ByteArray -> Base64.getUrlEncoder().withoutPadding().encodeToString(value)
    is String -> encoded(value.toByteArray())
    is Boolean -> if (value) 1 else 0
    is List<*> -> value.map(::encoded)
    else -> value
}

private fun made(bytes: ByteArray): Map<String, Any?> = mapOf("bytes" to encoded(bytes))

private fun accepted(vararg fields: Pair<String, Any?>): Map<String, Any?> {
    val there = fields.filter { (_, value) -> value != null }.associate { (name, value) -> name to encoded(value) }
    return mapOf("verdict" to 1, "fields" to there)
}

/** A chain without certificates is left out. */
private fun chain(certificates: List<ByteArray>) = certificates.ifEmpty { null }

private fun digest(a: Arguments): Map<String, Any?> {
    val data = a.bytes("data")
    val pieces = a.pieces(data) ?: return made(sha256(data))
    return Sha256Stream().use { stream ->
        pieces.forEach(stream::update)
        made(stream.finish())
    }
}

private fun checkDigest(a: Arguments): Map<String, Any?> {
    val key = a.key()
    val digest = a.optional("message")?.let(::sha256) ?: a.bytes("digest")
    // The digest comes before the signature, which its form must not change.
    if (digest.size != 32) verifyDigest(digest, ByteArray(64), key)
    val signature = a.optional("signature_der")?.let(::signatureFromDer) ?: a.bytes("signature")
    verifyDigest(digest, signature, key, a.lowS())
    return accepted()
}

private fun coseDraft(a: Arguments): CoseDraft {
    val coap = a.number("coap_format")?.let { ContentType.CoapFormat(it.toUShort()) }
    val parameters = CoseParameters(
        kid = a.optional("kid"),
        x5chain = a.list("x5chain"),
        contentType = coap ?: a.text("content_type")?.let { ContentType.MediaType(it) },
        externalAad = a.optional("external_aad"),
        detached = a.flag("detached"),
        tagged = !a.flag("untagged"),
        lowS = a.lowS(),
    )
    val payload = a.bytes("payload")
    val pieces = a.pieces(payload) ?: return cosePrepare(payload, parameters)
    return CosePrepareStream(payload.size.toULong(), parameters).use { stream ->
        pieces.forEach(stream::update)
        stream.finish()
    }
}

private fun verifyCose(a: Arguments): Map<String, Any?> {
    val key = a.key()
    val payload = a.optional("payload")
    val expected = CoseExpected(externalAad = a.optional("external_aad"), lowS = a.lowS())
    val pieces = payload?.let(a::pieces)
    val found = if (payload != null && pieces != null) {
        CoseVerifyStream(a.bytes("object"), key, payload.size.toULong(), expected).use { stream ->
            pieces.forEach(stream::update)
            stream.finish()
        }
    } else {
        coseVerify(a.bytes("object"), key, expected.copy(payload = payload))
    }
    return accepted(
        "payload" to found.payload,
        "kid" to found.kid,
        "content_type" to (found.contentType as? ContentType.MediaType)?.name,
        "coap_format" to (found.contentType as? ContentType.CoapFormat)?.number?.toInt(),
        "x5chain" to chain(found.x5chain),
    )
}

private fun claims(claims: CoseClaims) =
    accepted("detached" to claims.detached, "kid" to claims.kid, "x5chain" to chain(claims.x5chain))

private fun jwsDraft(a: Arguments): JwsDraft {
    val parameters = JwsParameters(
        kid = a.text("kid"),
        typ = a.text("typ"),
        cty = a.text("cty"),
        x5c = a.list("x5c"),
        detached = a.flag("detached"),
        unencoded = a.flag("unencoded"),
        flattened = a.flag("flattened"),
        lowS = a.lowS(),
    )
    val payload = a.bytes("payload")
    val pieces = a.pieces(payload) ?: return jwsPrepare(payload, parameters)
    return JwsPrepareStream(parameters).use { stream ->
        pieces.forEach(stream::update)
        stream.finish()
    }
}

private fun verifyJws(a: Arguments): Map<String, Any?> {
    val key = a.key()
    val payload = a.optional("payload")
    val expected = JwsExpected(lowS = a.lowS())
    val pieces = payload?.let(a::pieces)
    val found = if (pieces != null) {
        JwsVerifyStream(a.bytes("object"), key, expected).use { stream ->
            pieces.forEach(stream::update)
            stream.finish()
        }
    } else {
        jwsVerify(a.bytes("object"), key, expected.copy(payload = payload))
    }
    return accepted(
        "payload" to found.payload,
        "kid" to found.kid,
        "typ" to found.typ,
        "cty" to found.cty,
        "x5c" to chain(found.x5c),
    )
}

private fun claims(claims: JwsClaims) =
    accepted("detached" to claims.detached, "kid" to claims.kid, "x5c" to chain(claims.x5c))

private fun dsseDraft(a: Arguments): DsseDraft {
    val encoding = if (a.flag("raw_signature")) SignatureEncoding.RAW else null
    val parameters = DsseParameters(keyid = a.text("keyid"), signatureEncoding = encoding, lowS = a.lowS())
    return dssePrepare(a.text("payload_type") ?: "", a.bytes("payload"), parameters)
}

private fun verifyDsse(a: Arguments): Map<String, Any?> {
    val key = a.key()
    val found = dsseVerify(a.bytes("object"), key, a.lowS())
    return accepted("payload" to found.payload, "payload_type" to found.payloadType, "keyid" to found.keyid)
}

private fun run(request: Map<String, Any?>): Map<String, Any?> = try {
    val operation = requireNotNull(OPERATIONS[request["operation"]]) { "there is no operation ${request["operation"]}" }
    operation(Arguments(request["arguments"] as Map<*, *>))
} catch (e: SplitsignException.Refused) {
    mapOf("code" to e.code, "at" to (e.at ?: 0u).toLong())
} catch (e: Exception) {
    mapOf("failed" to "$e")
}

// What the binding says it has, and this driver knows how to ask for.
private fun started(): Map<String, Any?> = mapOf(
    "name" to "kotlin",
    "version" to version(),
    "language" to "Kotlin",
    "operations" to operations().filter { it in OPERATIONS },
    "codes" to 1,
)

fun main() {
    val out = System.out.buffered()
    for (line in System.`in`.bufferedReader().lineSequence()) {
        val request = Json(line).whole()
        val answer = when (request["do"]) {
            "start" -> started()
            "run" -> mapOf("id" to request["id"]) + run(request)
            "stop" -> mapOf("stopped" to 1)
            else -> throw IllegalArgumentException("`do` is ${request["do"]}, and not start, run or stop")
        }
        out.write((json(answer) + "\n").toByteArray())
        out.flush()
        if (request["do"] == "stop") break
    }
}
