// splitsign for C++17: splitsign.h with types that cannot be held wrong. Header-only; there is nothing to link but the C library.
//
// - What fails returns a `result`: `if (auto done = cose::verify(...))`. Nothing throws but `result::value()`, and the standard
//   library where memory runs out. With `-fno-exceptions`, `value()` of an error ends the program.
// - `bytes` is a view, made from whatever has `data()` and `size()` of one-byte elements: vector, array, string, string_view, span. It
//   owns nothing. In parameters, and in streams, what it shows must live as long as they do.
// - `bytes{}` is absent. An empty vector is present and empty. The difference matters where the manual says so.
// - Streams, prepared keys, and what was decoded own their memory and can be moved. An object that was moved from answers
//   SPLITSIGN_INVALID_ARGUMENT, or absent bytes, and touches nothing.
//
// What the functions do, what they check and what they do not is in splitsign.h.

#ifndef SPLITSIGN_HPP
#define SPLITSIGN_HPP

#include <array>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <memory>
#include <new>
#include <optional>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

#include "splitsign.h"

#if defined(__cpp_exceptions) || defined(__EXCEPTIONS) || defined(_CPPUNWIND)
#define SPLITSIGN_EXCEPTIONS 1
#include <stdexcept>
#include <string>
#endif

namespace splitsign {

// Bytes of somebody else.
class bytes {
  template <class T>
  using element = std::remove_cv_t<std::remove_pointer_t<decltype(std::declval<const T &>().data())>>;
  template <class T>
  using if_bytes = std::enable_if_t<sizeof(element<T>) == 1 && std::is_trivially_copyable_v<element<T>> &&
                                    std::is_convertible_v<decltype(std::declval<const T &>().size()), std::size_t>>;

 public:
  // Absent.
  constexpr bytes() noexcept : raw_{nullptr, 0} {}
  // Present, also where there are none, unless `data` is null and `size` is not zero: that is refused by whoever reads it.
  bytes(const std::uint8_t *data, std::size_t size) noexcept : raw_{data == nullptr && size == 0 ? empty() : data, size} {}
  // Text that ends with a zero, which does not belong to it. Null is absent.
  bytes(const char *text) noexcept : bytes() {
    if (text != nullptr) *this = bytes(reinterpret_cast<const std::uint8_t *>(text), std::strlen(text));
  }
  template <class T, class = if_bytes<T>>
  bytes(const T &container) noexcept
      : bytes(reinterpret_cast<const std::uint8_t *>(container.data()), container.size()) {}
  explicit constexpr bytes(splitsign_bytes raw) noexcept : raw_(raw) {}

  [[nodiscard]] bool present() const noexcept { return raw_.data != nullptr; }
  [[nodiscard]] const std::uint8_t *data() const noexcept { return raw_.data; }
  [[nodiscard]] std::size_t size() const noexcept { return raw_.len; }
  [[nodiscard]] const std::uint8_t *begin() const noexcept { return raw_.data; }
  [[nodiscard]] const std::uint8_t *end() const noexcept { return raw_.len == 0 ? raw_.data : raw_.data + raw_.len; }
  // The same bytes as text. Whether it is UTF-8 is said where they come from.
  [[nodiscard]] std::string_view text() const noexcept {
    return raw_.len == 0 ? std::string_view() : std::string_view(reinterpret_cast<const char *>(raw_.data), raw_.len);
  }
  [[nodiscard]] splitsign_bytes raw() const noexcept { return raw_; }

 private:
  static const std::uint8_t *empty() noexcept {
    static const std::uint8_t nothing = 0;
    return &nothing;
  }
  splitsign_bytes raw_;
};
static_assert(sizeof(bytes) == sizeof(splitsign_bytes) && std::is_standard_layout_v<bytes>, "chains are shown to C as they are");

// What went wrong, and where.
struct error {
  std::int32_t code = SPLITSIGN_INVALID_ARGUMENT;
  // The offset of the byte at fault; for SPLITSIGN_OUTPUT_TOO_SMALL, how many bytes are enough.
  std::uint32_t at = 0;

