//! Against the crate `p256`, in every layout, with every exceptional case by name.

use alloc::vec::Vec;

use p256::elliptic_curve::Group as _;
use p256::elliptic_curve::bigint::{NonZero, U256};
use p256::elliptic_curve::ops::Reduce as _;
use p256::elliptic_curve::sec1::ToSec1Point as _;
use p256::{AffinePoint, ProjectivePoint};
use proptest::prelude::{Just, Strategy, any, prop, prop_oneof, proptest};

use crate::ecdsa::arithmetic::{Affine, Extended, Field, Field29, Field32, Field64, Jacobian, Scalar, Wnaf, generator};
use crate::ecdsa::verify::double_multiply;

pub(super) const P: &str = "ffffffff00000001000000000000000000000000ffffffffffffffffffffffff";
pub(super) const N: &str = "ffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551";

pub(super) fn integer(hex: &str) -> U256 {
    U256::from_be_hex(hex)
}

pub(super) fn bytes(value: &U256) -> [u8; 32] {
    value.to_be_bytes().as_slice().try_into().unwrap()
}

/// Integers where carries, borrows and windows meet their limits.
pub(super) fn edges() -> Vec<U256> {
    let (p, n) = (integer(P), integer(N));
    let mut edges: Vec<U256> = (0..256).step_by(31).map(|bit| U256::ONE << bit).collect();
    for base in [p, n, U256::ZERO, U256::ONE << 224, U256::ONE << 96, n >> 1] {
        for step in [0_u8, 1, 2, 3] {
            edges.push(base.wrapping_add(&U256::from(step)));
            edges.push(base.wrapping_sub(&U256::from(step)));
        }
    }
    // Windows of all ones, and of alternating bits.
    edges.extend(["ff", "aa", "55", "0f", "01", "80"].map(|byte| integer(&byte.repeat(32))));
    edges
}

pub(super) fn any_integer() -> impl Strategy<Value = U256> {
    prop_oneof![
        any::<[u8; 32]>().prop_map(|bytes| U256::from_be_slice(&bytes)),
        prop::sample::select(edges()),
        Just(U256::ZERO),
    ]
}

pub(super) fn modulo(value: &U256, modulus: &str) -> U256 {
    value.rem(&NonZero::new(integer(modulus)).unwrap())
}

fn element<F: Field>(value: &U256) -> F {
    F::from_bytes(&bytes(&modulo(value, P))).unwrap()
}

fn check_field<F: Field>(a: &U256, b: &U256) {
    let modulus = NonZero::new(integer(P)).unwrap();
    let (x, y) = (modulo(a, P), modulo(b, P));
    let (fx, fy) = (element::<F>(a), element::<F>(b));
    assert_eq!(fx.to_bytes(), bytes(&x));
    assert_eq!(fx.add(fy).to_bytes(), bytes(&x.add_mod(&y, &modulus)));
    assert_eq!(fx.sub(fy).to_bytes(), bytes(&x.sub_mod(&y, &modulus)));
    assert_eq!(fx.mul(fy).to_bytes(), bytes(&x.mul_mod(&y, &modulus)));
    assert_eq!(fx.square(), fx.mul(fx));
    assert_eq!(fx.half().double(), fx);
    assert_eq!(fx.negate().add(fx), F::ZERO);
    assert_eq!(F::from_montgomery_bytes(&fx.to_montgomery_bytes()), fx);
    let root = fx.square().square_root().unwrap();
    assert!(root == fx || root == fx.negate());
}

proptest! {
    #[test]
    fn field_agrees_with_big_integers_in_every_layout(a in any_integer(), b in any_integer()) {
        check_field::<Field64>(&a, &b);
        check_field::<Field32>(&a, &b);
        check_field::<Field29>(&a, &b);
        let product = element::<Field64>(&a).mul(element(&b)).to_montgomery_bytes();
        assert_eq!(product, element::<Field32>(&a).mul(element(&b)).to_montgomery_bytes());
        assert_eq!(product, element::<Field29>(&a).mul(element(&b)).to_montgomery_bytes());
    }

    #[test]
    fn long_chains_agree_in_every_layout(a in any_integer(), b in any_integer()) {
        let expected = long_chain::<Field64>(&a, &b);
        assert_eq!(long_chain::<Field32>(&a, &b), expected);
        assert_eq!(long_chain::<Field29>(&a, &b), expected);
    }

    #[test]
    fn scalars_agree_with_p256(a in any_integer(), b in any_integer()) {
        check_scalar(&a, &b);
    }

    #[test]
    fn multiples_agree_with_p256(a in any_integer(), b in any_integer(), q in any_integer()) {
        check_multiple(&a, &b, &modulo(&q, N));
    }
}

