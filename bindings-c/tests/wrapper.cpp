// The wrapper for C++: known answers, objects that were moved from, random bytes, truncations. The same source is compiled as
// C++17 and C++20, with and without exceptions.

#include "splitsign.hpp"

#include <string>

#if __cplusplus >= 202002L
#include <span>
#endif

extern "C" {
#include "check.h"
#include "known.h"
}

namespace ss = splitsign;

// A view of an array, to be present also where it is empty.
template <std::size_t N>
static ss::bytes of(const std::uint8_t (&array)[N]) {
  return ss::bytes(array, N);
}

static bool equal(ss::bytes found, ss::bytes expected) {
  return found.present() && found.text() == expected.text();
}

static const ss::key &the_key() {
  static ss::key key = ss::key::from_sec1(of(KEY)).value();
  return key;
}

static void views() {
  CHECK(!ss::bytes().present() && !ss::bytes(static_cast<const char *>(nullptr)).present());
  CHECK(ss::bytes(std::vector<std::uint8_t>()).present() && ss::bytes("").present() && ss::bytes(std::string_view()).present());
  const std::vector<std::uint8_t> vector = {1, 2, 3};
  const std::array<char, 2> array = {'a', 'b'};
  const std::string string = "abc";
  const std::vector<std::byte> raw(5);
  CHECK(ss::bytes(vector).size() == 3 && ss::bytes(array).size() == 2 && ss::bytes(string).size() == 3);
  CHECK(ss::bytes(raw).size() == 5 && ss::bytes("abc").text() == string);
  static_assert(!std::is_convertible_v<std::vector<int>, ss::bytes>, "only elements of one byte");
  static_assert(!std::is_default_constructible_v<ss::key>, "a key is a point of the curve, or is not there");
#if __cplusplus >= 202002L
  CHECK(ss::bytes(std::span<const std::uint8_t>(vector)).size() == 3);
  CHECK(ss::bytes(std::as_bytes(std::span(string))).text() == string);
#endif
  CHECK(ss::sha256(ss::bytes(nullptr, 1)).code() == SPLITSIGN_INVALID_ARGUMENT);
}

static void known_answers() {
  const ss::key &key = the_key();
  CHECK(equal(ss::key::from_spki(of(KEY_SPKI)).value().sec1(), of(KEY)));
  CHECK(equal(ss::key::from_jwk(of(KEY_JWK)).value().sec1(), of(KEY)));
  CHECK(equal(ss::key::from_cose_key(of(KEY_COSE)).value().sec1(), of(KEY)));
  CHECK(equal(key.to_spki().value(), of(KEY_SPKI)) && equal(key.to_jwk().value(), of(KEY_JWK)));
  CHECK(equal(key.to_cose_key().value(), of(KEY_COSE)) && equal(key.thumbprint().value(), of(KEY_THUMBPRINT)));
  const auto der = ss::signature_to_der(of(COSE_SIGNATURE)).value();
  CHECK(equal(ss::signature_from_der(der).value(), of(COSE_SIGNATURE)));
  CHECK(ss::verify_digest(key, of(COSE_DIGEST), of(COSE_SIGNATURE)).ok());
  CHECK(ss::verify_digest(key, of(JWS_DIGEST), of(COSE_SIGNATURE)).code() == SPLITSIGN_BAD_SIGNATURE);

  ss::cose::params cose;
  cose.payload = of(COSE_PAYLOAD);
  cose.kid = of(COSE_KID);
  CHECK(equal(ss::cose::prepare(cose).value(), of(COSE_DIGEST)));
  const auto object = ss::cose::attach(cose, of(COSE_SIGNATURE), key).value();
  CHECK(equal(object, of(COSE_OBJECT)));
  const auto sign1 = ss::cose::verify(object, key).value();
  CHECK(equal(sign1.payload(), of(COSE_PAYLOAD)) && equal(sign1.kid(), of(COSE_KID)));
  CHECK(!sign1.content_type().present() && !sign1.coap_format() && sign1.x5chain().size() == 0 && !sign1.detached());
  CHECK(equal(ss::cose::inspect(object).value().kid(), of(COSE_KID)));

  ss::jws::params jws;
  jws.payload = of(JWS_PAYLOAD);
  jws.kid = of(JWS_KID);
  CHECK(equal(ss::jws::prepare(jws).value(), of(JWS_DIGEST)));
  CHECK(equal(ss::jws::attach(jws, of(JWS_SIGNATURE), key).value(), of(JWS_OBJECT)));
  const auto token = ss::jws::verify(of(JWS_OBJECT), key).value();
  CHECK(equal(token.payload(), of(JWS_PAYLOAD)) && equal(token.kid(), of(JWS_KID)) && !token.typ().present());
  CHECK(equal(ss::jws::inspect(of(JWS_OBJECT)).value().kid(), of(JWS_KID)));

  ss::dsse::params dsse;
  dsse.payload_type = of(DSSE_PAYLOAD_TYPE);
  dsse.payload = of(DSSE_PAYLOAD);
  dsse.keyid = of(DSSE_KEYID);
  CHECK(equal(ss::dsse::prepare(dsse).value(), of(DSSE_DIGEST)));
  CHECK(equal(ss::dsse::attach(dsse, of(DSSE_SIGNATURE), key).value(), of(DSSE_OBJECT)));
  const auto envelope = ss::dsse::verify(of(DSSE_OBJECT), key).value();
  CHECK(equal(envelope.payload(), of(DSSE_PAYLOAD)) && equal(envelope.payload_type(), of(DSSE_PAYLOAD_TYPE)));
  const auto claims = ss::dsse::inspect(of(DSSE_OBJECT)).value();
  CHECK(claims.size() == 1 && equal(claims.keyid(0), of(DSSE_KEYID)) && !claims.keyid(1).present());
}