  [[nodiscard]] std::string_view name() const noexcept { return bytes(splitsign_code_name(code)).text(); }
  [[nodiscard]] std::string_view what() const noexcept { return bytes(splitsign_code_what(code)).text(); }
  [[nodiscard]] std::string_view remedy() const noexcept { return bytes(splitsign_code_remedy(code)).text(); }
};

#ifdef SPLITSIGN_EXCEPTIONS
// What `value()` of an error throws.
class failure : public std::runtime_error {
 public:
  explicit failure(error why)
      : std::runtime_error(std::string(why.name()) + " at byte " + std::to_string(why.at) + ": " + std::string(why.what()) +
                           " " + std::string(why.remedy()) + "."),
        why_(why) {}
  [[nodiscard]] error why() const noexcept { return why_; }

 private:
  error why_;
};
#endif

struct nothing {};

// A value, or why there is none.
template <class T = nothing>
class [[nodiscard]] result {
 public:
  result(T value) : value_(std::move(value)) {}
  result(splitsign::error why) noexcept : error_(why) {}

  [[nodiscard]] bool ok() const noexcept { return value_.has_value(); }
  explicit operator bool() const noexcept { return ok(); }
  // Only for what is not `ok()`.
  [[nodiscard]] splitsign::error error() const noexcept { return error_; }
  // 0, if it is `ok()`.
  [[nodiscard]] std::int32_t code() const noexcept { return ok() ? SPLITSIGN_OK : error_.code; }

  [[nodiscard]] T &value() & { return *checked(); }
  [[nodiscard]] T &&value() && { return std::move(*checked()); }
  [[nodiscard]] T &operator*() & { return *checked(); }
  [[nodiscard]] T *operator->() { return checked(); }

 private:
  T *checked() {
    if (!value_) {
#ifdef SPLITSIGN_EXCEPTIONS
      throw failure(error_);
#else
      std::abort();
#endif
    }
    return &*value_;
  }
  std::optional<T> value_;
  splitsign::error error_{};
};

using digest = std::array<std::uint8_t, SPLITSIGN_DIGEST_BYTES>;
// r‖s.
using signature = std::array<std::uint8_t, SPLITSIGN_SIGNATURE_BYTES>;

enum class low_s : std::int32_t {
  accept = SPLITSIGN_LOW_S_ACCEPT,
  require = SPLITSIGN_LOW_S_REQUIRE,
  normalise = SPLITSIGN_LOW_S_NORMALISE,
};

namespace detail {

inline result<> outcome(std::int32_t code, std::uint32_t at) noexcept {
  if (code != SPLITSIGN_OK) return error{code, at};
  return nothing{};
}

template <class Value, class Call>
result<Value> into(Call call) {
  Value value{};
  std::uint32_t at = 0;
  const std::int32_t code = call(value, &at);
  if (code != SPLITSIGN_OK) return error{code, at};
  return result<Value>(std::move(value));
}

// Calls with room for `guess` bytes, and once more if that is not enough.
template <class Call>
result<std::vector<std::uint8_t>> written(std::size_t guess, Call call) {
  std::vector<std::uint8_t> out(guess);
  std::size_t used = 0;
  std::uint32_t at = 0;
  std::int32_t code = call(out.data(), out.size(), &used, &at);
  if (code == SPLITSIGN_OUTPUT_TOO_SMALL && at > out.size()) {
    out.resize(at);
    code = call(out.data(), out.size(), &used, &at);
  }
  if (code != SPLITSIGN_OK) return error{code, at};
  out.resize(used);
  return result<std::vector<std::uint8_t>>(std::move(out));
}

// Memory of a context, which must not move while it is used: moving moves the pointer.
template <class Context>
std::unique_ptr<Context> context() noexcept {
  return std::unique_ptr<Context>(new (std::nothrow) Context());
}

}  // namespace detail

// SHA-256.
inline result<digest> sha256(bytes data) {
  return detail::into<digest>([&](digest &out, std::uint32_t *) { return splitsign_sha256(data.raw(), out.data()); });
}

class sha256_stream {
 public:
  sha256_stream() noexcept : context_(detail::context<splitsign_sha256_context>()) {
    (void)splitsign_sha256_init(context_.get());
  }
  result<> update(bytes data) noexcept { return detail::outcome(splitsign_sha256_update(context_.get(), data.raw()), 0); }
  // Afterwards it answers SPLITSIGN_INVALID_ARGUMENT.
  result<digest> finish() {
    return detail::into<digest>(
        [&](digest &out, std::uint32_t *) { return splitsign_sha256_finish(context_.get(), out.data()); });
  }

