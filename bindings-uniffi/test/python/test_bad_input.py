"""What is not right is a typed error each time, never a crash, and the package works afterwards."""

from __future__ import annotations

import copy
import pickle
import random
import threading
from collections.abc import Iterator
from typing import Any, Callable

import pytest
from conftest import Signer

from splitsign import (
    PublicKey,
    Sha256,
    SplitsignError,
    _arguments,
    cose,
    dsse,
    jws,
    limits,
    operations,
    sha256,
    signature_from_der,
    signature_to_der,
    verify_digest,
)

NOT_BYTES: list[Any] = [None, 5, 1.5, True, [1, 2], {"a": 1}, object(), iter(b"x"), b"x".__len__]
LEAF = bytes.fromhex("3003020101")


@pytest.fixture(autouse=True)
def works_afterwards(remote: Signer) -> Iterator[None]:
    yield
    draft = cose.prepare(b"after", kid=b"k")
    assert cose.verify(draft.attach(remote.sign(draft.digest), remote.key), key=remote.key).payload == b"after"


def calls(key: PublicKey) -> dict[str, Callable[[Any], object]]:
    """Everything that takes bytes, as a function of those."""
    raw = bytes(64)
    return {
        "sha256": sha256,
        "sha256 update": lambda value: Sha256().update(value),
        "from_sec1": PublicKey.from_sec1,
        "from_spki": PublicKey.from_spki,
        "from_cose_key": PublicKey.from_cose_key,
        "from_jwk": PublicKey.from_jwk,
        "signature_from_der": signature_from_der,
        "signature_to_der": signature_to_der,
        "verify_digest digest": lambda value: verify_digest(value, raw, key=key),
        "verify_digest signature": lambda value: verify_digest(bytes(32), value, key=key),
        "cose.prepare": cose.prepare,
        "cose.prepare detached": lambda value: cose.prepare(value, detached=True),
        "cose.prepare certificate": lambda value: cose.prepare(b"", x5chain=[value]),
        "cose.attach": lambda value: cose.prepare(b"").attach(value, key),
        "cose.verify": lambda value: cose.verify(value, key=key),
        "cose.verify_stream": lambda value: cose.verify_stream(value, key=key, length=1),
        "cose.inspect": cose.inspect,
        "cose.update": lambda value: cose.prepare_stream(1 << 40).update(value),
        "jws.prepare": jws.prepare,
        "jws.verify": lambda value: jws.verify(value, key=key),
        "jws.verify_stream": lambda value: jws.verify_stream(value, key=key),
        "jws.inspect": jws.inspect,
        "jws.update": lambda value: jws.prepare_stream().update(value),
        "dsse.prepare": lambda value: dsse.prepare("a/b", value),
        "dsse.verify": lambda value: dsse.verify(value, key=key),
        "dsse.inspect": dsse.inspect,
    }


@pytest.mark.parametrize("name", calls(None))  # type: ignore[arg-type]
def test_wrong_types_are_type_errors(remote: Signer, name: str) -> None:
    function = calls(remote.key)[name]
    for value in NOT_BYTES:
        if name == "from_jwk" and isinstance(value, dict):
            continue
        with pytest.raises(TypeError, match="must be"):
            function(value)


@pytest.mark.parametrize("name", calls(None))  # type: ignore[arg-type]
def test_random_bytes_are_refused_or_taken_and_nothing_else(remote: Signer, name: str) -> None:
    function = calls(remote.key)[name]
    chance = random.Random(name)
    for _ in range(200):
        value = chance.randbytes(chance.choice([0, 1, 2, 3, 10, 64, 65, 200]))
        try:
            function(value)
        except SplitsignError as error:
            assert error.code and error.number > 0 and str(error).startswith(error.code)


def test_bytes_bytearray_and_memoryview_are_the_same(remote: Signer) -> None:
    data = bytes(range(200))
    for form in (data, bytearray(data), memoryview(data), memoryview(bytearray(data)), memoryview(data + data)[:200]):
        assert sha256(form) == sha256(data)
        assert cose.prepare(form).digest == cose.prepare(data).digest
        assert Sha256().update(form).finish() == sha256(data)
    assert sha256(memoryview(data)[::2]) == sha256(data[::2])


def test_a_payload_that_changes_after_prepare_does_not_matter(remote: Signer) -> None:
    payload = bytearray(b"hello")
    draft = cose.prepare(payload)
    payload[:] = b"HELLO and more"
    assert cose.verify(draft.attach(remote.sign(draft.digest), remote.key), key=remote.key).payload == b"hello"


