//! What is put right in the Kotlin that uniffi writes.

use anyhow::{Result, ensure};

/// The name of a class that owns memory of the core ends here.
const OWNER: &str = ": Disposable, AutoCloseable,";

/// The text as it is kept. Fails where uniffi writes something else than it did, so that nothing is left out in silence.
pub(super) fn put_right(text: &str) -> Result<String> {
    let owners = text.matches(OWNER).count();
    let mut text = text.to_owned();
    for (times, from, to) in [
        // An object that is an argument gave its address away without a look at whether it was closed, and its memory freed.
        (owners, "        return value.uniffiCloneHandle()\n", "        return value.callWithHandle { it }\n"),
        (owners, "    fun uniffiCloneHandle(): Long {\n", "    internal fun uniffiCloneHandle(): Long {\n"),
        (1, MESSAGE, &[SERIALIZED, MESSAGE].concat()),
    ] {
        let found = text.matches(from).count();
        ensure!(found == times && times > 0, "uniffi writes `{}` {found} times, not {times}", from.trim());
        text = text.replace(from, to);
    }
    Ok(text)
}

/// Of the exception.
const MESSAGE: &str = "        override val message\n            get() = \"code=";

/// Exceptions are `Serializable`, and `kotlin.UInt` is not.
const SERIALIZED: &str = "        // What is written instead of this by java.io, as kotlin.UInt is not Serializable.
        private fun writeReplace(): Any =
            Written(`code`, `number`.toInt(), `at`?.toLong(), `what`, `remedy`, stackTrace, cause, suppressed)

        private class Written(
            private val `code`: String,
            private val `number`: Int,
            private val `at`: Long?,
            private val `what`: String,
            private val `remedy`: String,
            private val stack: Array<StackTraceElement>,
            private val cause: Throwable?,
            private val suppressed: Array<Throwable>,
        ) : java.io.Serializable {
            private fun readResolve(): Any {
                val read = Refused(`code`, `number`.toUShort(), `at`?.toUInt(), `what`, `remedy`)
                read.stackTrace = stack
                cause?.let { read.initCause(it) }
                suppressed.forEach { read.addSuppressed(it) }
                return read
            }

            private companion object {
                private const val serialVersionUID = 1L
            }
        }

";

#[cfg(test)]
mod tests {
    use super::{OWNER, put_right};

    fn written(owner: &str) -> String {
        let lower = "        return value.uniffiCloneHandle()\n";
        format!("open class A{OWNER}\n    fun uniffiCloneHandle(): Long {{\n{lower}{owner}{}\"\n", super::MESSAGE)
    }

    #[test]
    fn arguments_are_looked_at_and_the_exception_can_be_written() {
        let text = put_right(&written("")).expect("what uniffi writes");
        assert!(text.contains("return value.callWithHandle { it }") && text.contains("writeReplace"), "{text}");
        assert!(!text.contains("value.uniffiCloneHandle()"), "{text}");
    }

    #[test]
    fn an_owner_that_is_written_in_another_way_is_an_error() {
        let refused = put_right(&written(&format!("open class B{OWNER}\n"))).expect_err("an owner is left out");
        assert!(refused.to_string().contains("1 times, not 2"), "{refused}");
        put_right("").expect_err("there are no owners");
    }
}