 private:
  std::unique_ptr<splitsign_sha256_context> context_;
};

inline result<signature> signature_from_der(bytes der) {
  return detail::into<signature>(
      [&](signature &out, std::uint32_t *at) { return splitsign_signature_from_der(der.raw(), out.data(), at); });
}

inline result<std::vector<std::uint8_t>> signature_to_der(bytes raw) {
  return detail::written(SPLITSIGN_SIGNATURE_DER_MAX,
                         [&](std::uint8_t *out, std::size_t cap, std::size_t *len, std::uint32_t *at) {
                           return splitsign_signature_to_der(raw.raw(), out, cap, len, at);
                         });
}

// A public key for ES256. If you hold one, it is a point of the curve.
class key {
 public:
  static result<key> from_sec1(bytes data) { return read(splitsign_key_from_sec1, data); }
  static result<key> from_spki(bytes data) { return read(splitsign_key_from_spki, data); }
  static result<key> from_jwk(bytes data) { return read(splitsign_key_from_jwk, data); }
  static result<key> from_cose_key(bytes data) { return read(splitsign_key_from_cose_key, data); }

  [[nodiscard]] bytes sec1() const noexcept { return bytes(raw_.sec1, sizeof raw_.sec1); }
  [[nodiscard]] result<std::vector<std::uint8_t>> to_spki() const { return write(splitsign_key_to_spki); }
  [[nodiscard]] result<std::vector<std::uint8_t>> to_jwk() const { return write(splitsign_key_to_jwk); }
  [[nodiscard]] result<std::vector<std::uint8_t>> to_cose_key() const { return write(splitsign_key_to_cose_key); }
  [[nodiscard]] result<digest> thumbprint() const {
    return detail::into<digest>(
        [&](digest &out, std::uint32_t *at) { return splitsign_key_thumbprint(&raw_, out.data(), at); });
  }
  [[nodiscard]] const splitsign_key *raw() const noexcept { return &raw_; }

 private:
  explicit key(splitsign_key raw) noexcept : raw_(raw) {}
  static result<key> read(std::int32_t (*form)(splitsign_bytes, splitsign_key *, std::uint32_t *), bytes data) {
    splitsign_key raw;
    std::uint32_t at = 0;
    const std::int32_t code = form(data.raw(), &raw, &at);
    if (code != SPLITSIGN_OK) return error{code, at};
    return key(raw);
  }
  result<std::vector<std::uint8_t>> write(std::int32_t (*form)(const splitsign_key *, std::uint8_t *, std::size_t,
                                                               std::size_t *, std::uint32_t *)) const {
    return detail::written(160, [&](std::uint8_t *out, std::size_t cap, std::size_t *len, std::uint32_t *at) {
      return form(&raw_, out, cap, len, at);
    });
  }
  splitsign_key raw_;
};

// A key with a table of its own, for many signatures.
class prepared_key {
 public:
  // 128 points, 8 KiB, make a verification about three times as fast.
  static result<prepared_key> make(const key &of, std::size_t points = 128) {
    prepared_key made;
    made.table_.reset(new (std::nothrow) splitsign_table_point[points]());
    made.context_ = detail::context<splitsign_prepared_key>();
    if (made.table_ == nullptr || made.context_ == nullptr) return error{SPLITSIGN_OUTPUT_TOO_SMALL, 0};
    std::uint32_t at = 0;
    const std::int32_t code = splitsign_prepared_key_init(made.context_.get(), of.raw(), made.table_.get(), points, &at);
    if (code != SPLITSIGN_OK) return error{code, at};
    return result<prepared_key>(std::move(made));
  }
  [[nodiscard]] const splitsign_prepared_key *raw() const noexcept { return context_.get(); }

 private:
  prepared_key() = default;
  std::unique_ptr<splitsign_table_point[]> table_;
  std::unique_ptr<splitsign_prepared_key> context_;
};

// What verifies: a key, or a prepared one. A view: it lives no longer than the key.
class verifier {
 public:
  verifier(const splitsign::key &of) noexcept : key_(of.raw()) {}
  verifier(const prepared_key &of) noexcept : prepared_(of.raw()) {}
  [[nodiscard]] const splitsign_key *key() const noexcept { return key_; }
  [[nodiscard]] const splitsign_prepared_key *prepared() const noexcept { return prepared_; }

