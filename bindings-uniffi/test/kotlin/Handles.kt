// What owns memory of the core: closed once and by anybody, refused afterwards, and written nowhere. Part of Tests.kt.

import java.io.ByteArrayInputStream
import java.io.ByteArrayOutputStream
import java.io.File
import java.io.NotSerializableException
import java.io.ObjectInputStream
import java.io.ObjectOutputStream
import java.io.Serializable
import java.lang.reflect.InvocationTargetException
import java.util.concurrent.ConcurrentLinkedQueue
import java.util.concurrent.CountDownLatch
import java.util.jar.JarFile
import kotlin.concurrent.thread
import splitsign.*

private val DETACHED = coseObject(CoseParameters(detached = true))
private val COSE = coseObject()
private val JWS_DETACHED = jwsObject(JwsParameters(detached = true)).toByteArray()
private val JWS = jwsObject().toByteArray()
private val DSSE = dssePrepare("a/b", HELLO).use { it.attach(remote.sign(it.digest()), remote.key) }.toByteArray()
private val COSE_RAW = cosePrepare(HELLO).use { remote.sign(it.digest()) }

/** One of every class that owns memory, made anew each time. */
private val OWNERS: Map<Class<*>, () -> AutoCloseable> = mapOf(
    CoseDraft::class.java to { cosePrepare(HELLO) },
    CosePrepareStream::class.java to { CosePrepareStream(5u) },
    CoseVerifyStream::class.java to { CoseVerifyStream(DETACHED, remote.key, 5u) },
    JwsDraft::class.java to { jwsPrepare(HELLO) },
    JwsPrepareStream::class.java to { JwsPrepareStream() },
    JwsVerifyStream::class.java to { JwsVerifyStream(JWS_DETACHED, remote.key) },
    DsseDraft::class.java to { dssePrepare("a/b", HELLO) },
    PublicKey::class.java to { PublicKey.fromSpki(remote.spki) },
    Sha256Stream::class.java to { Sha256Stream() },
)

/** Every function that takes a key. */
private val WITH_KEY: Map<String, (PublicKey) -> Any?> = mapOf(
    "coseVerify" to { coseVerify(COSE, it) },
    "jwsVerify" to { jwsVerify(JWS, it) },
    "dsseVerify" to { dsseVerify(DSSE, it) },
    "verifyDigest" to { verifyDigest(sha256(HELLO), COSE_RAW, it) },
    "CoseVerifyStream" to { CoseVerifyStream(DETACHED, it, 5u).close() },
    "JwsVerifyStream" to { JwsVerifyStream(JWS_DETACHED, it).close() },
    "cose attach" to { key -> cosePrepare(HELLO).use { it.attach(COSE_RAW, key) } },
    "jws attach" to { key -> jwsPrepare(HELLO).use { it.attach(COSE_RAW, key) } },
    "dsse attach" to { key -> dssePrepare("a/b", HELLO).use { it.attach(COSE_RAW, key) } },
    "equals" to { remote.key == it },
)

/** All classes of the binding that own memory, from the jar itself. */
private fun owningClasses(): Set<Class<*>> {
    val jar = File(PublicKey::class.java.protectionDomain.codeSource.location.toURI())
    val names = JarFile(jar).use { open -> open.entries().toList().map { it.name } }
    val classes = names.filter { it.startsWith("splitsign/") && it.endsWith(".class") }
        .map { Class.forName(it.removeSuffix(".class").replace('/', '.'), false, PublicKey::class.java.classLoader) }
    return classes.filter { !it.isInterface && Disposable::class.java.isAssignableFrom(it) }.toSet()
}

private fun written(what: Any): ByteArray =
    ByteArrayOutputStream().also { bytes -> ObjectOutputStream(bytes).use { it.writeObject(what) } }.toByteArray()

private fun read(bytes: ByteArray): Any = ObjectInputStream(ByteArrayInputStream(bytes)).use { it.readObject() }

