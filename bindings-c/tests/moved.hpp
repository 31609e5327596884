// What was moved from answers with a code or with absent bytes; what was moved to is as before. For every class that can be
// moved and not copied, in every way to move it. Part of wrapper.cpp.

template <class T>
inline constexpr bool is_owner = std::is_nothrow_move_constructible_v<T> && std::is_nothrow_move_assignable_v<T> &&
                                 !std::is_copy_constructible_v<T> && !std::is_copy_assignable_v<T> &&
                                 std::is_nothrow_destructible_v<T>;

// `make` makes one; `dead` fails unless it answers as one that was moved from; `alive` fails unless it works, and uses it up.
template <class Make, class Dead, class Alive>
static void moves(Make make, Dead dead, Alive alive) {
  using T = decltype(make());
  static_assert(is_owner<T>, "owns memory: moved, and not copied");

  T first = make();
  T second(std::move(first));
  dead(first);  // NOLINT: this is what is tested, here and below
  T third(std::move(first));
  dead(first);
  dead(third);
  alive(second);

  // Assigned: what was there is gone, also if nothing comes in its place.
  T target = make();
  T source = make();
  target = std::move(source);
  dead(source);
  alive(target);
  T lost = make();
  lost = std::move(source);
  dead(lost);
  dead(source);
  source = make();
  alive(source);

  // To itself. Through a reference, as compilers know it otherwise.
  T own = make();
  T &same = own;
  own = std::move(same);
  alive(own);
  T &nothing = third;
  third = std::move(nothing);
  dead(third);

  T left = make();
  T right = make();
  std::swap(left, right);
  alive(left);
  alive(right);
  std::swap(third, right = make());
  dead(right);
  alive(third);

  // Away from memory that is gone then.
  auto place = std::make_unique<T>(make());
  T kept(std::move(*place));
  place.reset();
  alive(kept);
  std::vector<T> row;
  for (int i = 0; i < 9; i++) row.push_back(make());
  row.erase(row.begin());
  for (T &one : row) alive(one);

  // Out of a result, which then has one that was moved from.
  ss::result<T> result(make());
  T taken = std::move(result).value();
  alive(taken);
  CHECK(result.ok());
  dead(*result);
  ss::result<T> other(make());
  result = std::move(other);
  dead(*other);
  alive(*result);
}

// A stream: it takes pieces, and then has its end.
template <class Stream, class End>
static void dead_stream(Stream &stream, End end) {
  for (int i = 0; i < 2; i++) {
    CHECK(stream.update("x").kind() == ss::errc::invalid_argument);
    CHECK(stream.update("").kind() == ss::errc::invalid_argument);
    CHECK(end(stream).kind() == ss::errc::invalid_argument);
  }
}

static void moved_streams() {
  const ss::key &key = the_key();
  const auto end = [](auto &stream) { return stream.finish(); };
  const auto verdict = [&key](auto &stream) { return stream.finish(key); };
  const auto dead = [&end](auto &stream) { dead_stream(stream, end); };
  const auto dead_verdict = [&verdict](auto &stream) { dead_stream(stream, verdict); };

  moves([] { ss::sha256_stream stream; CHECK(stream.update("a").ok()); return stream; }, dead,
        [](ss::sha256_stream &stream) {
          CHECK(stream.update("bc").ok());
          CHECK(equal(stream.finish().value(), ss::sha256("abc").value()));
          CHECK(stream.finish().kind() == ss::errc::invalid_argument);
        });
  moves([] { return ss::cose::prepare_stream::start({}, sizeof COSE_PIECES_PAYLOAD).value(); }, dead,
        [](ss::cose::prepare_stream &stream) {
          CHECK(stream.update(of(COSE_PIECES_PAYLOAD)).ok());
          CHECK(equal(stream.finish().value(), of(COSE_PIECES_DIGEST)));
        });
  moves([] { return ss::cose::verify_stream::start(of(COSE_PIECES_OBJECT), sizeof COSE_PIECES_PAYLOAD).value(); },
        dead_verdict, [&key](ss::cose::verify_stream &stream) {
          CHECK(stream.update(of(COSE_PIECES_PAYLOAD)).ok());
          CHECK(stream.finish(key).value().detached());
        });
  moves([] { return ss::jws::prepare_stream::start({}).value(); }, dead, [](ss::jws::prepare_stream &stream) {
    CHECK(stream.update(of(JWS_PIECES_PAYLOAD)).ok());
    CHECK(equal(stream.finish().value(), of(JWS_PIECES_DIGEST)));
  });
  // It reads what was decoded of the object, so that must move with it.
  moves([] { return ss::jws::verify_stream::start(of(JWS_PIECES_OBJECT)).value(); }, dead_verdict,
        [&key](ss::jws::verify_stream &stream) {
          CHECK(stream.update(of(JWS_PIECES_PAYLOAD)).ok());
          CHECK(stream.finish(key).value().detached());
          CHECK(stream.finish(key).kind() == ss::errc::invalid_argument);
        });
}

