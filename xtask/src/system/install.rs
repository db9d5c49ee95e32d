//! Asking for consent and installing what is missing.

use std::io::{self, IsTerminal as _};
use std::process::Command;

use super::manager::Manager;
use super::needs::Need;
use crate::error::XtaskError;
use crate::{process, report};

/// Whether packages may be installed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Consent {
    /// Without asking.
    Given,
    /// After asking at the terminal.
    Ask,
    /// There is nobody to ask.
    Unobtainable,
}

impl Consent {
    /// `--yes` is consent. So is being root without a terminal, as in a container or in CI, where
    /// whoever started the command owns the machine and nobody could answer.
    pub(crate) fn of_this_process(yes: bool) -> Self {
        let terminal = io::stdin().is_terminal() && io::stderr().is_terminal();
        Self::decide(yes, terminal, is_root())
    }

    fn decide(yes: bool, terminal: bool, root: bool) -> Self {
        match (yes, terminal, root) {
            (true, _, _) | (false, false, true) => Self::Given,
            (false, true, _) => Self::Ask,
            (false, false, false) => Self::Unobtainable,
        }
    }
}

/// Sees to it that all `needs` are met, installing what is missing. Does nothing but on Linux.
pub(crate) fn ensure(needs: &[&Need], consent: Consent) -> Result<(), XtaskError> {
    if !cfg!(target_os = "linux") {
        return Ok(());
    }
    let missing = unmet(needs);
    if missing.is_empty() {
        return Ok(());
    }
    let manager = this_manager();
    let Some((manager, packages)) = manager.and_then(|it| Some((it, packages(&missing, it)?)))
    else {
        return Err(XtaskError::NoKnownPackage { missing: names(&missing) });
    };
    let install = as_root(manager.install(&packages));
    obtain(consent, &missing, &install, &packages)?;

    if let Some(refresh) = manager.refresh() {
        // A mirror that is down for the moment need not stop the installation: the list that is
        // there may do, and if it does not, installing fails with its own message.
        if let Err(error) = run(refresh) {
            report::say(&format!("warning: {error}; going on with the package list that is there"));
        }
    }
    if let Err(error) = run(manager.install(&packages)) {
        let repair = manager.repair();
        if repair.is_empty() {
            return Err(error);
        }
        report::say(&format!("warning: {error}; repairing and trying once more"));
        for step in repair {
            run(step)?;
        }
        run(manager.install(&packages))?;
    }
    let missing = unmet(needs);
    if missing.is_empty() {
        Ok(())
    } else {
        Err(XtaskError::StillMissing { missing: names(&missing) })
    }
}

fn unmet<'a>(needs: &[&'a Need]) -> Vec<&'a Need> {
    needs.iter().copied().filter(|need| !need.is_met()).collect()
}

fn this_manager() -> Option<Manager> {
    ["/etc/os-release", "/usr/lib/os-release"]
        .iter()
        .find_map(|path| std::fs::read_to_string(path).ok())
        .and_then(|text| Manager::of_os_release(&text))
}

/// The packages for all that is missing, each once; nothing when one is unknown.
fn packages(missing: &[&Need], manager: Manager) -> Option<Vec<&'static str>> {
    let mut packages = Vec::new();
    for need in missing {
        let package = need.package(manager)?;
        if !packages.contains(&package) {
            packages.push(package);
        }
    }
    Some(packages)
}

fn names(needs: &[&Need]) -> String {
    needs.iter().map(|need| need.what).collect::<Vec<_>>().join(", ")
}

fn obtain(
    consent: Consent,
    missing: &[&Need],
    install: &[String],
    packages: &[&str],
) -> Result<(), XtaskError> {
    let command = install.join(" ");
    report::say(&format!("This machine lacks {}.", names(missing)));
    match consent {
        Consent::Unobtainable => {
            return Err(XtaskError::ConsentNeeded { missing: names(missing), command });
        }
        Consent::Ask => {
            report::say(&format!("It would be installed with\n\n    {command}\n"));
            if !report::ask("Install now?") {
                return Err(XtaskError::ConsentRefused { missing: names(missing), command });
            }
        }
        Consent::Given => report::say(&format!("Installing {}.", packages.join(", "))),
    }
    if !is_root() && process::find_program("sudo").is_none() {
        return Err(XtaskError::NeedsRoot { command });
    }
    Ok(())
}

/// Puts `sudo` in front unless this is root.
fn as_root(words: Vec<String>) -> Vec<String> {
    if is_root() { words } else { [vec!["sudo".to_owned()], words].concat() }
}

fn run(words: Vec<String>) -> Result<(), XtaskError> {
    let words = as_root(words);
    let (program, arguments) =
        words.split_first().map_or(("true", &[][..]), |(first, rest)| (first.as_str(), rest));
    // Debian's packages ask their questions through debconf, which nobody is there to answer.
    process::run(Command::new(program).args(arguments).env("DEBIAN_FRONTEND", "noninteractive"))
}

fn is_root() -> bool {
    cfg!(unix) && process::output(Command::new("id").arg("-u")).is_some_and(|id| id == "0")
}

#[cfg(test)]
mod tests {
    use super::super::needs::{DESKTOP, TESTS};
    use super::*;

    #[test]
    fn consent_is_given_by_yes_or_by_root_without_a_terminal() {
        assert_eq!(Consent::decide(true, false, false), Consent::Given);
        assert_eq!(Consent::decide(false, false, true), Consent::Given);
        assert_eq!(Consent::decide(false, true, true), Consent::Ask);
        assert_eq!(Consent::decide(false, true, false), Consent::Ask);
        assert_eq!(Consent::decide(false, false, false), Consent::Unobtainable);
    }

    #[test]
    fn each_package_is_named_once() {
        let missing: Vec<&Need> =
            TESTS.iter().filter(|need| need.what.starts_with("dbus")).collect();
        assert_eq!(packages(&missing, Manager::Pacman), Some(vec!["dbus"]));
        assert_eq!(packages(&missing, Manager::Apt), Some(vec!["dbus", "dbus-x11"]));
    }

    #[test]
    fn one_unknown_package_stops_the_whole_installation() {
        let missing: Vec<&Need> = DESKTOP.iter().chain(TESTS).collect();
        assert_eq!(packages(&missing, Manager::Dnf), None);
    }

    #[test]
    fn without_anyone_to_ask_the_command_is_told() {
        let need: &Need = &DESKTOP[1];
        let command = Manager::Apt.install(&["libwebkit2gtk-4.1-dev"]);
        let error = obtain(Consent::Unobtainable, &[need], &command, &[]).unwrap_err().to_string();
        assert!(error.contains("lacks WebKitGTK 4.1"), "{error}");
        assert!(
            error.contains("apt-get install --yes --no-install-recommends libwebkit2gtk-4.1-dev"),
            "{error}"
        );
    }
}