private inline fun <reified T : Throwable> throws(what: String, action: () -> Any?) {
    val found = try {
        action()
        null
    } catch (fault: Throwable) {
        fault
    }
    check(found is T) { "$what: $found is not ${T::class.java.simpleName}" }
}

/** What a method takes, by its type. */
private fun argument(type: Class<*>): Any = when (type) {
    ByteArray::class.java -> COSE_RAW
    PublicKey::class.java -> remote.key
    else -> throw AssertionError("no argument of $type")
}

/** Calls everything that the interface of an owner has. */
private fun callAll(owner: Any, onResult: (String, Throwable?) -> Unit) {
    val interfaces = owner.javaClass.interfaces.filter { it.name.endsWith("Interface") }
    check(interfaces.size == 1) { "$interfaces" }
    for (method in interfaces.single().methods.filter { !java.lang.reflect.Modifier.isStatic(it.modifiers) }) {
        val fault = try {
            method.invoke(owner, *method.parameterTypes.map(::argument).toTypedArray())
            null
        } catch (e: InvocationTargetException) {
            e.cause
        }
        onResult("${owner.javaClass.simpleName}.${method.name}", fault)
    }
}

/** The threads, all of which begin at once; fails with the first fault of any. */
private fun together(count: Int, work: (Int) -> Unit) {
    val faults = ConcurrentLinkedQueue<Throwable>()
    val start = CountDownLatch(1)
    val threads = List(count) { number ->
        thread {
            try {
                start.await()
                work(number)
            } catch (fault: Throwable) {
                faults.add(fault)
            }
        }
    }
    start.countDown()
    threads.forEach(Thread::join)
    faults.firstOrNull()?.let { throw AssertionError("in a thread: $it", it) }
}

/** Somebody's class that would be written with all that it has. */
private class Job(@Suppress("unused") val what: Any) : Serializable

