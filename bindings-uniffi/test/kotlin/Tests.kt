// The tests of the Kotlin binding. The JVM's own cryptography is the remote signer and the oracle.

import java.io.ByteArrayOutputStream
import java.io.PrintStream
import java.nio.charset.CharacterCodingException
import java.security.KeyPairGenerator
import java.security.MessageDigest
import java.security.Signature
import java.security.spec.ECGenParameterSpec
import java.util.Random
import kotlin.concurrent.thread
import kotlin.system.exitProcess
import splitsign.*

internal val HELLO = "hello".toByteArray()
internal val KID = "acme/1".toByteArray()

// Not certificates, but one DER SEQUENCE each, which is all that a header asks for.
internal val LEAF = byteArrayOf(0x30, 3, 2, 1, 1)
private val ROOT = byteArrayOf(0x30, 0x82.toByte(), 1, 0) + ByteArray(256) { 7 }

/** Somebody who holds a key, and sees only digests. */
internal class Remote {
    private val pair = KeyPairGenerator.getInstance("EC").apply { initialize(ECGenParameterSpec("secp256r1")) }.generateKeyPair()
    val spki: ByteArray = pair.public.encoded
    val key: PublicKey = PublicKey.fromSpki(spki)

    fun signDer(digest: ByteArray): ByteArray = Signature.getInstance("NONEwithECDSA").run {
        initSign(pair.private)
        update(digest)
        sign()
    }

    fun sign(digest: ByteArray): ByteArray = signatureFromDer(signDer(digest))

    /** Whether the JVM agrees that it is the signature of these bytes. */
    fun agrees(message: ByteArray, raw: ByteArray): Boolean = Signature.getInstance("SHA256withECDSA").run {
        initVerify(pair.public)
        update(message)
        verify(signatureToDer(raw))
    }
}

internal val remote = Remote()
internal val other = Remote()

internal fun check(holds: Boolean, what: () -> String = { "it does not hold" }) {
    if (!holds) throw AssertionError(what())
}

internal fun same(found: Any?, expected: Any?) {
    val equal = if (found is ByteArray && expected is ByteArray) found.contentEquals(expected) else found == expected
    check(equal) { "$found is not $expected" }
}

/** Fails unless it is refused with this code; then, why. */
internal fun refused(code: String, action: () -> Any?): SplitsignException.Refused {
    val refusal = try {
        action()
        null
    } catch (e: SplitsignException.Refused) {
        e
    }
    check(refusal?.code == code) { "${refusal?.code} is not $code" }
    return refusal!!
}

private fun sha(bytes: ByteArray) = MessageDigest.getInstance("SHA-256").digest(bytes)

internal fun coseObject(parameters: CoseParameters = CoseParameters(), payload: ByteArray = HELLO): ByteArray =
    cosePrepare(payload, parameters).use { it.attach(remote.sign(it.digest()), remote.key) }

internal fun jwsObject(parameters: JwsParameters = JwsParameters()): String =
    jwsPrepare(HELLO, parameters).use { it.attach(remote.sign(it.digest()), remote.key) }

