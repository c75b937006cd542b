//! Eight f32 at once: plain loops everywhere, and AVX2 by pulp's safe calls where the processor has it. Knows no rays.
//!
//! Both give the same bits: every operation is one IEEE rounding a lane, nothing is fused, and `min` and `max` are
//! `math::det`'s comparisons (which is what x86's instructions do). pulp's calls and not loops alone, because LLVM makes
//! no sign-mask instruction of a loop over comparisons, and takes the vectors around such a loop apart.

use crate::math::det;

/// Lanes of a vector.
pub const LANES: usize = 8;

/// How to compute with eight lanes: a token of an instruction set that this machine has.
pub trait Lanes: Copy {
    /// Eight f32.
    type Vector: Copy;
    /// Eight truths.
    type Mask: Copy;

    fn load(self, a: &[f32; LANES]) -> Self::Vector;
    fn store(self, a: Self::Vector) -> [f32; LANES];
    fn splat(self, a: f32) -> Self::Vector;
    fn add(self, a: Self::Vector, b: Self::Vector) -> Self::Vector;
    fn sub(self, a: Self::Vector, b: Self::Vector) -> Self::Vector;
    fn mul(self, a: Self::Vector, b: Self::Vector) -> Self::Vector;
    fn div(self, a: Self::Vector, b: Self::Vector) -> Self::Vector;
    /// `a` where a < b, else `b`.
    fn min(self, a: Self::Vector, b: Self::Vector) -> Self::Vector;
    /// `a` where a > b, else `b`.
    fn max(self, a: Self::Vector, b: Self::Vector) -> Self::Vector;
    fn le(self, a: Self::Vector, b: Self::Vector) -> Self::Mask;
    fn lt(self, a: Self::Vector, b: Self::Vector) -> Self::Mask;
    fn eq(self, a: Self::Vector, b: Self::Vector) -> Self::Mask;
    fn and(self, a: Self::Mask, b: Self::Mask) -> Self::Mask;
    fn or(self, a: Self::Mask, b: Self::Mask) -> Self::Mask;
    fn select(self, mask: Self::Mask, if_true: Self::Vector, if_false: Self::Vector) -> Self::Vector;
    /// Bit i: lane i.
    fn bits(self, mask: Self::Mask) -> u32;
}

/// Work that runs on any kind of lanes.
pub trait OnLanes {
    type Output;
    /// Must be `#[inline(always)]`, down to the loops: what is not inlined is compiled for the oldest machine.
    fn run<L: Lanes>(self, lanes: L) -> Self::Output;
}

/// Runs `work` on the fastest lanes of this machine.
#[inline(always)]
pub fn dispatch<W: OnLanes>(work: W) -> W::Output {
    #[cfg(target_arch = "x86_64")]
    if let Some(avx2) = pulp::x86::V3::try_new() {
        return avx2.vectorize(avx2::Inlined { avx2, work });
    }
    work.run(Loops)
}

/// Plain loops, which compilers turn into the vector instructions of the machine that they build for.
#[derive(Clone, Copy, Debug)]
pub struct Loops;

impl Lanes for Loops {
    type Vector = [f32; LANES];
    type Mask = [bool; LANES];

    #[inline(always)]
    fn load(self, a: &[f32; LANES]) -> [f32; LANES] {
        *a
    }

    #[inline(always)]
    fn store(self, a: [f32; LANES]) -> [f32; LANES] {
        a
    }

    #[inline(always)]
    fn splat(self, a: f32) -> [f32; LANES] {
        [a; LANES]
    }

    #[inline(always)]
    fn add(self, a: [f32; LANES], b: [f32; LANES]) -> [f32; LANES] {
        std::array::from_fn(|i| a[i] + b[i])
    }

    #[inline(always)]
    fn sub(self, a: [f32; LANES], b: [f32; LANES]) -> [f32; LANES] {
        std::array::from_fn(|i| a[i] - b[i])
    }

    #[inline(always)]
    fn mul(self, a: [f32; LANES], b: [f32; LANES]) -> [f32; LANES] {
        std::array::from_fn(|i| a[i] * b[i])
    }

    #[inline(always)]
    fn div(self, a: [f32; LANES], b: [f32; LANES]) -> [f32; LANES] {
        std::array::from_fn(|i| a[i] / b[i])
    }

    #[inline(always)]
    fn min(self, a: [f32; LANES], b: [f32; LANES]) -> [f32; LANES] {
        std::array::from_fn(|i| det::min(a[i], b[i]))
    }

    #[inline(always)]
    fn max(self, a: [f32; LANES], b: [f32; LANES]) -> [f32; LANES] {
        std::array::from_fn(|i| det::max(a[i], b[i]))
    }