 private:
  const splitsign_key *key_ = nullptr;
  const splitsign_prepared_key *prepared_ = nullptr;
};

inline result<> verify_digest(verifier by, bytes hash, bytes raw_signature, low_s policy = low_s::accept) noexcept {
  std::uint32_t at = 0;
  const std::int32_t code = splitsign_verify_digest(by.key(), by.prepared(), hash.raw(), raw_signature.raw(),
                                                    static_cast<std::int32_t>(policy), &at);
  return detail::outcome(code, at);
}

// Certificates of somebody else, leaf first.
class chain {
 public:
  constexpr chain() noexcept = default;
  constexpr chain(const bytes *first, std::size_t size) noexcept : first_(first), size_(size) {}
  chain(const std::vector<bytes> &certificates) noexcept : chain(certificates.data(), certificates.size()) {}
  template <std::size_t N>
  chain(const std::array<bytes, N> &certificates) noexcept : chain(certificates.data(), N) {}
  [[nodiscard]] const splitsign_bytes *raw() const noexcept { return reinterpret_cast<const splitsign_bytes *>(first_); }
  [[nodiscard]] std::size_t size() const noexcept { return size_; }
  [[nodiscard]] const bytes &operator[](std::size_t index) const noexcept { return first_[index]; }

 private:
  const bytes *first_ = nullptr;
  std::size_t size_ = 0;
};

namespace detail {
inline chain chain_of(const splitsign_bytes *first, std::size_t size) noexcept {
  return chain(reinterpret_cast<const bytes *>(first), size);
}
inline std::size_t sum(chain certificates) noexcept {
  std::size_t total = 0;
  for (std::size_t i = 0; i < certificates.size(); i++) total += certificates[i].size();
  return total;
}
}  // namespace detail

namespace cose {

struct params {
  bytes payload{};
  bytes kid{};
  bytes content_type{};
  bytes external_aad{};
  chain x5chain{};
  std::optional<std::uint16_t> coap_format{};
  bool detached = false;
  bool untagged = false;
  splitsign::low_s low_s = low_s::accept;

  [[nodiscard]] splitsign_cose_sign1_params raw() const noexcept {
    splitsign_cose_sign1_params raw{};
    raw.payload = payload.raw();
    raw.kid = kid.raw();
    raw.content_type = content_type.raw();
    raw.external_aad = external_aad.raw();
    raw.x5chain = x5chain.raw();
    raw.x5chain_len = x5chain.size();
    if (detached) raw.flags |= SPLITSIGN_COSE_DETACHED;
    if (untagged) raw.flags |= SPLITSIGN_COSE_UNTAGGED;
    if (coap_format) raw.flags |= SPLITSIGN_COSE_COAP_FORMAT;
    raw.coap_format = coap_format.value_or(0);
    raw.low_s = static_cast<std::int32_t>(low_s);
    return raw;
  }
};

struct expect {
  // The payload, if it is detached.
  bytes payload{};
  bytes external_aad{};
  splitsign::low_s low_s = low_s::accept;
};

// What an object says: views of it, and of the detached payload.
class sign1 {
 public:
  explicit sign1(const splitsign_cose_sign1 &raw) noexcept : raw_(raw) {}
  [[nodiscard]] bytes payload() const noexcept { return bytes(raw_.payload); }
  [[nodiscard]] bytes kid() const noexcept { return bytes(raw_.kid); }
  [[nodiscard]] bytes content_type() const noexcept { return bytes(raw_.content_type); }
  [[nodiscard]] std::optional<std::uint16_t> coap_format() const noexcept {
    if (raw_.coap_format < 0) return std::nullopt;
    return static_cast<std::uint16_t>(raw_.coap_format);
  }
  // Views into this very object.
  [[nodiscard]] chain x5chain() const noexcept { return detail::chain_of(raw_.x5chain, raw_.x5chain_len); }
  [[nodiscard]] bool detached() const noexcept { return raw_.detached == 1; }

