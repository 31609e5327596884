"""What owns memory of the core frees it once: it is not copied, and outlives whatever else is done to it."""

from __future__ import annotations

import copy
import copyreg
import gc
import multiprocessing
import os
import pickle
import subprocess
import sys
import threading
import weakref
from concurrent.futures import ProcessPoolExecutor
from typing import Any, Callable

import pytest
from classes import classes, errors, jws_object, kinds, owners, protocols, values
from conftest import Signer

from splitsign import PublicKey, Sha256, SplitsignError, cose, dsse, jws, sha256
from splitsign._native import splitsign as native

PROTOCOLS = range(pickle.HIGHEST_PROTOCOL + 1)


def copies(thing: Any) -> dict[str, Callable[[], object]]:
    """Every way to make a second one of something."""
    ways: dict[str, Callable[[], object]] = {
        "copy": lambda: copy.copy(thing),
        "deepcopy": lambda: copy.deepcopy(thing),
        "deepcopy of a list": lambda: copy.deepcopy([{"it": thing}]),
        "__reduce__": lambda: thing.__reduce__(),
        "__getstate__": lambda: thing.__getstate__(),
        "__setstate__": lambda: thing.__setstate__({"_handle": 1}),
        "object.__reduce_ex__": lambda: object.__reduce_ex__(thing, 4),
    }
    for protocol in PROTOCOLS:
        ways[f"pickle {protocol}"] = lambda protocol=protocol: pickle.dumps(thing, protocol)  # type: ignore[misc]
        ways[f"pickle of a list {protocol}"] = lambda protocol=protocol: pickle.dumps([thing], protocol)  # type: ignore[misc]
        ways[f"Python's pickle {protocol}"] = lambda protocol=protocol: pickle._dumps(thing, protocol)  # type: ignore
        ways[f"__reduce_ex__ {protocol}"] = lambda protocol=protocol: thing.__reduce_ex__(protocol)  # type: ignore[misc]
    for protocol in (0, 1):
        ways[f"copyreg {protocol}"] = lambda protocol=protocol: copyreg._reduce_ex(thing, protocol)  # type: ignore
    return ways


def survives(program: str, *arguments: str) -> str:
    """What a program prints, in a process of its own: memory that is freed twice ends that, or is another one's then."""
    before = "import copy, gc, os, pickle, sys\nfrom splitsign import *\nfrom splitsign._native import splitsign as native\n"
    environment = os.environ | {"MALLOC_PERTURB_": "165"}
    done = subprocess.run(
        [sys.executable, "-X", "faulthandler", "-c", before + program, *arguments],
        capture_output=True, text=True, env=environment, timeout=60,
    )  # fmt: skip
    assert (done.returncode, done.stderr) == (0, ""), f"{done.returncode}: {done.stdout}{done.stderr}"
    return done.stdout.strip()


def test_every_class_is_known_and_of_one_kind(remote: Signer) -> None:
    sets = kinds(remote)
    assert sum(map(len, sets)) == len(set().union(*sets)), "a class is of two kinds"
    assert set().union(*sets) == set(classes()), "a class is not in classes.py, or is no more"
    frees = {name for name, one in classes().items() if name.startswith("native.") and hasattr(one, "__del__")}
    assert frees == {name for name in owners(remote) if name.startswith("native.")}
    for name, make in {**owners(remote), **values(remote), **errors()}.items():
        assert type(make()) is classes()[name], name


def test_owners_are_neither_copied_nor_pickled(remote: Signer) -> None:
    for name, make in owners(remote).items():
        thing = make()
        for way, second in copies(thing).items():
            with pytest.raises(TypeError) as error:
                second()
            says, instead = str(error.value).split("; ")
            assert says == f"{type(thing).__name__} cannot be copied or pickled: it owns memory of the core, which a copy would free again", (name, way)
            assert len(instead) > 10 and "make another" not in instead, (name, way)


def test_owners_work_after_that(remote: Signer) -> None:
    for make in owners(remote).values():
        thing = make()
        for second in copies(thing).values():
            with pytest.raises(TypeError):
                second()
        used(thing)