static void moved_keys() {
  const auto refused = [](const ss::prepared_key &table) {
    CHECK(table.raw() == nullptr);
    CHECK(ss::verify_digest(table, of(COSE_DIGEST), of(COSE_SIGNATURE)).kind() == ss::errc::invalid_argument);
    CHECK(ss::cose::verify(of(COSE_OBJECT), table).kind() == ss::errc::invalid_argument);
    CHECK(ss::jws::verify(of(JWS_OBJECT), table).kind() == ss::errc::invalid_argument);
    CHECK(ss::dsse::verify(of(DSSE_OBJECT), table).kind() == ss::errc::invalid_argument);
  };
  const auto verifies = [](const ss::prepared_key &table) {
    CHECK(ss::verify_digest(table, of(COSE_DIGEST), of(COSE_SIGNATURE)).ok());
    CHECK(ss::verify_digest(table, of(JWS_DIGEST), of(COSE_SIGNATURE)).kind() == ss::errc::bad_signature);
  };
  const auto make = [] { return ss::prepared_key::make(the_key(), 4).value(); };
  moves(make, refused, verifies);

  // A stream refuses a key that was moved from, and is not over for that.
  ss::prepared_key table = make();
  const ss::prepared_key moved(std::move(table));
  auto cose = ss::cose::verify_stream::start(of(COSE_PIECES_OBJECT), sizeof COSE_PIECES_PAYLOAD).value();
  auto jws = ss::jws::verify_stream::start(of(JWS_PIECES_OBJECT)).value();
  CHECK(cose.update(of(COSE_PIECES_PAYLOAD)).ok() && jws.update(of(JWS_PIECES_PAYLOAD)).ok());
  CHECK(cose.finish(table).kind() == ss::errc::invalid_argument && jws.finish(table).kind() == ss::errc::invalid_argument);
  CHECK(cose.finish(moved).ok() && jws.finish(moved).ok());
}

static void moved_results() {
  const ss::key &key = the_key();
  CHECK(!ss::chain()[0].present());
  moves([&key] { return ss::jws::verify(of(JWS_OBJECT), key).value(); },
        [](const ss::jws::token &token) {
          CHECK(!token.payload().present() && !token.kid().present() && !token.typ().present() && !token.cty().present());
          CHECK(token.x5c().size() == 0 && !token.x5c()[0].present() && !token.x5c()[100].present() && !token.detached());
        },
        [](const ss::jws::token &token) { CHECK(equal(token.payload(), of(JWS_PAYLOAD)) && equal(token.kid(), of(JWS_KID))); });
  moves([&key] { return ss::dsse::verify(of(DSSE_OBJECT), key).value(); },
        [](const ss::dsse::envelope &envelope) {
          CHECK(!envelope.payload().present() && !envelope.payload_type().present() && !envelope.keyid().present());
        },
        [](const ss::dsse::envelope &envelope) { CHECK(equal(envelope.payload(), of(DSSE_PAYLOAD))); });
  moves([] { return ss::dsse::inspect(of(DSSE_OBJECT)).value(); },
        [](const ss::dsse::claims &claims) { CHECK(claims.size() == 0 && !claims.keyid(0).present()); },
        [](const ss::dsse::claims &claims) { CHECK(claims.size() == 1 && equal(claims.keyid(0), of(DSSE_KEYID))); });
}

// The others own nothing: what they were moved from is as it was.
static_assert(std::is_trivially_copyable_v<ss::bytes> && std::is_trivially_copyable_v<ss::chain> &&
                  std::is_trivially_copyable_v<ss::key> && std::is_trivially_copyable_v<ss::verifier> &&
                  std::is_trivially_copyable_v<ss::cose::sign1> && std::is_trivially_copyable_v<ss::error>,
              "a copy, and nothing else");