internal val HANDLES: Map<String, () -> Unit> = linkedMapOf(
    "every class that owns memory is tested" to { same(OWNERS.keys, owningClasses()) },
    "what owns memory is not written by java.io" to {
        for ((kind, make) in OWNERS) {
            make().use { owner ->
                check(owner !is Serializable && owner !is Cloneable) { "$kind" }
                for (holder in listOf(owner, listOf(owner), Job(owner))) {
                    throws<NotSerializableException>("$kind") { written(holder) }
                }
            }
        }
    },
    "parameters and results are not written in part" to {
        for (value in listOf(CoseParameters(kid = KID), coseVerify(COSE, remote.key), jwsInspect(JWS), ContentType.CoapFormat(60u))) {
            throws<NotSerializableException>("$value") { written(value) }
        }
    },
    "an error that was written is the same where it is read" to {
        for (refusal in listOf(refused("cbor_truncated") { coseInspect(HELLO.copyOf(0)) }, refused("stream_finished") {
            Sha256Stream().use { it.finish(); it.finish() }
        })) {
            refusal.initCause(IllegalStateException("before"))
            refusal.addSuppressed(RuntimeException("beside"))
            val again = read(written(Job(refusal))) as Job
            val error = again.what as SplitsignException.Refused
            same(listOf(error.code, error.number, error.at, error.what, error.remedy),
                listOf(refusal.code, refusal.number, refusal.at, refusal.what, refusal.remedy))
            same(error.message, refusal.message)
            same(error.stackTrace.toList(), refusal.stackTrace.toList())
            same(error.cause?.message, "before")
            same(error.suppressed.single().message, "beside")
        }
    },
    "what was closed is refused by every method, and closed again in vain" to {
        for ((kind, make) in OWNERS) {
            val owner = make()
            owner.close()
            owner.close()
            (owner as Disposable).destroy()
            var methods = 0
            callAll(owner) { what, fault ->
                methods++
                check(fault is IllegalStateException && fault.message!!.contains("already been destroyed")) { "$what: $fault" }
            }
            check(methods > 0) { "$kind" }
            owner.close()
        }
        val key = PublicKey.fromSpki(remote.spki).also(PublicKey::close)
        throws<IllegalStateException>("equals") { key == remote.key }
        throws<IllegalStateException>("hashCode") { key.hashCode() }
    },
    "a key that was closed is refused as an argument, and not read" to {
        for ((what, use) in WITH_KEY) {
            repeat(50) {
                val key = PublicKey.fromSpki(remote.spki)
                key.close()
                // What comes next into the memory that is free.
                val after = List(4) { PublicKey.fromSpki(other.spki) }
                throws<IllegalStateException>(what) { use(key) }
                after.forEach(PublicKey::close)
            }
        }
        same(coseVerify(COSE, remote.key).payload, HELLO)
    },
    "what is made of nothing is refused, as an argument as well" to {
        val empty = listOf(CoseDraft(NoHandle), JwsDraft(NoHandle), PublicKey(NoHandle), Sha256Stream(NoHandle), CoseVerifyStream(NoHandle))
        for (owner in empty) {
            callAll(owner) { what, fault -> check(fault is InternalException) { "$what: $fault" } }
            (owner as AutoCloseable).close()
            owner.close()
            callAll(owner) { what, fault -> check(fault is IllegalStateException) { "$what: $fault" } }
        }
        for ((what, use) in WITH_KEY) throws<InternalException>(what) { use(PublicKey(NoHandle)) }
    },
    "closed by many threads at once, memory is freed once" to {
        repeat(50) {
            val owners = OWNERS.values.map { it() }
            together(8) { owners.forEach(AutoCloseable::close) }
        }
    },
    "closed while other threads use it, each call works or is refused" to {
        val written = cosePrepare(HELLO).use { it.attach(COSE_RAW, remote.key) }
        repeat(30) {
            val draft = cosePrepare(HELLO)
            val key = PublicKey.fromSpki(remote.spki).prepared()
            val stream = Sha256Stream()
            val busy = CountDownLatch(6)
            val uses = listOf<() -> Unit>(
                { same(draft.attach(COSE_RAW, key), written) },
                { same(coseVerify(written, key).payload, HELLO) },
                { check(key == remote.key && remote.key == key) },
                { CoseVerifyStream(DETACHED, key, 5u).use { it.update(HELLO); it.finish() } },
                { stream.update(HELLO) },
                { same(draft.digest().size, 32) },
            )
            together(7) { number ->
                if (number == 6) {
                    // Every thread has done something, and is on its way to the next.
                    busy.await()
                    listOf(draft, key, stream).forEach(AutoCloseable::close)
                } else {
                    var over = false
                    var done = 0
                    while (!over) {
                        try {
                            uses[number]()
                        } catch (e: IllegalStateException) {
                            over = true
                        }
                        if (done++ == 0) busy.countDown()
                    }
                }
            }
        }
    },
    "forgotten without being closed, memory is freed, and what is left works" to {
        repeat(20) {
            repeat(500) { cosePrepare(ByteArray(10_000)) }
            System.gc()
        }
        same(coseVerify(COSE, remote.key).payload, HELLO)
    },
    "another thread goes on with what this one began" to {
        val stream = Sha256Stream()
        stream.update(HELLO)
        together(1) { stream.update(HELLO) }
        same(stream.finish(), sha256(HELLO + HELLO))
    },
    "a draft is as it was after a refusal" to {
        cosePrepare(HELLO).use { draft ->
            val before = draft.digest()
            refused("bad_signature") { draft.attach(COSE_RAW, other.key) }
            refused("signature_wrong_length") { draft.attach(HELLO, remote.key) }
            same(draft.digest(), before)
            same(coseVerify(draft.attach(COSE_RAW, remote.key), remote.key).payload, HELLO)
        }
    },
)
