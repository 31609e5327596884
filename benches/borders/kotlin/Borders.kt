// What it costs to cross from Kotlin into the core: per call, and per KiB. Prints one JSON object.
// Medians of rounds, in nanoseconds. `cargo xtask uniffi --borders 15` runs it.

import splitsign.*

private val SIZES_KIB = listOf(1, 4, 16, 64)

// The generator of P-256: a key like any other.
private const val KEY = "036b17d1f2e12c4247f8bce6e563a440f277037d812deb33a0f4a13945d898c296"

private fun round(calls: Int, action: () -> Any?): Long {
    val start = System.nanoTime()
    repeat(calls) { action() }
    return System.nanoTime() - start
}

/** For one call: the median of rounds, each of as many calls as take about five milliseconds once the JVM is warm. */
private fun nanoseconds(rounds: Int, action: () -> Any?): Double {
    round(2_000, action)
    var calls = 1
    while (round(calls, action) < 5_000_000) calls *= 2
    return List(rounds) { round(calls, action).toDouble() / calls }.sorted()[rounds / 2]
}

/** What one KiB more costs, from the least to the most. */
private fun perKib(at: Map<Int, Double>): Double =
    (at.getValue(SIZES_KIB.last()) - at.getValue(SIZES_KIB.first())) / (SIZES_KIB.last() - SIZES_KIB.first())

private fun report(at: Map<Int, Double>): String {
    val sizes = at.entries.joinToString(", ") { (size, time) -> "\"$size\": $time" }
    return "{\"at_kib\": {$sizes}, \"per_kib\": ${perKib(at)}}"
}

fun main(arguments: Array<String>) {
    val rounds = arguments.firstOrNull()?.toInt() ?: 15
    val key = PublicKey.fromSec1(KEY.chunked(2).map { it.toInt(16).toByte() }.toByteArray())
    val empty = ByteArray(0)
    val payloads = SIZES_KIB.associateWith { ByteArray(it * 1024) }
    val digest = payloads.mapValues { (_, payload) -> nanoseconds(rounds) { sha256(payload) } }
    // Closed, as forgotten objects are a matter of the garbage collector.
    val prepare = payloads.mapValues { (_, payload) -> nanoseconds(rounds) { cosePrepare(payload).close() } }
    println(
        "{\"binding\": \"kotlin\", \"runtime\": \"Java ${System.getProperty("java.version")}\", \"rounds\": $rounds, " +
            "\"unit\": \"ns\", \"call\": {\"key_to_sec1\": ${nanoseconds(rounds) { key.toSec1() }}, " +
            "\"sha256_empty\": ${nanoseconds(rounds) { sha256(empty) }}}, " +
            "\"sha256\": ${report(digest)}, \"cose_prepare\": ${report(prepare)}}",
    )
}
