//! What is needed, how to see whether it is there, and what each system calls it.
//!
//! The names for Debian were tried on Debian 12. Those for the others follow the prerequisites
//! page of Tauri 2; where no name is known, none is given and the person is told what is lacking.

use std::process::Command;

use super::manager::Manager;
use crate::process;

/// How to see whether something is there. Looking at the thing itself and not at a package list
/// holds for what was installed by hand, too.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Probe {
    /// A program on the PATH.
    Program(&'static str),
    /// A library with its headers, by its name in pkg-config.
    Library(&'static str),
}

/// One thing that the system must bring.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Need {
    /// What it is, in words.
    pub(crate) what: &'static str,
    pub(crate) probe: Probe,
    apt: Option<&'static str>,
    dnf: Option<&'static str>,
    pacman: Option<&'static str>,
    zypper: Option<&'static str>,
}

impl Need {
    /// The package that brings it.
    pub(crate) fn package(&self, manager: Manager) -> Option<&'static str> {
        match manager {
            Manager::Apt => self.apt,
            Manager::Dnf => self.dnf,
            Manager::Pacman => self.pacman,
            Manager::Zypper => self.zypper,
        }
    }

    /// Whether it is there.
    pub(crate) fn is_met(&self) -> bool {
        match self.probe {
            Probe::Program(name) => process::find_program(name).is_some(),
            Probe::Library(name) => {
                process::succeeds(Command::new("pkg-config").args(["--exists", name]))
            }
        }
    }
}

/// To build and open the window on Linux. The terminal program needs nothing but Rust.
pub(crate) const DESKTOP: &[Need] = &[
    Need {
        what: "pkg-config",
        probe: Probe::Program("pkg-config"),
        apt: Some("pkg-config"),
        dnf: Some("pkgconf-pkg-config"),
        pacman: Some("pkgconf"),
        zypper: Some("pkg-config"),
    },
    Need {
        what: "WebKitGTK 4.1",
        probe: Probe::Library("webkit2gtk-4.1"),
        apt: Some("libwebkit2gtk-4.1-dev"),
        dnf: Some("webkit2gtk4.1-devel"),
        pacman: Some("webkit2gtk-4.1"),
        zypper: Some("webkit2gtk3-devel"),
    },
    Need {
        what: "GTK 3",
        probe: Probe::Library("gtk+-3.0"),
        apt: Some("libgtk-3-dev"),
        dnf: Some("gtk3-devel"),
        pacman: Some("gtk3"),
        zypper: Some("gtk3-devel"),
    },
    Need {
        what: "librsvg",
        probe: Probe::Library("librsvg-2.0"),
        apt: Some("librsvg2-dev"),
        dnf: Some("librsvg2-devel"),
        pacman: Some("librsvg"),
        zypper: Some("librsvg-devel"),
    },
    Need {
        what: "Ayatana application indicators (the tray)",
        probe: Probe::Library("ayatana-appindicator3-0.1"),
        apt: Some("libayatana-appindicator3-dev"),
        dnf: Some("libayatana-appindicator-gtk3-devel"),
        pacman: Some("libayatana-appindicator"),
        zypper: Some("libayatana-appindicator3-devel"),
    },
    Need {
        what: "D-Bus",
        probe: Probe::Library("dbus-1"),
        apt: Some("libdbus-1-dev"),
        dnf: Some("dbus-devel"),
        pacman: Some("dbus"),
        zypper: Some("dbus-1-devel"),
    },
];

/// To drive a real window, a real browser and a real keychain under test, beside [`DESKTOP`].
pub(crate) const TESTS: &[Need] = &[
    Need {
        what: "WebKitWebDriver",
        probe: Probe::Program("WebKitWebDriver"),
        apt: Some("webkit2gtk-driver"),
        dnf: None,
        pacman: None,
        zypper: None,
    },
    Need {
        what: "Xvfb",
        probe: Probe::Program("Xvfb"),
        apt: Some("xvfb"),
        dnf: Some("xorg-x11-server-Xvfb"),
        pacman: Some("xorg-server-xvfb"),
        zypper: Some("xorg-x11-server-Xvfb"),
    },
    Need {
        what: "openbox",
        probe: Probe::Program("openbox"),
        apt: Some("openbox"),
        dnf: Some("openbox"),
        pacman: Some("openbox"),
        zypper: Some("openbox"),
    },
    Need {
        what: "dbus-run-session",
        probe: Probe::Program("dbus-run-session"),
        apt: Some("dbus"),
        dnf: Some("dbus-daemon"),
        pacman: Some("dbus"),
        zypper: Some("dbus-1"),
    },
    Need {
        what: "dbus-launch",
        probe: Probe::Program("dbus-launch"),
        apt: Some("dbus-x11"),
        dnf: Some("dbus-x11"),
        pacman: Some("dbus"),
        zypper: Some("dbus-1-x11"),
    },
    Need {
        what: "GNOME Keyring",
        probe: Probe::Program("gnome-keyring-daemon"),
        apt: Some("gnome-keyring"),
        dnf: Some("gnome-keyring"),
        pacman: Some("gnome-keyring"),
        zypper: Some("gnome-keyring"),
    },
    Need {
        what: "Chromium",
        probe: Probe::Program("chromium"),
        apt: Some("chromium"),
        dnf: Some("chromium"),
        pacman: Some("chromium"),
        zypper: Some("chromium"),
    },
    Need {
        what: "ImageMagick's import",
        probe: Probe::Program("import"),
        apt: Some("imagemagick"),
        dnf: Some("ImageMagick"),
        pacman: Some("imagemagick"),
        zypper: Some("ImageMagick"),
    },
    Need {
        what: "xdotool",
        probe: Probe::Program("xdotool"),
        apt: Some("xdotool"),
        dnf: Some("xdotool"),
        pacman: Some("xdotool"),
        zypper: Some("xdotool"),
    },
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_window_can_be_built_on_every_known_system() {
        for manager in [Manager::Apt, Manager::Dnf, Manager::Pacman, Manager::Zypper] {
            for need in DESKTOP {
                assert!(need.package(manager).is_some(), "{} with {manager:?}", need.what);
            }
        }
    }

    #[test]
    fn everything_that_the_tests_need_has_a_debian_package() {
        for need in DESKTOP.iter().chain(TESTS) {
            assert!(need.package(Manager::Apt).is_some(), "{}", need.what);
        }
    }

    #[test]
    fn what_is_not_there_is_not_met() {
        let need = |probe| Need {
            what: "nothing",
            probe,
            apt: None,
            dnf: None,
            pacman: None,
            zypper: None,
        };
        assert!(!need(Probe::Program("no-such-program-here")).is_met());
        assert!(!need(Probe::Library("no-such-library-here")).is_met());
        assert!(need(Probe::Program("cargo")).is_met());
    }
}