def used(thing: Any) -> object:
    """Does something with it that reaches the core."""
    for name in ("digest", "finish", "to_sec1"):
        if hasattr(type(thing), name):
            method = getattr(thing, name)
            try:
                return method() if callable(method) else method
            except (SplitsignError, native.SplitsignError) as refused:
                return refused
    raise AssertionError(f"nothing to do with {thing}")


def test_values_are_equal_to_their_copies(remote: Signer) -> None:
    for name, make in values(remote).items():
        value = make()
        ways = [copy.copy(value), copy.deepcopy(value), *(pickle.loads(pickle.dumps(value, each)) for each in PROTOCOLS)]
        for again in ways:
            assert type(again) is type(value) and again == value, name


def test_errors_say_the_same_when_they_arrive(remote: Signer) -> None:
    for name, make in errors().items():
        error = make()
        ways = [copy.copy(error), copy.deepcopy(error), *(pickle.loads(pickle.dumps(error, each)) for each in PROTOCOLS)]
        for again in ways:
            assert (type(again), str(again), vars(again)) == (type(error), str(error), vars(error)), name


def test_protocols_have_no_instances() -> None:
    assert len(protocols()) == 9
    for one in protocols().values():
        with pytest.raises(TypeError):
            one()


def test_what_was_made_past_its_constructor_is_refused(remote: Signer) -> None:
    makers: list[Callable[[], Any]] = [*owners(remote).values(), lambda: remote.key]
    for make in makers:
        kind: Any = type(make())
        for empty in (kind.__new__(kind), object.__new__(kind), copyreg.__newobj__(kind)):  # type: ignore
            with pytest.raises(TypeError, match=f"^this {kind.__name__} is empty: it was made past its constructor"):
                used(empty)
            with pytest.raises(AttributeError, match="digset"):
                empty.digset
            del empty
    empty_key = PublicKey.__new__(PublicKey)
    uses: list[Callable[[], object]] = [
        lambda: repr(empty_key),
        lambda: hash(empty_key),
        lambda: empty_key == remote.key,
        lambda: remote.key == empty_key,
        lambda: pickle.dumps(empty_key),
        lambda: cose.verify(b"", key=empty_key),
        lambda: cose.prepare(b"").attach(bytes(64), empty_key),
        lambda: native.cose_verify(b"", native.PublicKey.__new__(native.PublicKey), native.CoseExpected()),
    ]
    for use in uses:
        with pytest.raises(TypeError, match="is empty"):
            use()


def test_drafts_and_streams_are_made_of_nothing_else(remote: Signer) -> None:
    native_jws = native.jws_prepare(b"x", native.JwsParameters())
    wrong: list[tuple[Callable[[], object], str]] = [
        (lambda: cose.Draft(5), "a draft is made by cose.prepare, and not of int"),  # type: ignore[arg-type]
        (lambda: cose.Draft(native_jws), "a draft is made by cose.prepare, and not of JwsDraft"),  # type: ignore[arg-type]
        (lambda: jws.Draft(None), "a draft is made by jws.prepare, and not of NoneType"),  # type: ignore[arg-type]
        (lambda: dsse.Draft(native_jws), "a draft is made by dsse.prepare, and not of JwsDraft"),  # type: ignore[arg-type]
        (lambda: cose.PrepareStream(1, 5), "a stream is made by cose.prepare_stream, and not of int"),  # type: ignore[arg-type]
        (lambda: jws.PrepareStream({}), "a stream is made by jws.prepare_stream, and not of dict"),  # type: ignore[arg-type]
        (lambda: cose.VerifyStream(b""), "a stream is made by cose.verify_stream, and not of bytes"),  # type: ignore[arg-type]
        (lambda: jws.VerifyStream(native_jws), "a stream is made by jws.verify_stream, and not of JwsDraft"),  # type: ignore[arg-type]
    ]
    for function, says in wrong:
        with pytest.raises(TypeError) as error:
            function()
        assert str(error.value) == says