    #[inline(always)]
    fn le(self, a: [f32; LANES], b: [f32; LANES]) -> [bool; LANES] {
        std::array::from_fn(|i| a[i] <= b[i])
    }

    #[inline(always)]
    fn lt(self, a: [f32; LANES], b: [f32; LANES]) -> [bool; LANES] {
        std::array::from_fn(|i| a[i] < b[i])
    }

    #[inline(always)]
    fn eq(self, a: [f32; LANES], b: [f32; LANES]) -> [bool; LANES] {
        std::array::from_fn(|i| a[i] == b[i])
    }

    #[inline(always)]
    fn and(self, a: [bool; LANES], b: [bool; LANES]) -> [bool; LANES] {
        std::array::from_fn(|i| a[i] & b[i])
    }

    #[inline(always)]
    fn or(self, a: [bool; LANES], b: [bool; LANES]) -> [bool; LANES] {
        std::array::from_fn(|i| a[i] | b[i])
    }

    #[inline(always)]
    fn select(self, mask: [bool; LANES], if_true: [f32; LANES], if_false: [f32; LANES]) -> [f32; LANES] {
        std::array::from_fn(|i| if mask[i] { if_true[i] } else { if_false[i] })
    }

    #[inline(always)]
    fn bits(self, mask: [bool; LANES]) -> u32 {
        let mut bits = 0;
        for (i, &truth) in mask.iter().enumerate() {
            bits |= u32::from(truth) << i;
        }
        bits
    }
}

#[cfg(target_arch = "x86_64")]
mod avx2 {
    use super::{LANES, Lanes, OnLanes};
    use pulp::x86::V3;
    use pulp::{NullaryFnOnce, cast, f32x8, m32x8};

    /// Work with its token, for `V3::vectorize`.
    pub struct Inlined<W> {
        pub avx2: V3,
        pub work: W,
    }

    impl<W: OnLanes> NullaryFnOnce for Inlined<W> {
        type Output = W::Output;

        #[inline(always)]
        fn call(self) -> W::Output {
            self.work.run(self.avx2)
        }
    }

    impl Lanes for V3 {
        type Vector = f32x8;
        type Mask = m32x8;

        #[inline(always)]
        fn load(self, a: &[f32; LANES]) -> f32x8 {
            cast(*a)
        }

        #[inline(always)]
        fn store(self, a: f32x8) -> [f32; LANES] {
            cast(a)
        }

        #[inline(always)]
        fn splat(self, a: f32) -> f32x8 {
            self.splat_f32x8(a)
        }

        #[inline(always)]
        fn add(self, a: f32x8, b: f32x8) -> f32x8 {
            self.add_f32x8(a, b)
        }

        #[inline(always)]
        fn sub(self, a: f32x8, b: f32x8) -> f32x8 {
            self.sub_f32x8(a, b)
        }

        #[inline(always)]
        fn mul(self, a: f32x8, b: f32x8) -> f32x8 {
            self.mul_f32x8(a, b)
        }

        #[inline(always)]
        fn div(self, a: f32x8, b: f32x8) -> f32x8 {
            self.div_f32x8(a, b)
        }

        #[inline(always)]
        fn min(self, a: f32x8, b: f32x8) -> f32x8 {
            cast(self.avx._mm256_min_ps(cast(a), cast(b)))
        }

        #[inline(always)]
        fn max(self, a: f32x8, b: f32x8) -> f32x8 {
            cast(self.avx._mm256_max_ps(cast(a), cast(b)))
        }

        #[inline(always)]
        fn le(self, a: f32x8, b: f32x8) -> m32x8 {
            self.cmp_le_f32x8(a, b)
        }

        #[inline(always)]
        fn lt(self, a: f32x8, b: f32x8) -> m32x8 {
            self.cmp_lt_f32x8(a, b)
        }

        #[inline(always)]
        fn eq(self, a: f32x8, b: f32x8) -> m32x8 {
            self.cmp_eq_f32x8(a, b)
        }

        #[inline(always)]
        fn and(self, a: m32x8, b: m32x8) -> m32x8 {
            self.and_m32x8(a, b)
        }

        #[inline(always)]
        fn or(self, a: m32x8, b: m32x8) -> m32x8 {
            self.or_m32x8(a, b)
        }

        #[inline(always)]
        fn select(self, mask: m32x8, if_true: f32x8, if_false: f32x8) -> f32x8 {
            self.select_f32x8(mask, if_true, if_false)
        }

        #[inline(always)]
        fn bits(self, mask: m32x8) -> u32 {
            self.avx._mm256_movemask_ps(cast(mask)) as u32
        }
    }
}