/// Sums, differences, doubles and halves of each other, without a product in between: lazily reduced layouts must
/// stay within their bounds.
fn long_chain<F: Field>(a: &U256, b: &U256) -> [u8; 32] {
    let (mut x, mut y) = (element::<F>(a), element::<F>(b));
    for step in 0..40 {
        let z = match step % 5 {
            0 => x.add(y).double(),
            1 => x.sub(y).negate(),
            2 => x.double().double().double(),
            3 => y.half().sub(x),
            _ => x.mul(y).sub(y.square()),
        };
        (x, y) = (y, z);
        assert_eq!(x == y, x.to_bytes() == y.to_bytes());
        assert!(x.sub(x).is_zero() && x.add(x.negate()).is_zero() && F::ZERO.sub(F::ZERO).is_zero());
    }
    y.to_montgomery_bytes()
}

fn check_scalar(a: &U256, b: &U256) {
    let (x, y) = (Scalar::reduce(&bytes(a)), Scalar::reduce(&bytes(b)));
    let (px, py) = (p256::Scalar::reduce(a), p256::Scalar::reduce(b));
    assert_eq!(x.to_bytes()[..], px.to_bytes()[..]);
    assert_eq!(x.mul(y).to_bytes()[..], (px * py).to_bytes()[..]);
    let inverse = px.invert();
    let expected = if inverse.is_some().into() { inverse.unwrap() } else { p256::Scalar::ZERO };
    assert_eq!(x.invert().to_bytes()[..], expected.to_bytes()[..]);
}

pub(super) fn ours<F: Field>(point: AffinePoint) -> Affine<F> {
    let sec1 = point.to_sec1_point(false);
    let x = F::from_bytes(sec1.as_bytes()[1..33].try_into().unwrap()).unwrap();
    let y = F::from_bytes(sec1.as_bytes()[33..].try_into().unwrap()).unwrap();
    Affine::new(x, y).unwrap()
}

/// Whether an extended point stands for an affine one of theirs.
pub(super) fn same_extended<F: Field>(point: &Extended<F>, theirs: ProjectivePoint) -> bool {
    if theirs == ProjectivePoint::IDENTITY {
        return point.is_infinity();
    }
    // Adding the opposite gives infinity for this point only.
    !point.is_infinity() && point.add_affine(&ours::<F>((-theirs).to_affine())).is_infinity()
}

/// Whether a Jacobian point stands for an affine one of theirs.
fn same<F: Field>(point: &Jacobian<F>, theirs: ProjectivePoint) -> bool {
    if theirs == ProjectivePoint::IDENTITY {
        return point.is_infinity();
    }
    let theirs = ours::<F>(theirs.to_affine());
    let zz = point.z.square();
    !point.is_infinity() && theirs.x.mul(zz) == point.x && theirs.y.mul(zz).mul(point.z) == point.y
}

fn check_multiple(a: &U256, b: &U256, q: &U256) {
    if *q == U256::ZERO {
        return;
    }
    let (pa, pb) = (p256::Scalar::reduce(a), p256::Scalar::reduce(b));
    let theirs_q = ProjectivePoint::GENERATOR * p256::Scalar::reduce(q);
    let expected = ProjectivePoint::GENERATOR * pa + theirs_q * pb;
    let (a, b) = (Scalar::reduce(&bytes(a)), Scalar::reduce(&bytes(b)));
    assert!(same(&double_multiply::<Field64>(a, b, &ours(theirs_q.to_affine())), expected));
    assert!(same(&double_multiply::<Field32>(a, b, &ours(theirs_q.to_affine())), expected));
    assert!(same(&double_multiply::<Field29>(a, b, &ours(theirs_q.to_affine())), expected));
}

#[test]
fn edge_integers_in_field_and_scalars() {
    let edges = edges();
    for a in &edges {
        for b in edges.iter().step_by(7) {
            check_field::<Field64>(a, b);
            check_field::<Field32>(a, b);
            check_field::<Field29>(a, b);
            check_scalar(a, b);
        }
    }
}