def test_a_prepared_key_comes_back_prepared(remote: Signer) -> None:
    key = remote.key.prepared()
    for again in (copy.copy(key), copy.deepcopy(key), *(pickle.loads(pickle.dumps(key, each)) for each in PROTOCOLS)):
        assert again == key and again.is_prepared
    assert copy.copy(key) is key and not pickle.loads(pickle.dumps(remote.key)).is_prepared
    with pytest.raises(TypeError, match="this pickle has something else"):
        remote.key.__setstate__({"_native": 1})


class Resumable(Sha256):
    """Knows all that it was given, and can begin anew."""

    def __init__(self, given: bytes = b"") -> None:
        super().__init__()
        self.given = given
        super().update(given)

    def __reduce__(self) -> tuple[type[Resumable], tuple[bytes]]:
        return Resumable, (self.given,)


class Plain(Sha256):
    """Knows nothing."""


def test_a_subclass_is_refused_unless_it_knows_how_to_begin_anew() -> None:
    for second in copies(Plain().update(b"a")).values():
        with pytest.raises(TypeError, match="^Plain cannot be copied or pickled"):
            second()
    again = pickle.loads(pickle.dumps(Resumable(b"hello")))
    assert type(again) is Resumable and again.finish() == copy.copy(Resumable(b"hello")).finish() == sha256(b"hello")


def test_owners_can_be_held_weakly(remote: Signer) -> None:
    makers: list[Callable[[], Any]] = [*owners(remote).values(), lambda: PublicKey.from_sec1(remote.key.to_sec1())]
    for make in makers:
        thing = make()
        weak = weakref.ref(thing)
        assert weak() is thing
        del thing
        gc.collect()
        assert weak() is None


MAKE = """
def make():
    streams = [native.Sha256Stream() for _ in range(50)]
    return streams + [native.cose_prepare(b"x" * 5000, native.CoseParameters()) for _ in range(50)]
made = make()
"""

END = """
if "circle" not in vars():
    made.clear()
    # What comes into the memory that was freed.
    again = [make() for _ in range(3)]
    assert all(one.digest() == again[0][-1].digest() for all in again for one in all[50:])
"""


@pytest.mark.parametrize("name, program", {
    "copied with its attributes": """
for one in made:
    twin = type(one).__new__(type(one))
    vars(twin).update(vars(one))
    del twin
""",
    "copied, and both in use": """
for one in made:
    twin = type(one).__new__(type(one))
    twin._handle = one._handle
    del one
made.clear()
other = make()
print(twin.digest() == other[-1].digest())
""",
    "deep copy": """
for one in made:
    try:
        again = copy.deepcopy(one)
        del again
    except TypeError:
        pass
""",
    "pickled as before": """
for one in made:
    again = type(one).__new__(type(one))
    try:
        again.__setstate__(dict(vars(one)))
        del again
    except TypeError:
        pass
""",
    "__del__ twice": """
for one in made:
    one.__del__()
    one.__del__()
    try:
        one._uniffi_clone_handle()
    except TypeError as error:
        assert "is empty" in str(error), error
    else:
        raise AssertionError("used")
""",
    "__init__ twice": """
stream = native.Sha256Stream()
stream.update(b"x")
stream.__init__()
print(stream.finish() == sha256(b""))
key = native.PublicKey.from_sec1(bytes.fromhex(sys.argv[1]))
verifying = native.JwsVerifyStream(sys.argv[2].encode(), key, native.JwsExpected())
try:
    verifying.__init__(b"", key, native.JwsExpected())
except native.SplitsignError:
    pass
verifying.update(b"x")
again = Sha256().update(b"x")
again.__init__()
print(again.finish() == sha256(b""))
""",
    "an exit with everything alive, in circles as well": """
class Circle: pass
circle = Circle()
circle.me, circle.made, circle.stream = circle, made, Sha256()
sys.modules["kept"] = circle
kept = [Sha256(), cose.prepare(b"x")]
""",
    "a handle that is taken out": """
handle = made[-1]._handle
made.clear()
for second in (copy.copy, copy.deepcopy, pickle.dumps):
    try:
        second(handle)
    except TypeError:
        continue
    raise AssertionError(second)
""",
}.items())  # fmt: skip
def test_memory_is_freed_once(remote: Signer, name: str, program: str) -> None:
    printed = survives(MAKE + program + END, remote.key.to_sec1().hex(), jws_object(remote, detached=True))
    assert "False" not in printed