 private:
  splitsign_cose_sign1 raw_;
};

inline result<digest> prepare(const params &from) {
  const splitsign_cose_sign1_params raw = from.raw();
  return detail::into<digest>(
      [&](digest &out, std::uint32_t *at) { return splitsign_cose_sign1_prepare(&raw, out.data(), at); });
}

inline result<std::vector<std::uint8_t>> attach(const params &from, bytes raw_signature, const key &by) {
  const splitsign_cose_sign1_params raw = from.raw();
  const std::size_t guess = 256 + (from.detached ? 0 : from.payload.size()) + detail::sum(from.x5chain);
  return detail::written(guess, [&](std::uint8_t *out, std::size_t cap, std::size_t *len, std::uint32_t *at) {
    return splitsign_cose_sign1_attach(&raw, raw_signature.raw(), by.raw(), out, cap, len, at);
  });
}

// For a detached payload that went through a `prepare_stream`.
inline result<std::vector<std::uint8_t>> attach(const params &from, std::uint64_t payload_size, bytes hash,
                                                bytes raw_signature, const key &by) {
  const splitsign_cose_sign1_params raw = from.raw();
  const std::size_t guess = 256 + detail::sum(from.x5chain);
  return detail::written(guess, [&](std::uint8_t *out, std::size_t cap, std::size_t *len, std::uint32_t *at) {
    return splitsign_cose_sign1_attach_digest(&raw, payload_size, hash.raw(), raw_signature.raw(), by.raw(), out, cap,
                                              len, at);
  });
}

inline result<sign1> verify(bytes object, verifier by, const expect &with = {}) {
  splitsign_cose_sign1_expect raw{};
  raw.key = by.key();
  raw.prepared = by.prepared();
  raw.payload = with.payload.raw();
  raw.external_aad = with.external_aad.raw();
  raw.low_s = static_cast<std::int32_t>(with.low_s);
  splitsign_cose_sign1 found{};
  std::uint32_t at = 0;
  const std::int32_t code = splitsign_cose_sign1_verify(object.raw(), &raw, &found, &at);
  if (code != SPLITSIGN_OK) return error{code, at};
  return sign1(found);
}

// What an object claims. Nothing of it is verified.
inline result<sign1> inspect(bytes object) {
  splitsign_cose_sign1 found{};
  std::uint32_t at = 0;
  const std::int32_t code = splitsign_cose_sign1_inspect(object.raw(), &found, &at);
  if (code != SPLITSIGN_OK) return error{code, at};
  return sign1(found);
}

// A detached payload that is signed in pieces. What `from` shows, chain included, must live as long as the stream.
class prepare_stream {
 public:
  static result<prepare_stream> start(const params &from, std::uint64_t payload_size) {
    prepare_stream made;
    const splitsign_cose_sign1_params raw = from.raw();
    std::uint32_t at = 0;
    const std::int32_t code = splitsign_cose_sign1_prepare_init(made.context_.get(), &raw, payload_size, &at);
    if (code != SPLITSIGN_OK) return error{code, at};
    return result<prepare_stream>(std::move(made));
  }
  result<> update(bytes piece) noexcept {
    std::uint32_t at = 0;
    const std::int32_t code = splitsign_cose_sign1_prepare_update(context_.get(), piece.raw(), &at);
    return detail::outcome(code, at);
  }
  result<digest> finish() {
    return detail::into<digest>([&](digest &out, std::uint32_t *at) {
      return splitsign_cose_sign1_prepare_finish(context_.get(), out.data(), at);
    });
  }

 private:
  prepare_stream() : context_(detail::context<splitsign_cose_sign1_prepare_context>()) {}
  std::unique_ptr<splitsign_cose_sign1_prepare_context> context_;
};

// An object whose payload comes in pieces. What `object` shows must live as long as the stream, and as its result.
class verify_stream {
 public:
  static result<verify_stream> start(bytes object, std::uint64_t payload_size, const expect &with = {}) {
    verify_stream made;
    splitsign_cose_sign1_expect raw{};
    raw.external_aad = with.external_aad.raw();
    raw.low_s = static_cast<std::int32_t>(with.low_s);
    std::uint32_t at = 0;
    const std::int32_t code =
        splitsign_cose_sign1_verify_init(made.context_.get(), object.raw(), &raw, payload_size, &at);
    if (code != SPLITSIGN_OK) return error{code, at};
    return result<verify_stream>(std::move(made));
  }
  result<> update(bytes piece) noexcept {
    std::uint32_t at = 0;
    const std::int32_t code = splitsign_cose_sign1_verify_update(context_.get(), piece.raw(), &at);
    return detail::outcome(code, at);
  }
  result<sign1> finish(verifier by) {
    splitsign_cose_sign1 found{};
    std::uint32_t at = 0;
    const std::int32_t code =
        splitsign_cose_sign1_verify_finish(context_.get(), by.key(), by.prepared(), &found, &at);
    if (code != SPLITSIGN_OK) return error{code, at};
    return sign1(found);
  }

