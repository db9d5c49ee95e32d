//! Which addresses a webhook has no business with: those that lead to this computer, into a private
//! network, or to nobody in particular. A name that an outsider controls could otherwise make this
//! program speak to a router, a printer or a cloud's metadata service.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

/// What kind of address it is, if it may not be called.
pub(super) fn forbidden(address: IpAddr) -> Option<&'static str> {
    match address {
        IpAddr::V4(address) => forbidden_v4(address),
        IpAddr::V6(address) => forbidden_v6(address),
    }
}

/// After the registry of special-purpose addresses (RFC 6890).
fn forbidden_v4(address: Ipv4Addr) -> Option<&'static str> {
    let [first, second, third, _] = address.octets();
    if address.is_loopback() {
        Some("this computer")
    } else if address.is_private() {
        Some("a private address")
    } else if address.is_link_local() {
        Some("a link-local address")
    } else if first == 0 {
        Some("no address of anybody")
    } else if first == 100 && (64..128).contains(&second) {
        Some("an address of a provider's own network")
    } else if address.is_multicast() || address.is_broadcast() {
        Some("an address of many")
    } else if first >= 240
        || address.is_documentation()
        || (first == 198 && (18..20).contains(&second))
        || (first == 192 && second == 0 && third == 0)
    {
        Some("a reserved address")
    } else {
        None
    }
}

fn forbidden_v6(address: Ipv6Addr) -> Option<&'static str> {
    // An IPv4 address in the clothes of IPv6 is judged as what it is: mapped (::ffff:0:0/96),
    // compatible (::/96), translated (64:ff9b::/96), 6to4 (2002::/16).
    let segments = address.segments();
    let v4 = |high: u16, low: u16| {
        let ([a, b], [c, d]) = (high.to_be_bytes(), low.to_be_bytes());
        forbidden_v4(Ipv4Addr::new(a, b, c, d))
    };
    if address.is_loopback() {
        return Some("this computer");
    }
    if address.is_unspecified() {
        return Some("no address of anybody");
    }
    match segments {
        [0, 0, 0, 0, 0, 0 | 0xffff, high, low] | [0x64, 0xff9b, 0, 0, 0, 0, high, low] => {
            v4(high, low)
        }
        [0x2002, high, low, ..] => v4(high, low),
        [0x64, 0xff9b, 1, ..] => Some("a private address"),
        // Unique local, RFC 4193; site-local, which came before it.
        [first, ..] if first & 0xfe00 == 0xfc00 || first & 0xffc0 == 0xfec0 => {
            Some("a private address")
        }
        [first, ..] if first & 0xffc0 == 0xfe80 => Some("a link-local address"),
        [first, ..] if first & 0xff00 == 0xff00 => Some("an address of many"),
        [0x2001, 0xdb8, ..] | [0x100, 0, 0, 0, ..] => Some("a reserved address"),
        // Teredo hides an IPv4 address in its last bits.
        [0x2001, 0, ..] => Some("a tunnel"),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_of_this_computer_and_of_private_networks_are_told_in_every_spelling() {
        let forbidden_ones = [
            "127.0.0.1",
            "127.255.255.254",
            "0.0.0.0",
            "0.1.2.3",
            "10.0.0.1",
            "172.16.0.1",
            "172.31.255.255",
            "192.168.1.1",
            "169.254.169.254",
            "100.64.0.1",
            "224.0.0.1",
            "255.255.255.255",
            "240.0.0.1",
            "198.18.0.1",
            "192.0.0.1",
            "192.0.2.1",
            "203.0.113.9",
            "::1",
            "::",
            "::ffff:127.0.0.1",
            "::ffff:10.0.0.1",
            "::127.0.0.1",
            "64:ff9b::a00:1",
            "64:ff9b:1::1",
            "2002:7f00:1::1",
            "2002:c0a8:101::1",
            "fc00::1",
            "fdff::1",
            "fe80::1",
            "febf::1",
            "fec0::1",
            "ff02::1",
            "2001:db8::1",
            "2001::1",
            "100::1",
        ];
        for text in forbidden_ones {
            assert!(forbidden(text.parse().unwrap()).is_some(), "{text} would be called");
        }
    }

    #[test]
    fn public_addresses_are_called() {
        let public = [
            "1.1.1.1",
            "8.8.8.8",
            "172.15.255.255",
            "172.32.0.1",
            "100.63.255.255",
            "100.128.0.1",
            "169.253.0.1",
            "192.167.255.255",
            "223.255.255.255",
            "2606:4700:4700::1111",
            "2a00:1450::1",
            "::ffff:8.8.8.8",
            "64:ff9b::808:808",
            "2002:808:808::1",
        ];
        for text in public {
            assert_eq!(forbidden(text.parse().unwrap()), None, "{text} is refused");
        }
    }
}
