//! A request held against the policy of its key. A pure function: the time is an argument, and nothing is read.

use crate::clock::UnixMillis;
use crate::identity::{DigestAlgorithm, KeyId, Profile, TenantId};
use crate::keys::Policy;

/// What policies look at.
#[derive(Clone, Copy, Debug)]
#[expect(missing_docs, reason = "the names say it")]
pub struct Request<'a> {
    pub key: &'a KeyId,
    pub tenant: &'a TenantId,
    pub profile: Profile,
    pub digest_algorithm: DigestAlgorithm,
    /// `None` if a digest was sent, which has no size.
    pub tbs_bytes: Option<usize>,
    pub is_pinned: bool,
}

/// Which rule refuses.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
#[expect(missing_docs, reason = "the names say it")]
pub enum Rule {
    Tenants,
    Profiles,
    DigestAlgorithms,
    RequireTbs,
    MaxTbsBytes,
    RequirePinnedVersion,
    NotBefore,
    NotAfter,
    Hours,
}

impl Rule {
    /// The name, as the policy has it.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Tenants => "tenants",
            Self::Profiles => "profiles",
            Self::DigestAlgorithms => "digestAlgorithms",
            Self::RequireTbs => "requireTbs",
            Self::MaxTbsBytes => "maxTbsBytes",
            Self::RequirePinnedVersion => "requirePinnedVersion",
            Self::NotBefore => "notBefore",
            Self::NotAfter => "notAfter",
            Self::Hours => "hours",
        }
    }

    /// The member of the request that it is about.
    #[must_use]
    pub const fn field(self) -> &'static str {
        match self {
            Self::Tenants | Self::NotBefore | Self::NotAfter | Self::Hours => "key",
            Self::Profiles => "profile",
            Self::DigestAlgorithms => "digestAlgorithm",
            Self::RequireTbs | Self::MaxTbsBytes => "tbs",
            Self::RequirePinnedVersion => "keyVersion",
        }
    }
}

/// What a policy says against a request.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
#[error("{detail}")]
pub struct Refusal {
    /// The first rule that refuses.
    pub rule: Rule,
    /// For the caller, who may use the key: what would be signed. Other tenants are never named.
    pub detail: String,
}