#[test]
fn integers_from_p_on_are_no_elements() {
    for above in [integer(P), integer(P).wrapping_add(&U256::ONE), U256::MAX] {
        assert!(Field64::from_bytes(&bytes(&above)).is_none());
        assert!(Field32::from_bytes(&bytes(&above)).is_none());
        assert!(Field29::from_bytes(&bytes(&above)).is_none());
    }
}

#[test]
fn non_residues_have_no_root() {
    // −1 is none, as p ≡ 3 modulo 4; so exactly one of x and −x has a root.
    for value in edges() {
        let x = element::<Field64>(&value);
        if !x.is_zero() {
            assert_ne!(x.square_root().is_some(), x.negate().square_root().is_some());
        }
    }
}

#[test]
fn recoding_is_the_same_integer_in_few_odd_digits() {
    for width in 2..=8 {
        for value in edges() {
            let scalar = Scalar::reduce(&bytes(&value));
            let form = Wnaf::new(scalar, width);
            let (mut sum, mut last) = (p256::Scalar::ZERO, None);
            for at in (0..form.len()).rev() {
                let digit = form.digit(at);
                sum = sum.double() + signed(digit);
                if digit != 0 {
                    assert!(digit & 1 == 1 && i32::from(digit.unsigned_abs()) < 1 << (width - 1));
                    assert!(last.is_none_or(|last: usize| last - at >= width as usize));
                    last = Some(at);
                }
            }
            assert_eq!(sum.to_bytes()[..], scalar.to_bytes()[..], "width {width}, {value}");
        }
    }
}

fn signed(digit: i8) -> p256::Scalar {
    let magnitude = p256::Scalar::from(u64::from(digit.unsigned_abs()));
    if digit < 0 { -magnitude } else { magnitude }
}

#[test]
fn table_of_the_generator_holds_its_odd_multiples() {
    let mut expected = ProjectivePoint::GENERATOR;
    for index in 0..generator::POINTS {
        assert_eq!(generator::odd_multiple::<Field64>(index).unwrap(), ours(expected.to_affine()), "{index}");
        assert_eq!(generator::odd_multiple::<Field32>(index).unwrap(), ours(expected.to_affine()), "{index}");
        assert_eq!(generator::odd_multiple::<Field29>(index).unwrap(), ours(expected.to_affine()), "{index}");
        expected += ProjectivePoint::GENERATOR.double();
    }
    assert!(generator::odd_multiple::<Field64>(generator::POINTS).is_none());
}

/// A point with a Z other than one.
fn scaled<F: Field>(point: &Affine<F>, z: u64) -> Jacobian<F> {
    let z = element::<F>(&U256::from(z));
    let zz = z.square();
    Jacobian { x: point.x.mul(zz), y: point.y.mul(zz).mul(z), z }
}

fn exceptional_additions<F: Field>() {
    let g = ProjectivePoint::GENERATOR;
    let (affine, opposite) = (ours::<F>(g.to_affine()), ours::<F>((-g).to_affine()));
    for z in [1, 2, 77] {
        let point = scaled(&affine, z);
        // equal points, in the same and in other coordinates
        assert!(same(&point.add(&scaled(&affine, 5)), g.double()), "equal");
        assert!(same(&point.add_affine(&affine), g.double()), "equal, affine");
        // opposite points
        assert!(point.add(&scaled(&opposite, 5)).is_infinity(), "opposite");
        assert!(point.add_affine(&opposite).is_infinity(), "opposite, affine");
        assert!(point.add(&point.negate()).is_infinity(), "opposite, same coordinates");
        // infinity on either side
        assert!(same(&point.add(&Jacobian::INFINITY), g), "infinity on the right");
        assert!(same(&Jacobian::INFINITY.add(&point), g), "infinity on the left");
        assert!(same(&Jacobian::INFINITY.add_affine(&affine), g), "infinity and affine");
        assert!(Jacobian::<F>::INFINITY.add(&Jacobian::INFINITY).is_infinity(), "both infinity");
        assert!(Jacobian::<F>::INFINITY.double().is_infinity(), "twice infinity");
        assert!(point.add(&point.negate()).double().is_infinity(), "twice an infinity that was computed");
        // and ordinary ones
        assert!(same(&point.double(), g.double()), "double");
        assert!(same(&point.double().add_affine(&affine), g.double() + g), "sum");
    }
}