private val TESTS: Map<String, () -> Unit> = linkedMapOf(
    "sha256 agrees with the JVM, at once and in pieces" to {
        for (length in listOf(0, 1, 63, 64, 65, 200_001)) {
            val data = ByteArray(length) { (it * 7).toByte() }
            same(sha256(data), sha(data))
            Sha256Stream().use { stream ->
                data.toList().chunked(997).forEach { stream.update(it.toByteArray()) }
                same(stream.finish(), sha(data))
            }
        }
    },
    "cose signs the Sig_structure of RFC 9052" to {
        val protected = byteArrayOf(0xa2.toByte(), 1, 0x26, 4, 0x46) + KID
        val tbs = byteArrayOf(0x84.toByte(), 0x6a) + "Signature1".toByteArray() + byteArrayOf(0x4b) + protected +
            byteArrayOf(0x40, 0x45) + HELLO
        val draft = cosePrepare(HELLO, CoseParameters(kid = KID))
        same(draft.digest(), sha(tbs))
        val raw = remote.sign(draft.digest())
        check(remote.agrees(tbs, raw))
        val verified = coseVerify(draft.attach(raw, remote.key), remote.key)
        same(verified.payload, HELLO)
        same(verified.kid, KID)
        same(verified.contentType, null)
    },
    "cose parameters come back" to {
        for (type in listOf(ContentType.MediaType("text/plain"), ContentType.CoapFormat(60u))) {
            val parameters = CoseParameters(x5chain = listOf(LEAF, ROOT), contentType = type, tagged = false)
            val written = coseObject(parameters)
            same(written[0], 0x84.toByte())
            val verified = coseVerify(written, remote.key)
            same(verified.contentType, type)
            same(verified.x5chain.size, 2)
            same(verified.x5chain[1], ROOT)
        }
    },
    "cose detached, with additional data, in pieces" to {
        val parameters = CoseParameters(detached = true, externalAad = KID)
        val written = coseObject(parameters)
        check(coseInspect(written).detached)
        same(coseVerify(written, remote.key, CoseExpected(payload = HELLO, externalAad = KID)).payload, null)
        refused("bad_signature") { coseVerify(written, remote.key, CoseExpected(payload = HELLO)) }
        refused("cose_payload_missing") { coseVerify(written, remote.key, CoseExpected(externalAad = KID)) }
        CosePrepareStream(5u, parameters).use { stream ->
            HELLO.forEach { stream.update(byteArrayOf(it)) }
            same(stream.finish().digest(), cosePrepare(HELLO, parameters).digest())
        }
        CoseVerifyStream(written, remote.key, 5u, CoseExpected(externalAad = KID)).use { stream ->
            HELLO.forEach { stream.update(byteArrayOf(it)) }
            same(stream.finish().kid, null)
        }
    },
    "jws in every form" to {
        for (form in 0 until 8) {
            val detached = form and 1 != 0
            val parameters = JwsParameters(
                kid = "ü", typ = "JWT", x5c = listOf(LEAF), detached = detached,
                unencoded = form and 2 != 0, flattened = form and 4 != 0,
            )
            val written = jwsObject(parameters).toByteArray()
            val verified = jwsVerify(written, remote.key, JwsExpected(payload = if (detached) HELLO else null))
            same(verified.kid, "ü")
            same(verified.typ, "JWT")
            same(verified.x5c.single(), LEAF)
            same(verified.payload, if (detached) null else HELLO)
            same(jwsInspect(written).detached, detached)
            if (detached) {
                JwsPrepareStream(parameters).use { stream ->
                    HELLO.forEach { stream.update(byteArrayOf(it)) }
                    same(stream.finish().digest(), jwsPrepare(HELLO, parameters).digest())
                }
                JwsVerifyStream(written, remote.key).use { stream ->
                    stream.update(HELLO)
                    same(stream.finish().kid, "ü")
                }
            }
        }
    },
    "dsse signs the pae" to {
        val draft = dssePrepare("a/b", HELLO, DsseParameters(keyid = "k"))
        val pae = "DSSEv1 3 a/b 5 hello".toByteArray()
        same(draft.digest(), sha(pae))
        val envelope = draft.attach(remote.sign(draft.digest()), remote.key).toByteArray()
        val verified = dsseVerify(envelope, remote.key)
        same(verified.payloadType, "a/b")
        same(verified.payload, HELLO)
        same(verified.keyid, "k")
        same(dsseInspect(envelope).keyids, listOf("k"))
        refused("bad_signature") { dsseVerify(envelope, other.key) }
    },
    "attach refuses what is not the key's signature" to {
        val draft = cosePrepare(HELLO)
        val raw = remote.sign(draft.digest())
        refused("bad_signature") { draft.attach(raw, other.key) }
        refused("signature_wrong_length") { draft.attach(raw.copyOf(63), remote.key) }
        check(draft.attach(raw, remote.key).isNotEmpty())
    },
    "a prepared key gives the same verdicts" to {
        val prepared = remote.key.prepared()
        check(prepared.isPrepared() && !remote.key.isPrepared())
        same(prepared, remote.key)
        same(prepared.hashCode(), remote.key.hashCode())
        repeat(20) {
            val digest = sha256(byteArrayOf(it.toByte()))
            val raw = remote.sign(digest)
            verifyDigest(digest, raw, prepared)
            refused("bad_signature") { verifyDigest(digest, raw, other.key.prepared()) }
        }
    },
    "keys in every form" to {
        val key = remote.key
        same(key.toSpki(), remote.spki)
        val forms = listOf(
            PublicKey.fromSec1(key.toSec1()),
            PublicKey.fromJwk(key.toJwk().toByteArray()),
            PublicKey.fromCoseKey(key.toCoseKey()),
        )
        forms.forEach { same(it, key) }
        same(key.thumbprint(), sha(key.toJwk().toByteArray()))
        check(key != other.key)
    },
    "an error says what, where and what to do" to {
        val refusal = refused("cbor_truncated") { coseInspect(byteArrayOf(0xd2.toByte(), 0x84.toByte())) }
        same(refusal.number, 100.toUShort())
        same(refusal.at, 2u)
        same(refusal.what, "The CBOR ends in the middle of an item.")
        same(refusal.remedy, "send the whole object")
        check(refusal.message.contains("cbor_truncated")) { refusal.message }
        same(refused("chain_invalid_certificate") { cosePrepare(HELLO, CoseParameters(x5chain = listOf(LEAF, HELLO))) }.at, 1u)
    },
    "truncated, changed and random bytes are refused, and nothing else happens" to {
        val cose = coseObject(CoseParameters(kid = KID))
        val jws = jwsObject().toByteArray()
        val readers = listOf<(ByteArray) -> Any?>(
            { coseVerify(it, remote.key) }, ::coseInspect, { jwsVerify(it, remote.key) }, ::jwsInspect,
            { dsseVerify(it, remote.key) }, ::dsseInspect, { PublicKey.fromSec1(it) }, { PublicKey.fromSpki(it) },
            { PublicKey.fromJwk(it) }, { PublicKey.fromCoseKey(it) }, ::signatureFromDer, ::signatureToDer,
        )
        val chance = Random(1)
        val inputs = cose.indices.map { cose.copyOf(it) } + jws.indices.map { jws.copyOf(it) } +
            List(200) { ByteArray(chance.nextInt(100)).also(chance::nextBytes) }
        for (input in inputs) {
            for (read in readers) {
                try {
                    read(input)
                } catch (e: SplitsignException.Refused) {
                    check(e.code.isNotEmpty())
                }
            }
        }
        for (at in cose.indices) {
            val changed = cose.copyOf().also { it[at] = (it[at].toInt() xor 1).toByte() }
            val taken = try {
                coseVerify(changed, remote.key)
                true
            } catch (_: SplitsignException.Refused) {
                false
            }
            check(!taken) { "bit of byte $at" }
        }
        same(coseVerify(cose, remote.key).payload, HELLO)
    },
    "a stream takes what was announced, and is over when it is finished" to {
        val short = CosePrepareStream(3u)
        short.update(byteArrayOf(1, 2))
        same(refused("length_mismatch") { short.update(byteArrayOf(3, 4)) }.at, 1u)
        same(refused("stream_failed") { short.update(byteArrayOf(3)) }.number, 3006.toUShort())
        refused("stream_failed") { short.finish() }
        val stream = Sha256Stream()
        stream.finish()
        same(refused("stream_finished") { stream.update(HELLO) }.number, 3004.toUShort())
        refused("stream_finished") { stream.finish() }
    },
    "half a surrogate pair is refused" to {
        val refusal = try {
            jwsPrepare(HELLO, JwsParameters(kid = "\ud800"))
            null
        } catch (e: CharacterCodingException) {
            e
        }
        check(refusal != null)
    },
    "objects are shared by threads" to {
        val key = remote.key.prepared()
        val draft = cosePrepare(HELLO)
        val raw = remote.sign(draft.digest())
        val written = draft.attach(raw, key)
        val shared = Sha256Stream()
        val faults = java.util.concurrent.ConcurrentLinkedQueue<Throwable>()
        val threads = List(8) {
            thread {
                try {
                    repeat(100) {
                        same(draft.attach(raw, key), written)
                        same(coseVerify(written, key).payload, HELLO)
                        shared.update(byteArrayOf(1))
                    }
                } catch (fault: Throwable) {
                    faults.add(fault)
                }
            }
        }
        threads.forEach(Thread::join)
        check(faults.isEmpty()) { faults.first().toString() }
        same(shared.finish(), sha(ByteArray(800) { 1 }))
    },
    "what there is" to {
        check(operations().containsAll(listOf("sha256", "cose_sign1_verify", "dsse_inspect")))
        same(limits()["CHAIN_CERTIFICATES"], 10uL)
    },
    "the README's program prints what it says" to {
        val promised = System.getProperty("splitsign.readme")
        val printed = ByteArrayOutputStream()
        val console = System.out
        try {
            System.setOut(PrintStream(printed))
            signAndVerify(remote.spki, remote::signDer)
        } finally {
            System.setOut(console)
        }
        same(printed.toString().trim(), promised)
    },
)

fun main() {
    var failed = 0
    val tests = TESTS + HANDLES
    for ((name, test) in tests) {
        try {
            test()
            println("ok      $name")
        } catch (fault: Throwable) {
            failed++
            println("FAILED  $name: $fault")
        }
    }
    println("${tests.size - failed} passed, $failed failed")
    if (failed > 0) exitProcess(1)
}