// A payload much larger than was guessed: what is written is asked for again, with room.
static void room_is_found() {
  ss::jws::params jws;
  const std::string controls(1024, '\x01');
  jws.payload = of(JWS_PAYLOAD);
  jws.kid = controls;
  const auto refused = ss::jws::attach(jws, of(JWS_SIGNATURE), the_key());
  CHECK(refused.code() == SPLITSIGN_BAD_SIGNATURE || refused.code() == SPLITSIGN_OUTPUT_TOO_SMALL);
}

static void streams_and_what_was_moved() {
  const ss::key &key = the_key();
  ss::sha256_stream hash;
  CHECK(hash.update("a").ok());
  ss::sha256_stream moved(std::move(hash));
  CHECK(hash.update("x").code() == SPLITSIGN_INVALID_ARGUMENT);  // NOLINT: this is what is tested
  CHECK(hash.finish().code() == SPLITSIGN_INVALID_ARGUMENT);
  CHECK(moved.update("bc").ok());
  CHECK(equal(moved.finish().value(), ss::sha256("abc").value()));
  CHECK(moved.finish().code() == SPLITSIGN_INVALID_ARGUMENT);

  auto preparing = ss::cose::prepare_stream::start({}, sizeof COSE_PIECES_PAYLOAD).value();
  CHECK(preparing.update(ss::bytes(COSE_PIECES_PAYLOAD, 10)).ok());
  auto prepared = std::move(preparing);
  CHECK(preparing.update("x").code() == SPLITSIGN_INVALID_ARGUMENT);
  CHECK(preparing.finish().code() == SPLITSIGN_INVALID_ARGUMENT);
  CHECK(prepared.update(ss::bytes(COSE_PIECES_PAYLOAD + 10, sizeof COSE_PIECES_PAYLOAD - 10)).ok());
  const auto digest = prepared.finish().value();
  CHECK(equal(digest, of(COSE_PIECES_DIGEST)));
  const auto object = ss::cose::attach({}, sizeof COSE_PIECES_PAYLOAD, digest, of(COSE_PIECES_SIGNATURE), key).value();
  CHECK(equal(object, of(COSE_PIECES_OBJECT)));
  auto verifying = ss::cose::verify_stream::start(object, sizeof COSE_PIECES_PAYLOAD).value();
  auto verified = std::move(verifying);
  CHECK(verifying.update("x").code() == SPLITSIGN_INVALID_ARGUMENT);
  CHECK(verifying.finish(key).code() == SPLITSIGN_INVALID_ARGUMENT);
  CHECK(verified.update(of(COSE_PIECES_PAYLOAD)).ok());
  CHECK(verified.finish(key).value().detached());

  auto jws_preparing = ss::jws::prepare_stream::start({}).value();
  auto jws_prepared = std::move(jws_preparing);
  CHECK(jws_preparing.update("x").code() == SPLITSIGN_INVALID_ARGUMENT);
  CHECK(jws_prepared.update(of(JWS_PIECES_PAYLOAD)).ok());
  const auto jws_digest = jws_prepared.finish().value();
  CHECK(equal(jws_digest, of(JWS_PIECES_DIGEST)));
  const auto text = ss::jws::attach({}, jws_digest, of(JWS_PIECES_SIGNATURE), key).value();
  auto jws_verifying = ss::jws::verify_stream::start(text).value();
  auto jws_verified = std::move(jws_verifying);
  CHECK(jws_verifying.finish(key).code() == SPLITSIGN_INVALID_ARGUMENT);
  CHECK(jws_verified.update(of(JWS_PIECES_PAYLOAD)).ok());
  CHECK(jws_verified.finish(key).value().detached());
  CHECK(jws_verified.finish(key).code() == SPLITSIGN_INVALID_ARGUMENT);

  auto table = ss::prepared_key::make(key, 4).value();
  CHECK(ss::verify_digest(table, of(COSE_DIGEST), of(COSE_SIGNATURE)).ok());
  auto other = std::move(table);
  CHECK(ss::verify_digest(other, of(COSE_DIGEST), of(COSE_SIGNATURE)).ok());
  CHECK(ss::verify_digest(table, of(COSE_DIGEST), of(COSE_SIGNATURE)).code() == SPLITSIGN_INVALID_ARGUMENT);
  CHECK(ss::cose::verify(of(COSE_OBJECT), table).code() == SPLITSIGN_INVALID_ARGUMENT);
  CHECK(ss::prepared_key::make(key, 1).code() == SPLITSIGN_OUTPUT_TOO_SMALL);

  auto token = ss::jws::verify(of(JWS_OBJECT), other).value();
  auto kept = std::move(token);
  CHECK(!token.payload().present() && !token.kid().present() && token.x5c().size() == 0);
  CHECK(equal(kept.payload(), of(JWS_PAYLOAD)));
  token = std::move(kept);
  CHECK(equal(token.payload(), of(JWS_PAYLOAD)) && !kept.payload().present());
  auto envelope = ss::dsse::verify(of(DSSE_OBJECT), key).value();
  auto kept_envelope = std::move(envelope);
  CHECK(!envelope.payload().present() && equal(kept_envelope.payload(), of(DSSE_PAYLOAD)));
}

