//! Every way in which the service refuses: the only place where its codes are made. Numbers start at 2000, below are
//! the core's; a number is never reused.

use axum::http::StatusCode;

macro_rules! problem_codes {
    ($($number:literal $variant:ident $name:literal $status:ident $title:literal)+) => {
        /// A code of the service.
        #[derive(Clone, Copy, PartialEq, Eq, Debug)]
        #[non_exhaustive]
        pub enum ProblemCode {
            $(#[doc = $title] $variant,)+
        }

        impl ProblemCode {
            /// Every code, in order of number.
            pub const ALL: &'static [Self] = &[$(Self::$variant,)+];

            /// The number, never reused.
            #[must_use]
            pub const fn number(self) -> u16 {
                match self { $(Self::$variant => $number,)+ }
            }

            /// The stable name.
            #[must_use]
            pub const fn name(self) -> &'static str {
                match self { $(Self::$variant => $name,)+ }
            }

            /// The HTTP status.
            #[must_use]
            pub const fn status(self) -> StatusCode {
                match self { $(Self::$variant => StatusCode::$status,)+ }
            }

            /// The same sentence every time; the detail says more.
            #[must_use]
            pub const fn title(self) -> &'static str {
                match self { $(Self::$variant => $title,)+ }
            }
        }
    };
}

problem_codes! {
    // 2000–2019: the request as such
    2000 MalformedJson "malformed_json" BAD_REQUEST "The body is not JSON."
    2001 UnknownField "unknown_field" BAD_REQUEST "A member is not known here."
    2002 DuplicateField "duplicate_field" BAD_REQUEST "A member occurs twice."
    2003 MissingField "missing_field" BAD_REQUEST "A member is missing."
    2004 InvalidField "invalid_field" BAD_REQUEST "The value of a member is not valid."
    2005 BodyTooLarge "body_too_large" PAYLOAD_TOO_LARGE "The body is too large."
    2006 UnsupportedMediaType "unsupported_media_type" UNSUPPORTED_MEDIA_TYPE "The body is of another type than this path takes."
    2007 RepeatedHeader "repeated_header" BAD_REQUEST "A header that may occur once occurs more often."
    2008 InvalidIdempotencyKey "invalid_idempotency_key" BAD_REQUEST "The Idempotency-Key is not valid."
    2009 RouteNotFound "route_not_found" NOT_FOUND "There is nothing at this path."
    2010 MethodNotAllowed "method_not_allowed" METHOD_NOT_ALLOWED "This path does not know this method."
    2011 BodyIncomplete "body_incomplete" BAD_REQUEST "The body ended before its announced end."
    2012 InvalidBatchSize "invalid_batch_size" BAD_REQUEST "A batch has from 1 to 64 requests."
    2013 InvalidPath "invalid_path" BAD_REQUEST "The path is not valid."
    2014 InvalidQuery "invalid_query" BAD_REQUEST "The query is not valid."
    2015 InvalidDigestBody "invalid_digest_body" BAD_REQUEST "The body is not the 32 bytes of a digest."
    2016 NotAcceptable "not_acceptable" NOT_ACCEPTABLE "The answer has no form that is accepted."
    2017 DigestMismatch "digest_not_of_tbs" UNPROCESSABLE_ENTITY "The digest is not that of the bytes to be signed."
    2018 TbsNotOfProfile "tbs_not_of_profile" UNPROCESSABLE_ENTITY "The bytes to be signed are not what the profile says."

    // 2020–2039: who may do what with which key
    2020 Unauthorized "unauthorized" UNAUTHORIZED "A valid bearer token is needed."
    2021 KeyNotFound "key_not_found" NOT_FOUND "There is no such key for this token."
    2022 KeyVersionNotFound "key_version_not_found" NOT_FOUND "The key has no such version."
    2023 KeyVersionSuperseded "key_version_superseded" CONFLICT "The key version does not sign any more."
    2024 KeyDisabled "key_disabled" CONFLICT "The key does not sign."
    2025 TimestampUnavailable "timestamp_unavailable" UNPROCESSABLE_ENTITY "A timestamp was required and cannot be had."
    2026 ReceiptUnavailable "receipt_unavailable" UNPROCESSABLE_ENTITY "A receipt was required and cannot be had."
    // A key's certificate is a state of the key, as being disabled is: 409, and the same request works later.
    2027 CertificateExpired "certificate_expired" CONFLICT "The certificate of the key has expired."
    2028 CertificateNotYetValid "certificate_not_yet_valid" CONFLICT "The certificate of the key is not valid yet."
    2029 KeyVersionNotActive "key_version_not_active" CONFLICT "The key version does not sign yet."
    2030 IdempotencyConflict "idempotency_conflict" CONFLICT "The Idempotency-Key was used for another request."
    2031 IdempotencyInProgress "idempotency_in_progress" CONFLICT "A request with this Idempotency-Key is being worked on."
    2032 CertificateMismatch "certificate_mismatch" CONFLICT "The certificate of the key is not one of the key."
    2033 PolicyRefused "policy_refused" FORBIDDEN "The policy of the key refuses."
    2034 AdminRequired "admin_required" FORBIDDEN "A token of an admin is needed."

    // 2040–2059: the provider
    2040 ProviderDenied "provider_denied" BAD_GATEWAY "The key provider denied the use of the key."
    2041 ProviderThrottled "provider_throttled" TOO_MANY_REQUESTS "The key provider takes no more requests for now."
    2042 ProviderUnavailable "provider_unavailable" SERVICE_UNAVAILABLE "The key provider cannot be reached."
    2043 ProviderTimeout "provider_timeout" GATEWAY_TIMEOUT "The key provider did not answer in time."
    2044 ProviderInvalid "provider_invalid" BAD_GATEWAY "The key provider refused the request."
    2045 ProviderKeyNotFound "provider_key_not_found" BAD_GATEWAY "The key provider does not have the key."
    2046 ProviderBadResponse "provider_bad_response" BAD_GATEWAY "The key provider's answer makes no sense."
    2047 ProviderBadSignature "provider_bad_signature" BAD_GATEWAY "The key provider's signature does not verify."
    2048 ProviderNotConfigured "provider_not_configured" SERVICE_UNAVAILABLE "The provider of the key is not configured."

    // 2060–2079: the service itself
    2060 StorageUnavailable "storage_unavailable" SERVICE_UNAVAILABLE "Nothing can be recorded, so nothing is signed."
    2061 Overloaded "overloaded" SERVICE_UNAVAILABLE "Too many requests are under way."
    2062 RequestTimeout "request_timeout" GATEWAY_TIMEOUT "The request took too long."
    2063 Internal "internal" INTERNAL_SERVER_ERROR "The service made a mistake."
    2064 StoredBadSignature "stored_bad_signature" INTERNAL_SERVER_ERROR "The stored signature does not verify."
}

#[cfg(test)]
mod tests {
    use super::ProblemCode;

    #[test]
    fn numbers_ascend_from_2000_and_names_are_those_of_nobody_else() {
        assert!(ProblemCode::ALL.iter().all(|code| code.number() >= 2000 && !code.status().is_success()));
        assert!(ProblemCode::ALL.windows(2).all(|pair| pair[0].number() < pair[1].number()));
        for (index, code) in ProblemCode::ALL.iter().enumerate() {
            assert!(ProblemCode::ALL[index + 1..].iter().all(|other| other.name() != code.name()), "{code:?}");
            assert!(splitsign_core::Code::ALL.iter().all(|other| other.name() != code.name()), "{code:?}");
        }
    }
}