 private:
  verify_stream() : context_(detail::context<splitsign_cose_sign1_verify_context>()) {}
  std::unique_ptr<splitsign_cose_sign1_verify_context> context_;
};

}  // namespace cose

namespace detail {

// What was decoded, and the memory that it is a view of. Moved from, it is empty.
template <class Raw>
class decoded {
 public:
  explicit decoded(std::size_t size) : work_(size) {}
  decoded(decoded &&other) noexcept : work_(std::move(other.work_)), raw_(std::exchange(other.raw_, Raw{})) {
    other.work_.clear();
  }
  decoded &operator=(decoded &&other) noexcept {
    if (this != &other) {
      work_ = std::move(other.work_);
      raw_ = std::exchange(other.raw_, Raw{});
      other.work_.clear();
    }
    return *this;
  }
  decoded(const decoded &) = delete;
  decoded &operator=(const decoded &) = delete;
  ~decoded() = default;

  std::uint8_t *memory() noexcept { return work_.data(); }
  [[nodiscard]] std::size_t size() const noexcept { return work_.size(); }
  Raw &raw() noexcept { return raw_; }
  [[nodiscard]] const Raw &raw() const noexcept { return raw_; }

 private:
  std::vector<std::uint8_t> work_;
  Raw raw_{};
};

}  // namespace detail

namespace jws {

struct params {
  bytes payload{};
  bytes kid{};
  bytes typ{};
  bytes cty{};
  chain x5c{};
  bool detached = false;
  bool unencoded = false;
  bool flattened = false;
  splitsign::low_s low_s = low_s::accept;

  [[nodiscard]] splitsign_jws_params raw() const noexcept {
    splitsign_jws_params raw{};
    raw.payload = payload.raw();
    raw.kid = kid.raw();
    raw.typ = typ.raw();
    raw.cty = cty.raw();
    raw.x5c = x5c.raw();
    raw.x5c_len = x5c.size();
    if (detached) raw.flags |= SPLITSIGN_JWS_DETACHED;
    if (unencoded) raw.flags |= SPLITSIGN_JWS_UNENCODED;
    if (flattened) raw.flags |= SPLITSIGN_JWS_FLATTENED;
    raw.low_s = static_cast<std::int32_t>(low_s);
    return raw;
  }
};

struct expect {
  // The payload, if it is detached.
  bytes payload{};
  splitsign::low_s low_s = low_s::accept;
};

// What a JWS says. It owns what was decoded; a detached payload is a view.
class token {
 public:
  [[nodiscard]] bytes payload() const noexcept { return bytes(found_.raw().payload); }
  [[nodiscard]] bytes kid() const noexcept { return bytes(found_.raw().kid); }
  [[nodiscard]] bytes typ() const noexcept { return bytes(found_.raw().typ); }
  [[nodiscard]] bytes cty() const noexcept { return bytes(found_.raw().cty); }
  // Views into this very object.
  [[nodiscard]] chain x5c() const noexcept { return detail::chain_of(found_.raw().x5c, found_.raw().x5c_len); }
  [[nodiscard]] bool detached() const noexcept { return found_.raw().detached == 1; }

  explicit token(detail::decoded<splitsign_jws> found) noexcept : found_(std::move(found)) {}