// Assigned over one that runs: that one is gone, and nothing of it is touched again.
static void streams_that_are_assigned() {
  const ss::key &key = the_key();
  auto first = ss::cose::prepare_stream::start({}, 1).value();
  CHECK(first.update("x").ok());
  first = ss::cose::prepare_stream::start({}, sizeof COSE_PIECES_PAYLOAD).value();
  CHECK(first.update(of(COSE_PIECES_PAYLOAD)).ok());
  CHECK(equal(first.finish().value(), of(COSE_PIECES_DIGEST)));

  auto verifying = ss::jws::verify_stream::start(of(JWS_PIECES_OBJECT)).value();
  CHECK(verifying.update("x").ok());
  auto other = ss::jws::verify_stream::start(of(JWS_PIECES_OBJECT)).value();
  CHECK(other.update(of(JWS_PIECES_PAYLOAD)).ok());
  verifying = std::move(other);
  CHECK(other.update("x").kind() == ss::errc::invalid_argument);  // NOLINT: this is what is tested
  CHECK(other.finish(key).kind() == ss::errc::invalid_argument);
  const auto verified = verifying.finish(key);
  CHECK(verified.ok() && verified->detached());
  CHECK(verifying.update("x").kind() == ss::errc::invalid_argument);

  auto table = ss::prepared_key::make(key, 4).value();
  table = ss::prepared_key::make(key, 16).value();
  CHECK(ss::verify_digest(table, of(COSE_DIGEST), of(COSE_SIGNATURE)).ok());
  auto claims = ss::dsse::inspect(of(DSSE_OBJECT)).value();
  const auto kept = std::move(claims);
  CHECK(claims.size() == 0 && !claims.keyid(0).present() && equal(kept.keyid(0), of(DSSE_KEYID)));
  static_assert(!std::is_copy_constructible_v<ss::sha256_stream> && !std::is_copy_assignable_v<ss::prepared_key>,
                "contexts are not copied");
  static_assert(!std::is_copy_constructible_v<ss::cose::verify_stream> && !std::is_copy_constructible_v<ss::jws::token>,
                "contexts are not copied");
}

