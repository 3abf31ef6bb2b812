//! Programs that must not compile: the border as the compiler keeps it. Each `.stderr` file says why.
//!
//! That the daemon is built without any crate in which plaintext or the key exist is the architecture test's part.

#[test]
fn what_must_not_compile_does_not() {
    trybuild::TestCases::new().compile_fail("tests/compile_fail/*.rs");
}

/// Stops this file from compiling when a type has one of the traits: then two ways of reading `Probe::_` fit, and the
/// compiler wants to be told which.
macro_rules! has_none_of {
    ($type:ty: $($trait:path),+) => {
        const _: fn() = || {
            trait Probe<Way> {
                fn probe() {}
            }
            impl<T: ?Sized> Probe<()> for T {}
            $({
                struct WithTheTrait;
                impl<T: ?Sized + $trait> Probe<WithTheTrait> for T {}
            })+
            let _ = <$type as Probe<_>>::probe;
        };
    };
}

has_none_of!(counterfoil_cli::Passphrase: std::fmt::Debug, std::fmt::Display, Clone, serde::Serialize);
has_none_of!(counterfoil_cli::Identity: std::fmt::Debug, std::fmt::Display, Clone, serde::Serialize);
has_none_of!(counterfoil_pseudonym::PseudonymisationKey: std::fmt::Debug, std::fmt::Display, Clone, Copy, serde::Serialize);
has_none_of!(counterfoil_pseudonym::LocalIdKey: std::fmt::Debug, std::fmt::Display, Clone, Copy, serde::Serialize);
has_none_of!(counterfoil_pseudonym::Plain: std::fmt::Debug, std::fmt::Display, Clone, Copy, serde::Serialize);
has_none_of!(counterfoil_pseudonym::Normalised: std::fmt::Debug, std::fmt::Display, Clone, Copy, serde::Serialize);