 private:
  detail::decoded<splitsign_jws> found_;
};

inline result<digest> prepare(const params &from) {
  const splitsign_jws_params raw = from.raw();
  return detail::into<digest>([&](digest &out, std::uint32_t *at) { return splitsign_jws_prepare(&raw, out.data(), at); });
}

inline result<std::vector<std::uint8_t>> attach(const params &from, bytes raw_signature, const key &by) {
  const splitsign_jws_params raw = from.raw();
  const std::size_t guess = 512 + 2 * ((from.detached ? 0 : from.payload.size()) + detail::sum(from.x5c));
  return detail::written(guess, [&](std::uint8_t *out, std::size_t cap, std::size_t *len, std::uint32_t *at) {
    return splitsign_jws_attach(&raw, raw_signature.raw(), by.raw(), out, cap, len, at);
  });
}

// For a detached payload that went through a `prepare_stream`.
inline result<std::vector<std::uint8_t>> attach(const params &from, bytes hash, bytes raw_signature, const key &by) {
  const splitsign_jws_params raw = from.raw();
  const std::size_t guess = 512 + 2 * detail::sum(from.x5c);
  return detail::written(guess, [&](std::uint8_t *out, std::size_t cap, std::size_t *len, std::uint32_t *at) {
    return splitsign_jws_attach_digest(&raw, hash.raw(), raw_signature.raw(), by.raw(), out, cap, len, at);
  });
}

inline result<token> verify(bytes object, verifier by, const expect &with = {}) {
  splitsign_jws_expect raw{};
  raw.key = by.key();
  raw.prepared = by.prepared();
  raw.payload = with.payload.raw();
  raw.low_s = static_cast<std::int32_t>(with.low_s);
  detail::decoded<splitsign_jws> found(splitsign_jws_work_bytes(object.size()));
  std::uint32_t at = 0;
  const std::int32_t code =
      splitsign_jws_verify(object.raw(), &raw, found.memory(), found.size(), &found.raw(), &at);
  if (code != SPLITSIGN_OK) return error{code, at};
  return token(std::move(found));
}

// What an object claims. Nothing of it is verified.
inline result<token> inspect(bytes object) {
  detail::decoded<splitsign_jws> found(splitsign_jws_work_bytes(object.size()));
  std::uint32_t at = 0;
  const std::int32_t code = splitsign_jws_inspect(object.raw(), found.memory(), found.size(), &found.raw(), &at);
  if (code != SPLITSIGN_OK) return error{code, at};
  return token(std::move(found));
}

// A detached payload that is signed in pieces. What `from` shows, chain included, must live as long as the stream.
class prepare_stream {
 public:
  static result<prepare_stream> start(const params &from) {
    prepare_stream made;
    const splitsign_jws_params raw = from.raw();
    std::uint32_t at = 0;
    const std::int32_t code = splitsign_jws_prepare_init(made.context_.get(), &raw, &at);
    if (code != SPLITSIGN_OK) return error{code, at};
    return result<prepare_stream>(std::move(made));
  }
  result<> update(bytes piece) noexcept {
    std::uint32_t at = 0;
    const std::int32_t code = splitsign_jws_prepare_update(context_.get(), piece.raw(), &at);
    return detail::outcome(code, at);
  }
  result<digest> finish() {
    return detail::into<digest>(
        [&](digest &out, std::uint32_t *at) { return splitsign_jws_prepare_finish(context_.get(), out.data(), at); });
  }

 private:
  prepare_stream() : context_(detail::context<splitsign_jws_prepare_context>()) {}
  std::unique_ptr<splitsign_jws_prepare_context> context_;
};

// An object whose payload comes in pieces. What `object` shows must live as long as the stream.
class verify_stream {
 public:
  static result<verify_stream> start(bytes object, const expect &with = {}) {
    verify_stream made(splitsign_jws_work_bytes(object.size()));
    splitsign_jws_expect raw{};
    raw.low_s = static_cast<std::int32_t>(with.low_s);
    std::uint32_t at = 0;
    const std::int32_t code = splitsign_jws_verify_init(made.context_.get(), object.raw(), &raw, made.found_.memory(),
                                                        made.found_.size(), &at);
    if (code != SPLITSIGN_OK) return error{code, at};
    return result<verify_stream>(std::move(made));
  }
  result<> update(bytes piece) noexcept {
    std::uint32_t at = 0;
    const std::int32_t code = splitsign_jws_verify_update(context_.get(), piece.raw(), &at);
    return detail::outcome(code, at);
  }
  result<token> finish(verifier by) {
    std::uint32_t at = 0;
    const std::int32_t code =
        splitsign_jws_verify_finish(context_.get(), by.key(), by.prepared(), &found_.raw(), &at);
    if (code != SPLITSIGN_OK) return error{code, at};
    return token(std::move(found_));
  }