#include "moved.hpp"

// The codes of the core, and results that are only looked at.
static void codes_are_a_type() {
  const auto digest = ss::sha256("abc");
  CHECK(digest.kind() == ss::errc::ok && (*digest)[0] == 0xba && digest->size() == 32 && digest.value()[31] == 0xad);
  const auto refused = ss::cose::verify("", the_key());
  switch (refused.kind()) {
    case ss::errc::cbor_truncated:
      CHECK(refused.error().kind() == ss::errc::cbor_truncated);
      break;
    default:
      CHECK(false);
  }
}

static void errors_say_what() {
  const auto refused = ss::cose::verify("", the_key());
  CHECK(!refused && refused.error().name() == "cbor_truncated" && !refused.error().remedy().empty());
#ifdef SPLITSIGN_EXCEPTIONS
  bool thrown = false;
  try {
    (void)ss::key::from_jwk("{").value();
  } catch (const ss::failure &failure) {
    thrown = failure.why().code == SPLITSIGN_JSON_TRUNCATED && std::string(failure.what()).rfind("json_truncated at byte 1: ", 0) == 0;
  }
  CHECK(thrown);
#endif
}

template <class Verify>
static void damaged(ss::bytes object, Verify verify) {
  for (std::size_t size = 0; size < object.size(); size++) {
    const std::vector<std::uint8_t> front(object.begin(), object.begin() + size);
    CHECK(verify(front) > 0);
  }
  std::uint32_t state = 7;
  for (std::size_t size = 0; size < 300; size++) {
    std::vector<std::uint8_t> noise(size);
    for (auto &byte : noise) {
      state = state * 1664525u + 1013904223u;
      byte = static_cast<std::uint8_t>(state >> 24);
    }
    CHECK(verify(noise) > 0);
  }
  CHECK(verify(object) == SPLITSIGN_OK);
}

int main() {
  views();
  known_answers();
  room_is_found();
  streams_and_what_was_moved();
  streams_that_are_assigned();
  moved_streams();
  moved_keys();
  moved_results();
  codes_are_a_type();
  errors_say_what();
  damaged(of(COSE_OBJECT), [](ss::bytes object) { return ss::cose::verify(object, the_key()).code(); });
  damaged(of(JWS_OBJECT), [](ss::bytes object) { return ss::jws::verify(object, the_key()).code(); });
  damaged(of(DSSE_OBJECT), [](ss::bytes object) { return ss::dsse::verify(object, the_key()).code(); });
  damaged(of(COSE_OBJECT), [](ss::bytes object) { return ss::cose::inspect(object).code(); });
  damaged(of(JWS_OBJECT), [](ss::bytes object) { return ss::jws::inspect(object).code(); });
  damaged(of(DSSE_OBJECT), [](ss::bytes object) { return ss::dsse::inspect(object).code(); });
  return finished("wrapper");
}