/// Holds `request` against `policy`.
///
/// # Errors
/// [`Refusal`] by the first rule that says no, in the order of [`Rule`].
pub fn evaluate(policy: &Policy, request: &Request<'_>, now: UnixMillis) -> Result<(), Refusal> {
    let refuse = |rule, detail: String| Err(Refusal { rule, detail });
    let key = request.key;
    if !policy.admits(key, request.tenant) {
        return refuse(Rule::Tenants, format!("tenant {} may not sign with key {key}", request.tenant));
    }
    if let Some(profiles) = policy.profiles()
        && !profiles.contains(&request.profile)
    {
        let names: Vec<_> = profiles.iter().map(|profile| profile.name()).collect();
        return refuse(Rule::Profiles, format!("key {key} signs profile {} only", names.join(", ")));
    }
    if let Some(algorithms) = policy.digest_algorithms()
        && !algorithms.contains(&request.digest_algorithm)
    {
        let names: Vec<_> = algorithms.iter().map(|algorithm| algorithm.name()).collect();
        return refuse(Rule::DigestAlgorithms, format!("key {key} signs digests of {} only", names.join(", ")));
    }
    match request.tbs_bytes {
        None if policy.requires_tbs() => {
            return refuse(Rule::RequireTbs, format!("key {key} signs what is hashed here; send tbs, not a digest"));
        }
        Some(bytes) if bytes > usize::try_from(policy.max_tbs_bytes()).unwrap_or(usize::MAX) => {
            let limit = policy.max_tbs_bytes();
            let detail = format!("key {key} signs at most {limit} bytes, and these are {bytes}; hash them yourself");
            return refuse(Rule::MaxTbsBytes, detail);
        }
        Some(_) | None => {}
    }
    if policy.requires_pinned_version() && !request.is_pinned {
        let detail = format!("key {key} signs for those who pin a version; GET /v1/keys/{key} says which one");
        return refuse(Rule::RequirePinnedVersion, detail);
    }
    if let Some(start) = policy.not_before()
        && now < start
    {
        return refuse(Rule::NotBefore, format!("key {key} signs from {start} on"));
    }
    if let Some(end) = policy.not_after()
        && now > end
    {
        return refuse(Rule::NotAfter, format!("key {key} signed until {end}"));
    }
    if let Some(hours) = policy.hours()
        && !hours.iter().any(|window| window.contains(now))
    {
        let windows: Vec<_> = hours.iter().map(ToString::to_string).collect();
        return refuse(Rule::Hours, format!("key {key} signs {} (UTC), and it is {now}", windows.join(", ")));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::{Request, Rule, evaluate};
    use crate::clock::UnixMillis;
    use crate::identity::{DigestAlgorithm, KeyId, Profile, TenantId};
    use crate::keys::Policy;

    struct Case {
        policy: Policy,
        key: KeyId,
        tenant: TenantId,
        profile: Profile,
        digest_algorithm: DigestAlgorithm,
        tbs_bytes: Option<usize>,
        is_pinned: bool,
        now: UnixMillis,
    }

    fn case(policy: &str) -> Case {
        Case {
            policy: serde_json::from_str(policy).unwrap(),
            key: "acme/c2pa".parse().unwrap(),
            tenant: "acme".parse().unwrap(),
            profile: Profile::Raw,
            digest_algorithm: DigestAlgorithm::Sha256,
            tbs_bytes: None,
            is_pinned: false,
            now: "2026-11-20T12:00:00Z".parse().unwrap(),
        }
    }

    impl Case {
        /// The rule that refuses.
        fn rule(&self) -> Option<Rule> {
            let request = Request {
                key: &self.key,
                tenant: &self.tenant,
                profile: self.profile,
                digest_algorithm: self.digest_algorithm,
                tbs_bytes: self.tbs_bytes,
                is_pinned: self.is_pinned,
            };
            evaluate(&self.policy, &request, self.now).err().map(|refusal| refusal.rule)
        }

        fn tenant(self, tenant: &str) -> Self {
            Self { tenant: tenant.parse().unwrap(), ..self }
        }

        fn now(self, now: &str) -> Self {
            Self { now: now.parse().unwrap(), ..self }
        }
    }

    #[test]
    fn without_a_policy_the_owner_signs_all_but_large_things() {
        assert_eq!(case("{}").rule(), None);
        assert_eq!(case("{}").tenant("rival").rule(), Some(Rule::Tenants));
        assert_eq!(Case { tbs_bytes: Some(32_768), ..case("{}") }.rule(), None);
        assert_eq!(Case { tbs_bytes: Some(32_769), ..case("{}") }.rule(), Some(Rule::MaxTbsBytes));
        assert_eq!(Case { tbs_bytes: Some(0), ..case("{}") }.rule(), None);
    }

    #[test]
    fn the_list_of_tenants_is_all_of_them_the_owner_too() {
        let policy = r#"{"tenants":["partner"]}"#;
        assert_eq!(case(policy).tenant("partner").rule(), None);
        assert_eq!(case(policy).rule(), Some(Rule::Tenants));
        assert_eq!(case(policy).tenant("rival").rule(), Some(Rule::Tenants));
        assert_eq!(case(r#"{"tenants":["acme","partner"]}"#).rule(), None);
    }

    #[test]
    fn profiles_and_digest_algorithms_are_lists_of_what_may_be() {
        for profile in Profile::ALL {
            let allowed = Case { profile, ..case(r#"{"profiles":["cose-sign1","jws"]}"#) };
            let expected = !matches!(profile, Profile::CoseSign1 | Profile::Jws);
            assert_eq!(allowed.rule(), expected.then_some(Rule::Profiles), "{profile}");
        }
        for digest_algorithm in DigestAlgorithm::ALL {
            let allowed = Case { digest_algorithm, ..case(r#"{"digestAlgorithms":["sha-256"]}"#) };
            let expected = digest_algorithm != DigestAlgorithm::Sha256;
            assert_eq!(allowed.rule(), expected.then_some(Rule::DigestAlgorithms), "{digest_algorithm}");
        }
    }

    #[test]
    fn sizes_are_those_of_what_is_hashed_here_and_that_may_be_required() {
        let policy = r#"{"maxTbsBytes":10}"#;
        assert_eq!(Case { tbs_bytes: Some(10), ..case(policy) }.rule(), None);
        assert_eq!(Case { tbs_bytes: Some(11), ..case(policy) }.rule(), Some(Rule::MaxTbsBytes));
        assert_eq!(case(policy).rule(), None, "a digest has no size");
        let policy = r#"{"maxTbsBytes":10,"requireTbs":true}"#;
        assert_eq!(case(policy).rule(), Some(Rule::RequireTbs));
        assert_eq!(Case { tbs_bytes: Some(10), ..case(policy) }.rule(), None);
    }

    #[test]
    fn a_version_may_have_to_be_pinned() {
        let policy = r#"{"requirePinnedVersion":true}"#;
        assert_eq!(case(policy).rule(), Some(Rule::RequirePinnedVersion));
        assert_eq!(Case { is_pinned: true, ..case(policy) }.rule(), None);
    }

    #[test]
    fn both_ends_of_the_validity_are_part_of_it() {
        let policy = r#"{"notBefore":"2026-11-20T12:00:00Z","notAfter":"2026-11-20T13:00:00Z"}"#;
        for (now, rule) in [
            ("2026-11-20T11:59:59.999Z", Some(Rule::NotBefore)),
            ("2026-11-20T12:00:00Z", None),
            ("2026-11-20T13:00:00Z", None),
            ("2026-11-20T13:00:00.001Z", Some(Rule::NotAfter)),
        ] {
            assert_eq!(case(policy).now(now).rule(), rule, "{now}");
        }
    }

    #[test]
    fn one_window_of_several_is_enough() {
        let policy = r#"{"hours":["mon-fri 08:00-12:00","fri 12:30-13:00"]}"#;
        for (now, rule) in [
            ("2026-11-20T11:59:59.999Z", None),
            ("2026-11-20T12:00:00Z", Some(Rule::Hours)),
            ("2026-11-20T12:30:00Z", None),
            ("2026-11-19T12:30:00Z", Some(Rule::Hours)),
            ("2026-11-21T09:00:00Z", Some(Rule::Hours)),
        ] {
            assert_eq!(case(policy).now(now).rule(), rule, "{now}");
        }
    }

    #[test]
    fn who_may_not_sign_is_told_nothing_else() {
        let policy = r#"{"tenants":["partner"],"profiles":["jws"],"requireTbs":true,"hours":["sat 00:00-01:00"]}"#;
        assert_eq!(case(policy).rule(), Some(Rule::Tenants));
        let case = case(r#"{"tenants":["partner"]}"#);
        let request = Request {
            key: &case.key,
            tenant: &case.tenant,
            profile: case.profile,
            digest_algorithm: case.digest_algorithm,
            tbs_bytes: None,
            is_pinned: false,
        };
        let refusal = evaluate(&case.policy, &request, case.now).unwrap_err();
        assert!(!refusal.detail.contains("partner"), "{refusal}");
    }
}
