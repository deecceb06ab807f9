//! What goes over the wire: `docs/protocol.md`, as types.

use std::net::{Ipv4Addr, Ipv6Addr, SocketAddrV4, SocketAddrV6};

use base64::engine::general_purpose::STANDARD;
use base64::Engine;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// Bytes, base64 on the wire.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Bytes(pub Vec<u8>);

impl<'de> Deserialize<'de> for Bytes {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        let text = String::deserialize(from)?;
        let bytes = STANDARD.decode(text).map_err(serde::de::Error::custom)?;
        Ok(Self(bytes))
    }
}

impl Serialize for Bytes {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        to.serialize_str(&STANDARD.encode(&self.0))
    }
}

/// An address as the wire has it.
#[derive(Clone, Debug, Deserialize, Serialize, PartialEq, Eq)]
#[serde(tag = "family", rename_all = "lowercase")]
pub enum Address {
    /// IPv4.
    Inet {
        /// Dotted.
        host: Ipv4Addr,
        /// In host order.
        port: u16,
    },
    /// IPv6.
    Inet6 {
        /// With colons.
        host: Ipv6Addr,
        /// In host order.
        port: u16,
        /// Flow information, in host order.
        #[serde(default)]
        flowinfo: u32,
        /// The interface's index.
        #[serde(default)]
        scope_id: u32,
    },
    /// A path, an abstract name, or nothing.
    Unix {
        /// Without the NUL that ends it.
        path: Bytes,
    },
    /// The bytes of a `sockaddr`.
    Raw {
        /// As they are.
        data: Bytes,
    },
}

/// An argument of a raw call.
#[derive(Clone, Debug, Deserialize)]
#[serde(untagged)]
pub enum Argument {
    /// A number.
    Number(i64),
    /// A pointer to these bytes.
    Bytes(Bytes),
    /// A pointer to where nothing is mapped.
    Nowhere(Pointer),
    /// A null pointer.
    Null(()),
}

/// A pointer that JSON has no value for.
#[derive(Clone, Debug, Deserialize)]
#[serde(tag = "pointer", rename_all = "lowercase")]
pub enum Pointer {
    /// To where nothing is mapped.
    Nowhere,
}

impl From<Argument> for sockspec_core::Argument {
    fn from(told: Argument) -> Self {
        match told {
            Argument::Number(number) => Self::Number(number),
            Argument::Bytes(bytes) => Self::Bytes(bytes.0),
            Argument::Nowhere(Pointer::Nowhere) => Self::Nowhere,
            Argument::Null(()) => Self::Null,
        }
    }
}

impl From<Address> for sockspec_core::Address {
    fn from(told: Address) -> Self {
        match told {
            Address::Inet { host, port } => Self::Inet(SocketAddrV4::new(host, port)),
            Address::Inet6 {
                host,
                port,
                flowinfo,
                scope_id,
            } => Self::Inet6(SocketAddrV6::new(host, port, flowinfo, scope_id)),
            Address::Unix { path } => Self::Unix(path.0),
            Address::Raw { data } => Self::Raw(data.0),
        }
    }
}

impl From<sockspec_core::Address> for Address {
    fn from(given: sockspec_core::Address) -> Self {
        use sockspec_core::Address as Core;
        match given {
            Core::Inet(at) => Self::Inet {
                host: *at.ip(),
                port: at.port(),
            },
            Core::Inet6(at) => Self::Inet6 {
                host: *at.ip(),
                port: at.port(),
                flowinfo: at.flowinfo(),
                scope_id: at.scope_id(),
            },
            Core::Unix(path) => Self::Unix { path: Bytes(path) },
            Core::Raw(data) => Self::Raw { data: Bytes(data) },
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_go_round() {
        let texts = [
            r#"{"family":"inet","host":"127.0.0.1","port":80}"#,
            r#"{"family":"inet6","host":"::1","port":80,"flowinfo":1,"scope_id":2}"#,
            r#"{"family":"unix","path":"L3RtcC94"}"#,
            r#"{"family":"raw","data":"AgA="}"#,
        ];
        for text in texts {
            let told: Address = serde_json::from_str(text).expect("an address");
            let core = sockspec_core::Address::from(told.clone());
            assert_eq!(Address::from(core), told);
            assert_eq!(serde_json::to_string(&told).expect("text"), text);
        }
    }
}
