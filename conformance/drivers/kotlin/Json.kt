// The JSON of conformance/PROTOCOL.md: objects, lists, strings, whole numbers and null.

/** Reads one JSON text. */
class Json(private val text: String) {
    private var at = 0

    /** The object that the whole text is. */
    fun whole(): Map<String, Any?> {
        @Suppress("UNCHECKED_CAST")
        val value = value() as Map<String, Any?>
        space()
        require(at == text.length) { "there is more at $at" }
        return value
    }

    private fun value(): Any? {
        space()
        return when (peek()) {
            '{' -> members()
            '[' -> items()
            '"' -> string()
            'n' -> null.also { word("null") }
            't' -> true.also { word("true") }
            'f' -> false.also { word("false") }
            else -> number()
        }
    }

    private fun members(): Map<String, Any?> {
        val members = LinkedHashMap<String, Any?>()
        list('{', '}') {
            space()
            val name = string()
            space()
            expect(':')
            members[name] = value()
        }
        return members
    }

    private fun items(): List<Any?> {
        val items = ArrayList<Any?>()
        list('[', ']') { items.add(value()) }
        return items
    }

    private fun list(open: Char, close: Char, item: () -> Unit) {
        expect(open)
        space()
        if (peek() == close) return expect(close)
        while (true) {
            item()
            space()
            if (peek() == close) return expect(close)
            expect(',')
        }
    }

    private fun string(): String {
        expect('"')
        val out = StringBuilder()
        while (true) {
            when (val c = next()) {
                '"' -> return out.toString()
                '\\' -> out.append(escaped())
                else -> out.append(c)
            }
        }
    }

    private fun escaped(): Char = when (val c = next()) {
        'b' -> '\b'
        'f' -> '\u000c'
        'n' -> '\n'
        'r' -> '\r'
        't' -> '\t'
        'u' -> text.substring(at, at + 4).toInt(16).toChar().also { at += 4 }
        '"', '\\', '/' -> c
        else -> throw IllegalArgumentException("\\$c at $at")
    }

    private fun number(): Long {
        val start = at
        while (at < text.length && (text[at].isDigit() || text[at] == '-')) at++
        return text.substring(start, at).toLong()
    }

    private fun word(word: String) = word.forEach(::expect)

    private fun expect(expected: Char) {
        val found = next()
        require(found == expected) { "$found instead of $expected at ${at - 1}" }
    }

    private fun peek(): Char? = text.getOrNull(at)

    private fun next(): Char = text[at++]

    private fun space() {
        while (peek()?.isWhitespace() == true) at++
    }
}

/** Writes one JSON text. */
fun json(value: Any?): String = when (value) {
    null -> "null"
    is Number -> value.toString()
    is Map<*, *> -> value.entries.joinToString(",", "{", "}") { (name, member) -> "${json(name)}:${json(member)}" }
    is List<*> -> value.joinToString(",", "[", "]") { json(it) }
    else -> value.toString().map(::quoted).joinToString("", "\"", "\"")
}

private fun quoted(c: Char): String = when {
    c == '"' || c == '\\' -> "\\$c"
    c < ' ' || c.code > 126 -> "\\u%04x".format(c.code)
    else -> c.toString()
}
