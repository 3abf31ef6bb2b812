//! What the process says as it ends: one number a kind of ending, the same for every command, so that a script can act.
//!
//! In: nothing. Out: the codes and their meaning in words, which `counterfoil --help` shows.
//! Absent on purpose: deciding which error is which code; each error knows ([`crate::StepError::exit`]).

/// How a command ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Exit {
    /// The command did what was asked.
    Done,
    /// A check failed: what was looked at is not what it should be.
    VerificationFailed,
    /// The command line is wrong.
    Usage,
    /// A file is missing, unreadable or says something that cannot stand; or what is asked is not in the agreement.
    Input,
    /// The linkage unit refused.
    Refused,
    /// The linkage unit could not be reached.
    Unreachable,
    /// The passphrase is wrong or too short, or a sealed file was changed or is another one than is needed.
    Sealed,
    /// A fault of this program.
    Internal,
}

impl Exit {
    /// All of them, in the order of their codes.
    pub const ALL: [Self; 8] = [
        Self::Done,
        Self::VerificationFailed,
        Self::Usage,
        Self::Input,
        Self::Refused,
        Self::Unreachable,
        Self::Sealed,
        Self::Internal,
    ];

    /// The process's exit code.
    pub const fn code(self) -> u8 {
        match self {
            Self::Done => 0,
            Self::VerificationFailed => 1,
            Self::Usage => 2,
            Self::Input => 3,
            Self::Refused => 4,
            Self::Unreachable => 5,
            Self::Sealed => 6,
            Self::Internal => 7,
        }
    }

    /// The kind's name, for machines.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Done => "done",
            Self::VerificationFailed => "verification-failed",
            Self::Usage => "usage",
            Self::Input => "input",
            Self::Refused => "refused",
            Self::Unreachable => "unreachable",
            Self::Sealed => "sealed",
            Self::Internal => "internal",
        }
    }

    /// What the code means, for people.
    pub const fn meaning(self) -> &'static str {
        match self {
            Self::Done => "done",
            Self::VerificationFailed => "a check failed: something is not what it should be",
            Self::Usage => "the command line is wrong",
            Self::Input => "a file is missing or wrong, or the agreement does not allow what was asked",
            Self::Refused => "the linkage unit refused",
            Self::Unreachable => "the linkage unit could not be reached",
            Self::Sealed => "wrong passphrase, or the sealed file was changed or is not the one needed",
            Self::Internal => "a fault of this program: please report it",
        }
    }

    /// The paragraph of the help text.
    pub fn help() -> String {
        let lines = Self::ALL.map(|exit| format!("  {}  {}\n", exit.code(), exit.meaning()));
        format!("Exit codes:\n{}", lines.concat())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_are_the_documented_ones_and_each_is_in_the_help() {
        let codes: Vec<u8> = Exit::ALL.iter().map(|exit| exit.code()).collect();
        assert_eq!(codes, [0, 1, 2, 3, 4, 5, 6, 7]);
        for exit in Exit::ALL {
            assert!(Exit::help().contains(exit.meaning()));
        }
    }
}
