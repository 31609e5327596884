//! The private arithmetic in every layout, against the big integers and the points of `p256`.

use p256::elliptic_curve::Group as _;
use p256::elliptic_curve::bigint::{NonZero, U256};
use p256::elliptic_curve::ops::Reduce as _;
use p256::elliptic_curve::sec1::ToSec1Point as _;
use p256::{ProjectivePoint, Scalar};
use splitsign_core::ecdsa::fuzzing::{self, Layout};
use splitsign_core::ecdsa::{PublicKey, TablePoint};

use crate::input::{Input, N, P, bytes};

/// The field in every layout, and the scalars.
pub fn field(data: &[u8]) {
    let mut input = Input::new(data);
    let (a, b) = (input.integer(), input.integer());
    let steps = input.rest();
    let steps = &steps[..steps.len().min(400)];
    let (x, y) = (bytes(&a), bytes(&b));
    let expected = (a < P && b < P).then(|| expected(&a, &b, steps));
    for layout in Layout::ALL {
        let ours = fuzzing::field(layout, &x, &y, steps);
        assert_eq!(ours.is_some(), expected.is_some(), "{layout:?}");
        let (Some(ours), Some(expected)) = (ours, &expected) else { continue };
        let results = [ours.sum, ours.difference, ours.product, ours.square, ours.half, ours.inverse, ours.chain];
        assert_eq!(results, expected.results, "{layout:?}");
        let mut montgomery = ours.montgomery;
        montgomery.reverse();
        assert_eq!(montgomery, expected.montgomery, "{layout:?}");
        let root = ours.root.map(|root| U256::from_be_slice(&root));
        assert_eq!(root.is_some(), expected.has_root, "{layout:?}");
        assert!(root.is_none_or(|root| root < P && mul(&root, &root, P) == a), "{layout:?}");
    }
    let (s, t) = (Scalar::reduce(&a), Scalar::reduce(&b));
    let expected: [[u8; 32]; 3] = [s, s * t, s.invert().unwrap_or(Scalar::ZERO)].map(|value| value.to_bytes().into());
    assert_eq!(fuzzing::scalar(&x, &y), [expected; 2]);
}

struct Expected {
    results: [[u8; 32]; 7],
    montgomery: [u8; 32],
    has_root: bool,
}

fn modulus(modulus: U256) -> NonZero<U256> {
    NonZero::new(modulus).expect("a modulus is not zero")
}

fn mul(a: &U256, b: &U256, m: U256) -> U256 {
    a.mul_mod(b, &modulus(m))
}

fn power(base: &U256, exponent: &U256) -> U256 {
    (0..256).rev().fold(U256::ONE, |sum, bit| {
        let square = mul(&sum, &sum, P);
        if (*exponent >> bit) & U256::ONE == U256::ONE { mul(&square, base, P) } else { square }
    })
}

fn expected(a: &U256, b: &U256, steps: &[u8]) -> Expected {
    let p = modulus(P);
    // (p + 1)/2, the inverse of two.
    let half = U256::wrapping_add(&(P >> 1), &U256::ONE);
    // Both powers begin alike: a^(p−2) = (a^((p−3)/2))²·a, a^((p−1)/2) = a^((p−3)/2)·a.
    let begin = power(a, &U256::wrapping_sub(&(P >> 1), &U256::ONE));
    let euler = mul(&begin, a, P);
    let inverse = mul(&mul(&begin, &begin, P), a, P);
    let (mut x, mut y) = (*a, *b);
    for step in steps {
        let z = match step % 7 {
            0 => x.add_mod(&y, &p),
            1 => x.sub_mod(&y, &p),
            2 => x.add_mod(&x, &p),
            3 => U256::ZERO.sub_mod(&x, &p),
            4 => mul(&y, &half, P),
            5 => mul(&x, &y, P),
            _ => mul(&x, &x, P),
        };
        (x, y) = (y, z);
    }
    let r = U256::MAX.rem(&p).add_mod(&U256::ONE, &p);
    let results = [a.add_mod(b, &p), a.sub_mod(b, &p), mul(a, b, P), mul(a, a, P), mul(a, &half, P), inverse, y]
        .map(|v| bytes(&v));
    Expected { results, montgomery: bytes(&mul(a, &r, P)), has_root: *a == U256::ZERO || euler == U256::ONE }
}

/// a·G + b·Q by both ways of the core and in every layout.
pub fn multiple(data: &[u8]) {
    let mut input = Input::new(data);
    let (a, b, q) = (input.integer(), input.integer(), Scalar::reduce(&input.integer()));
    let (shift, points) = (input.byte(), input.below(160));
    if q == Scalar::ZERO {
        return;
    }
    let q = ProjectivePoint::GENERATOR * q;
    let key =
        PublicKey::from_sec1(q.to_affine().to_sec1_point(shift & 1 == 1).as_bytes()).expect("a point of the curve");
    let sum = ProjectivePoint::GENERATOR * Scalar::reduce(&a) + q * Scalar::reduce(&b);
    let sec1 = (!bool::from(sum.is_identity())).then(|| sum.to_affine().to_sec1_point(false));
    let expected: Option<[u8; 64]> = sec1.map(|sec1| sec1.as_bytes()[1..].try_into().expect("uncompressed"));
    let x = expected.map_or(U256::ZERO, |point| U256::from_be_slice(&point[..32]));
    let mut tables = [TablePoint::EMPTY; 160];
    let (a, b) = (bytes(&a), bytes(&b));
    for layout in Layout::ALL {
        let ours = fuzzing::double_multiple(layout, &a, &b, &key);
        assert_eq!(ours.map(|[x, y]| [x, y].concat()), expected.map(|point| point.to_vec()), "{layout:?}");
        for (r, is_x) in [
            (x.rem(&modulus(N)), expected.is_some()),
            (x.wrapping_add(&U256::from(shift >> 1)), shift < 2 && expected.is_some()),
        ] {
            let tables = &mut tables[..points];
            let found = fuzzing::table_sum_has_x(layout, [&a, &b, &bytes(&r)], &key, tables);
            assert_eq!(found, (points > 3).then_some(is_x), "{layout:?} with {points} points");
        }
    }
}