def test_a_released_memoryview_is_refused() -> None:
    released = memoryview(b"x")
    released.release()
    with pytest.raises(SplitsignError, match="invalid_argument"):
        sha256(released)


def test_half_a_surrogate_pair_is_refused() -> None:
    for function in (
        lambda: jws.prepare("\ud800"),
        lambda: jws.prepare("x", kid="\ud800"),
        lambda: cose.prepare(b"x", content_type="a/\ud800"),
        lambda: dsse.prepare("\ud800", b"x"),
    ):
        with pytest.raises(SplitsignError, match="invalid_argument"):
            function()


def test_words_and_numbers(remote: Signer) -> None:
    wrong: list[Callable[[], object]] = [
        lambda: cose.prepare(b"", low_s="Accept"),  # type: ignore[arg-type]
        lambda: jws.prepare(b"", serialization="general"),  # type: ignore[arg-type]
        lambda: dsse.prepare("a/b", b"", signature_encoding="hex"),  # type: ignore[arg-type]
        lambda: cose.prepare(b"", content_type=65536),
        lambda: cose.prepare(b"", content_type=-1),
        lambda: cose.prepare_stream(-1),
        lambda: cose.prepare_stream(1 << 64),
        lambda: PublicKey.from_jwk({"x": float("nan")}),
    ]
    for function in wrong:
        with pytest.raises(SplitsignError, match="^invalid_argument"):
            function()
    of_type: list[Callable[[], object]] = [
        lambda: cose.prepare(b"", content_type=True),
        lambda: cose.prepare(b"", content_type=b"a/b"),  # type: ignore[arg-type]
        lambda: cose.prepare(b"", tagged=1),  # type: ignore[arg-type]
        lambda: cose.prepare(b"", detached="no"),  # type: ignore[arg-type]
        lambda: cose.prepare(b"", x5chain=LEAF),  # type: ignore[arg-type]
        lambda: cose.prepare(b"", x5chain=5),  # type: ignore[arg-type]
        lambda: cose.prepare(b"", low_s=None),  # type: ignore[arg-type]
        lambda: cose.prepare(b"", detatched=True),  # type: ignore[call-arg]
        lambda: cose.prepare_stream(1.0),  # type: ignore[arg-type]
        lambda: jws.prepare(b"", kid=b"k"),  # type: ignore[arg-type]
        lambda: jws.prepare(b"", unencoded=0),  # type: ignore[arg-type]
        lambda: dsse.prepare(b"a/b", b""),  # type: ignore[arg-type]
        lambda: cose.verify(b"", key=b"key"),  # type: ignore[arg-type]
        lambda: cose.prepare(b"").attach(bytes(64), None),  # type: ignore[arg-type]
        lambda: PublicKey(),
        lambda: PublicKey.from_jwk({"x": object()}),
    ]
    for function in of_type:
        with pytest.raises(TypeError):
            function()


def test_codes_and_offsets_are_those_of_the_core(remote: Signer) -> None:
    cases: list[tuple[Callable[[], object], str, int, int]] = [
        (lambda: PublicKey.from_sec1(b""), "key_wrong_length", 211, 0),
        (lambda: cose.inspect(b"\xd2\x84"), "cbor_truncated", 100, 2),
        (lambda: cose.prepare(b"", x5chain=[]), "chain_empty", 250, 0),
        (lambda: cose.prepare(b"", x5chain=[LEAF, b"\x30"]), "chain_invalid_certificate", 252, 1),
        (lambda: cose.prepare(b"", x5chain=[LEAF + LEAF]), "chain_invalid_certificate", 252, 0),
        (lambda: cose.prepare(b"", x5chain=[LEAF] * 11), "chain_too_long", 251, 10),
        (lambda: cose.prepare(b"", kid=bytes(1025)), "limit_exceeded", 2, 1024),
        (lambda: jws.inspect("a.b"), "jws_invalid_compact", 400, 3),
        (lambda: jws.prepare(b"a\nb", unencoded=True), "jws_unencoded_payload", 409, 1),
        (lambda: dsse.prepare("", b""), "dsse_invalid_payload_type", 502, 0),
        (lambda: verify_digest(b"x", bytes(64), key=remote.key), "digest_wrong_length", 204, 1),
        (lambda: verify_digest(bytes(32), bytes(64), key=remote.key), "signature_out_of_range", 202, 0),
    ]
    for function, code, number, at in cases:
        with pytest.raises(SplitsignError) as error:
            function()
        assert (error.value.code, error.value.number, error.value.at) == (code, number, at)
    with pytest.raises(SplitsignError) as told:
        cose.inspect(b"\xd2\x84")
    says = "cbor_truncated (100) at byte 2: The CBOR ends in the middle of an item. Send the whole object."
    assert str(told.value) == says