 private:
  explicit verify_stream(std::size_t size)
      : found_(size), context_(detail::context<splitsign_jws_verify_context>()) {}
  detail::decoded<splitsign_jws> found_;
  std::unique_ptr<splitsign_jws_verify_context> context_;
};

}  // namespace jws

namespace dsse {

struct params {
  bytes payload_type{};
  bytes payload{};
  bytes keyid{};
  bool raw_signature = false;
  splitsign::low_s low_s = low_s::accept;

  [[nodiscard]] splitsign_dsse_params raw() const noexcept {
    splitsign_dsse_params raw{};
    raw.payload_type = payload_type.raw();
    raw.payload = payload.raw();
    raw.keyid = keyid.raw();
    if (raw_signature) raw.flags |= SPLITSIGN_DSSE_RAW_SIGNATURE;
    raw.low_s = static_cast<std::int32_t>(low_s);
    return raw;
  }
};

struct expect {
  splitsign::low_s low_s = low_s::accept;
};

// What an envelope says. It owns what was decoded.
class envelope {
 public:
  explicit envelope(detail::decoded<splitsign_dsse> found) noexcept : found_(std::move(found)) {}
  [[nodiscard]] bytes payload() const noexcept { return bytes(found_.raw().payload); }
  [[nodiscard]] bytes payload_type() const noexcept { return bytes(found_.raw().payload_type); }
  // Beside the signature that is right. It is not signed.
  [[nodiscard]] bytes keyid() const noexcept { return bytes(found_.raw().keyid); }

 private:
  detail::decoded<splitsign_dsse> found_;
};

// Key ids of an envelope, one for each signature; absent where it has none.
class claims {
 public:
  explicit claims(detail::decoded<splitsign_dsse_claims> found) noexcept : found_(std::move(found)) {}
  [[nodiscard]] std::size_t size() const noexcept { return found_.raw().keyids_len; }
  [[nodiscard]] bytes keyid(std::size_t index) const noexcept {
    return index < size() ? bytes(found_.raw().keyids[index]) : bytes();
  }

 private:
  detail::decoded<splitsign_dsse_claims> found_;
};

inline result<digest> prepare(const params &from) {
  const splitsign_dsse_params raw = from.raw();
  return detail::into<digest>([&](digest &out, std::uint32_t *at) { return splitsign_dsse_prepare(&raw, out.data(), at); });
}

inline result<std::vector<std::uint8_t>> attach(const params &from, bytes raw_signature, const key &by) {
  const splitsign_dsse_params raw = from.raw();
  return detail::written(512 + 2 * from.payload.size(),
                         [&](std::uint8_t *out, std::size_t cap, std::size_t *len, std::uint32_t *at) {
                           return splitsign_dsse_attach(&raw, raw_signature.raw(), by.raw(), out, cap, len, at);
                         });
}

inline result<envelope> verify(bytes object, verifier by, const expect &with = {}) {
  splitsign_dsse_expect raw{};
  raw.key = by.key();
  raw.prepared = by.prepared();
  raw.low_s = static_cast<std::int32_t>(with.low_s);
  detail::decoded<splitsign_dsse> found(splitsign_dsse_work_bytes(object.size()));
  std::uint32_t at = 0;
  const std::int32_t code =
      splitsign_dsse_verify(object.raw(), &raw, found.memory(), found.size(), &found.raw(), &at);
  if (code != SPLITSIGN_OK) return error{code, at};
  return envelope(std::move(found));
}

// What an envelope claims. Nothing of it is verified.
inline result<claims> inspect(bytes object) {
  detail::decoded<splitsign_dsse_claims> found(splitsign_dsse_work_bytes(object.size()));
  std::uint32_t at = 0;
  const std::int32_t code = splitsign_dsse_inspect(object.raw(), found.memory(), found.size(), &found.raw(), &at);
  if (code != SPLITSIGN_OK) return error{code, at};
  return claims(std::move(found));
}

}  // namespace dsse

}  // namespace splitsign

#endif  // SPLITSIGN_HPP