fn exceptional_extended_additions<F: Field>() {
    let g = ProjectivePoint::GENERATOR;
    let (affine, opposite) = (ours::<F>(g.to_affine()), ours::<F>((-g).to_affine()));
    let thrice = Extended::from(affine).double().add_affine(&affine);
    // G with ZZ = 1, and 3G − 2G, whose ZZ is another.
    let twice = ours::<F>((-g.double()).to_affine());
    for point in [Extended::from(affine), thrice.add_affine(&twice)] {
        assert!(same_extended(&point.add_affine(&affine), g.double()), "equal");
        assert!(point.add_affine(&opposite).is_infinity(), "opposite");
        assert!(same_extended(&point.double(), g.double()), "double");
        assert!(point.add_affine(&opposite).double().is_infinity(), "twice an infinity that was computed");
        assert!(same_extended(&point.add_affine(&opposite).add_affine(&affine), g), "infinity that was computed");
        assert!(!point.add_affine(&opposite).has_x(&[0; 32]), "infinity has no x");
    }
    assert!(same_extended(&Extended::INFINITY.add_affine(&affine), g), "infinity");
    assert!(Extended::<F>::INFINITY.double().is_infinity(), "twice infinity");
    assert!(same_extended(&thrice, g.double() + g), "sum");
}

#[test]
fn exceptional_extended_additions_in_every_layout() {
    exceptional_extended_additions::<Field64>();
    exceptional_extended_additions::<Field32>();
    exceptional_extended_additions::<Field29>();
}

#[test]
fn exceptional_additions_in_every_layout() {
    exceptional_additions::<Field64>();
    exceptional_additions::<Field32>();
    exceptional_additions::<Field29>();
}

#[test]
fn sums_that_meet_or_vanish_on_the_way() {
    let (zero, one, n) = (U256::ZERO, U256::ONE, integer(N));
    let minus_one = n.wrapping_sub(&one);
    // Q = G, −G, 3G: the tables of both hold the same points, and the sum passes through them.
    for q in [one, minus_one, U256::from(3_u8), n.wrapping_sub(&U256::from(3_u8)), U256::from(2_u8)] {
        for a in [zero, one, minus_one, U256::from(3_u8), U256::from(16_u8), n >> 1] {
            for b in [zero, one, minus_one, U256::from(3_u8), U256::from(16_u8), n >> 1] {
                check_multiple(&a, &b, &q);
            }
        }
    }
}

#[test]
fn infinity_has_no_x() {
    assert!(!Jacobian::<Field64>::INFINITY.has_x(&[0; 32]));
    assert!(!Jacobian::<Field32>::INFINITY.has_x(&bytes(&U256::ONE)));
    assert!(!Jacobian::<Field29>::INFINITY.has_x(&bytes(&U256::ONE)));
}

/// Points whose x is from n to p − 1 are found by nobody who does not look for them: r is x − n.
fn x_beyond_the_order<F: Field>() {
    let n = integer(N);
    let mut found = 0;
    for step in 0_u8..40 {
        let x = n.wrapping_add(&U256::from(step));
        let Some(point) = Affine::<F>::decompress(element(&x), false) else { continue };
        let point = scaled(&point, 3);
        assert!(point.has_x(&bytes(&U256::from(step))), "r = x − n");
        assert!(point.has_x(&bytes(&x)), "x itself");
        assert!(!point.has_x(&bytes(&U256::from(step + 1))));
        found += 1;
    }
    assert!(found > 5);
    // r + n must stay below p: 2^256 − 1 − n does not, and must not wrap around.
    let small = Affine::<F>::decompress(element(&U256::from(5_u8)), true).unwrap();
    let wrapped = U256::from(5_u8).wrapping_add(&integer(P)).wrapping_sub(&n);
    assert!(!scaled(&small, 3).has_x(&bytes(&wrapped)), "r + n = x + p");
}

#[test]
fn x_beyond_the_order_in_every_layout() {
    x_beyond_the_order::<Field64>();
    x_beyond_the_order::<Field32>();
    x_beyond_the_order::<Field29>();
}

#[test]
fn decompression_finds_the_point_of_either_sign() {
    let mut point = ProjectivePoint::GENERATOR;
    for _ in 0..20 {
        let affine = ours::<Field64>(point.to_affine());
        let odd = affine.y.to_bytes()[31] & 1 == 1;
        assert_eq!(Affine::decompress(affine.x, odd), Some(affine));
        assert_eq!(Affine::decompress(affine.x, !odd), Some(affine.negate()));
        point += ProjectivePoint::GENERATOR;
    }
}
