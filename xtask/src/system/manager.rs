//! Which package manager a Linux system has, and how it is spoken to.

/// The package managers whose names for our needs are known.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Manager {
    /// Debian, Ubuntu and their children.
    Apt,
    /// Fedora and its children.
    Dnf,
    /// Arch and its children.
    Pacman,
    /// openSUSE.
    Zypper,
}

impl Manager {
    /// Reads `ID` and `ID_LIKE` of an os-release file (freedesktop.org, os-release(5)); the
    /// nearest relation that is known decides.
    pub(crate) fn of_os_release(text: &str) -> Option<Self> {
        let value = |key: &str| {
            text.lines()
                .find_map(|line| line.trim().strip_prefix(key)?.strip_prefix('='))
                .map(|value| value.trim_matches(['"', '\'']))
        };
        let own = value("ID").into_iter();
        let relations = value("ID_LIKE").unwrap_or_default().split_ascii_whitespace();
        own.chain(relations).find_map(Self::of_distribution)
    }

    fn of_distribution(id: &str) -> Option<Self> {
        match id {
            "debian" | "ubuntu" => Some(Self::Apt),
            "fedora" | "rhel" => Some(Self::Dnf),
            "arch" => Some(Self::Pacman),
            "suse" | "opensuse" | "opensuse-leap" | "opensuse-tumbleweed" => Some(Self::Zypper),
            _ => None,
        }
    }

    /// The command that installs packages without a further question.
    pub(crate) fn install(self, packages: &[&str]) -> Vec<String> {
        let words: &[&str] = match self {
            Self::Apt => &["apt-get", "install", "--yes", "--no-install-recommends"],
            Self::Dnf => &["dnf", "install", "--assumeyes"],
            Self::Pacman => &["pacman", "--sync", "--needed", "--noconfirm"],
            Self::Zypper => &["zypper", "--non-interactive", "install"],
        };
        owned(words.iter().chain(packages))
    }

    /// The command that fetches the list of packages, for the managers that do not by themselves.
    /// Pacman has none here: refreshing its list without a full upgrade is what Arch warns of.
    pub(crate) fn refresh(self) -> Option<Vec<String>> {
        match self {
            Self::Apt => Some(owned(&["apt-get", "update"])),
            Self::Dnf | Self::Pacman | Self::Zypper => None,
        }
    }

    /// The commands that bring an installation that stopped half-way to its end.
    pub(crate) fn repair(self) -> Vec<Vec<String>> {
        match self {
            Self::Apt => vec![
                owned(&["dpkg", "--configure", "-a"]),
                owned(&["apt-get", "install", "--yes", "--fix-broken"]),
            ],
            Self::Dnf | Self::Pacman | Self::Zypper => Vec::new(),
        }
    }
}

fn owned<'a>(words: impl IntoIterator<Item = &'a &'a str>) -> Vec<String> {
    words.into_iter().map(|word| (*word).to_owned()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn knows_distributions_by_id() {
        let debian =
            "PRETTY_NAME=\"Debian GNU/Linux 12 (bookworm)\"\nVERSION_ID=\"12\"\nID=debian\n";
        assert_eq!(Manager::of_os_release(debian), Some(Manager::Apt));
        assert_eq!(
            Manager::of_os_release("ID=fedora\nVARIANT_ID=workstation\n"),
            Some(Manager::Dnf)
        );
        let tumbleweed = "ID=\"opensuse-tumbleweed\"\nID_LIKE=\"opensuse suse\"\n";
        assert_eq!(Manager::of_os_release(tumbleweed), Some(Manager::Zypper));
    }

    #[test]
    fn knows_children_by_their_nearest_known_relation() {
        let mint = "ID=linuxmint\nID_LIKE=\"ubuntu debian\"\n";
        assert_eq!(Manager::of_os_release(mint), Some(Manager::Apt));
        assert_eq!(Manager::of_os_release("ID=manjaro\nID_LIKE=arch\n"), Some(Manager::Pacman));
        assert_eq!(
            Manager::of_os_release("ID=\"rocky\"\nID_LIKE=\"rhel centos fedora\"\n"),
            Some(Manager::Dnf)
        );
    }

    #[test]
    fn does_not_guess_at_the_unknown() {
        assert_eq!(Manager::of_os_release("ID=nixos\n"), None);
        assert_eq!(Manager::of_os_release("VARIANT_ID=debian\n"), None);
        assert_eq!(Manager::of_os_release(""), None);
    }

    #[test]
    fn installs_without_a_further_question() {
        assert_eq!(
            Manager::Apt.install(&["xvfb", "openbox"]).join(" "),
            "apt-get install --yes --no-install-recommends xvfb openbox"
        );
        assert_eq!(
            Manager::Pacman.install(&["x"]).join(" "),
            "pacman --sync --needed --noconfirm x"
        );
    }
}