def test_memory_is_given_back() -> None:
    assert survives("""
def resident():
    return int(open("/proc/self/statm").read().split()[1]) * os.sysconf("SC_PAGE_SIZE")
def round():
    for _ in range(2000):
        draft = cose.prepare(b"x" * 5000)
        stream = native.Sha256Stream()
        stream.__init__()
        stream.__del__()
        again = native.CosePrepareStream(5, native.CoseParameters(external_aad=b"x" * 5000))
        again.__init__(5, native.CoseParameters(external_aad=b"x" * 5000))
round()
before = resident()
for _ in range(5): round()
print(resident() - before < 10_000_000)
""") == "True"  # fmt: skip


@pytest.mark.skipif(not hasattr(os, "fork"), reason="there is no fork")
def test_a_fork_has_its_own_of_everything() -> None:
    assert survives("""
key = PublicKey.from_jwk('{"kty":"EC","crv":"P-256","x":"f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU","y":"x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0"}').prepared()
stream, draft = Sha256().update(b"hel"), cose.prepare(b"hello")
child = os.fork()
if child == 0:
    print(stream.update(b"lo").finish() == sha256(b"hello"), draft.digest == cose.prepare(b"hello").digest, key.is_prepared)
    del stream, draft, key
    gc.collect()
    sys.exit()
assert os.waitpid(child, 0)[1] == 0
print(stream.update(b"p!").finish() == sha256(b"help!"), draft.digest == cose.prepare(b"hello").digest, key.prepared() == key)
""") == "True True True\nTrue True True"  # fmt: skip


def digest_of(thing: Any) -> bytes:
    return bytes(thing.digest)


def refuse_in_worker(key: PublicKey) -> object:
    return cose.verify(b"\xd2\x84", key=key)


@pytest.mark.parametrize("method", [each for each in ("spawn", "fork") if each in multiprocessing.get_all_start_methods()])
def test_other_processes_get_values_and_errors_but_no_owners(remote: Signer, method: str) -> None:
    with ProcessPoolExecutor(1, mp_context=multiprocessing.get_context(method)) as pool:
        with pytest.raises(TypeError, match="^Draft cannot be copied or pickled"):
            pool.submit(digest_of, cose.prepare(b"x")).result(timeout=60)
        with pytest.raises(SplitsignError) as error:
            pool.submit(refuse_in_worker, remote.key).result(timeout=60)
        assert (error.value.code, error.value.number, error.value.at) == ("cbor_truncated", 100, 2)
        verified = cose.Verified(b"k", None, [], b"hello")
        assert pool.submit(copy.copy, verified).result(timeout=60) == verified


def test_owners_are_used_and_given_up_by_other_threads(remote: Signer) -> None:
    faults: list[BaseException] = []

    def work(things: list[Any]) -> None:
        try:
            for thing in things:
                used(thing)
            things.clear()
        except BaseException as fault:
            faults.append(fault)

    lists = [[make() for make in owners(remote).values()] for _ in range(8)]
    shared = [make() for make in owners(remote).values()]
    threads = [threading.Thread(target=work, args=(things,)) for things in (*lists, *([*shared] for _ in range(8)))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not faults


def test_a_draft_is_as_before_after_a_refusal(remote: Signer, other: Signer) -> None:
    drafts: list[Any] = [cose.prepare(b"x"), jws.prepare("x"), dsse.prepare("a/b", "x")]
    for draft in drafts:
        before, raw = draft.digest, remote.sign(draft.digest)
        for key, signature in ((other.key, raw), (remote.key, bytes(64)), (remote.key, b"")):
            with pytest.raises(SplitsignError):
                draft.attach(signature, key)
        assert draft.digest == before and draft.attach(raw, remote.key) == draft.attach(raw, remote.key)