def test_truncated_objects_are_refused(remote: Signer) -> None:
    drafts: list[Any] = [cose.prepare(b"hello", kid=b"k"), jws.prepare("hello"), dsse.prepare("a/b", "hello")]
    for module, draft in zip((cose, jws, dsse), drafts):
        whole = draft.attach(remote.sign(draft.digest), remote.key)
        for length in range(len(whole)):
            for function in (lambda part: module.verify(part, key=remote.key), module.inspect):
                with pytest.raises(SplitsignError):
                    function(whole[:length])


def test_huge_lengths_are_refused_without_memory_for_them(remote: Signer) -> None:
    for text in ("d28443a10126a05affffffff", "d28443a10126a05bffffffffffffffff", "9bffffffffffffffff"):
        with pytest.raises(SplitsignError):
            cose.inspect(bytes.fromhex(text))
    stream = cose.prepare_stream((1 << 64) - 1).update(b"x")
    with pytest.raises(SplitsignError, match="^length_mismatch"):
        stream.finish()


def test_more_than_crosses_the_border_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    assert _arguments.BYTES_MAX == limits()["OBJECT_BYTES"] == 2**31 - 1
    monkeypatch.setattr(_arguments, "BYTES_MAX", 10)
    with pytest.raises(SplitsignError) as error:
        cose.inspect(bytes(11))
    assert (error.value.code, error.value.number, error.value.at) == ("limit_exceeded", 2, 10)
    monkeypatch.undo()


def test_a_stream_takes_what_was_announced(remote: Signer) -> None:
    stream = cose.prepare_stream(3).update(b"ab")
    with pytest.raises(SplitsignError) as error:
        stream.update(b"cd")
    assert (error.value.code, error.value.at) == ("length_mismatch", 1)
    for function in (lambda: stream.update(b""), stream.finish):
        with pytest.raises(SplitsignError, match=r"^stream_failed \(3006\): "):
            function()
    long = cose.prepare_stream(5_000_000)
    with pytest.raises(SplitsignError) as far:
        long.update(bytes(6_000_000))
    assert (far.value.code, far.value.at) == ("length_mismatch", 5_000_000)


def test_a_stream_that_is_finished_is_over(remote: Signer) -> None:
    draft = cose.prepare(b"x", detached=True)
    written = draft.attach(remote.sign(draft.digest), remote.key)
    text = jws.prepare("x", detached=True)
    token = text.attach(remote.sign(text.digest), remote.key)
    streams: list[Any] = [
        Sha256(),
        cose.prepare_stream(1),
        cose.verify_stream(written, key=remote.key, length=1),
        jws.prepare_stream(),
        jws.verify_stream(token, key=remote.key),
    ]
    for stream in streams:
        stream.update(b"x")
        stream.finish()
        for function in (lambda: stream.update(b"x"), stream.finish, lambda: stream.update(b"")):
            with pytest.raises(SplitsignError, match=r"^stream_finished \(3004\): "):
                function()
    failed = cose.verify_stream(written, key=remote.key, length=1).update(b"y")
    with pytest.raises(SplitsignError, match="^bad_signature"):
        failed.finish()
    with pytest.raises(SplitsignError, match="^stream_finished"):
        failed.finish()


def test_objects_are_shared_by_threads(remote: Signer) -> None:
    key = remote.key.prepared()
    draft = cose.prepare(b"hello", kid=b"k")
    raw = remote.sign(draft.digest)
    written = draft.attach(raw, key)
    shared = Sha256()
    faults: list[BaseException] = []

    def work() -> None:
        try:
            for _ in range(100):
                assert draft.attach(raw, key) == written
                assert cose.verify(written, key=key).kid == b"k"
                shared.update(b"x")
        except BaseException as fault:
            faults.append(fault)

    threads = [threading.Thread(target=work) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not faults
    assert shared.finish() == sha256(b"x" * 800)


def test_keys_and_errors_survive_pickle_and_copy(remote: Signer) -> None:
    assert pickle.loads(pickle.dumps(remote.key)) == copy.deepcopy(remote.key) == remote.key
    with pytest.raises(SplitsignError) as error:
        cose.inspect(b"")
    again = pickle.loads(pickle.dumps(error.value))
    assert (again.code, again.at, str(again)) == (error.value.code, error.value.at, str(error.value))


def test_what_there_is() -> None:
    assert {"sha256", "cose_sign1_verify", "dsse_inspect"} <= set(operations())
    assert limits()["CHAIN_CERTIFICATES"] == 10
