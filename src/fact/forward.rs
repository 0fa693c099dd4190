//! Ways to the agent's port under another name: tunnels, proxies, published ports.

use super::options::{Argument, Options};
use super::reader::Reader;
use super::{Fact, Forward, HostClass, loopback, url};
use crate::knowledge::{self, Form, Forwarder};
use crate::shell::Invocation;
use crate::trace::Trace;
use crate::value::Text;

impl Reader {
    /// A program that forwards connections.
    pub(super) fn forwarder(&mut self, trace: &Trace, forwarder: &Forwarder, invocation: &Invocation) {
        let words = &invocation.argv[1..];
        let is_word = |word: &Text, list: &[String]| list.iter().any(|known| word.literal() == Some(known));
        if !forwarder.subcommand.is_empty() && !words.iter().any(|word| is_word(word, &forwarder.subcommand))
        {
            return;
        }
        let takes_value = |option: &str| forwarder.options.iter().any(|known| known == option);
        for argument in (Options { value: &takes_value, stop: false }).read(words) {
            let target = match argument {
                Argument::Option { name, value, .. } if takes_value(&name) => value,
                Argument::Operand { word, .. } if forwarder.options.is_empty() => Some(word),
                _ => None,
            };
            if let Some(target) = target {
                self.forward(trace, forwarder.form, &target, &invocation.to_string());
            }
        }
    }

    /// The value of an option of ssh: `port:host:port`, or `host:port` alone.
    pub(super) fn tunnel(&mut self, trace: &Trace, target: &Text, evidence: &str) {
        // `*:9000:localhost:2773` matches no file.
        let target = target.clone().unmatched();
        let places = target.known_prefix().split([':', ' ', '/']).filter(|part| !part.is_empty()).count();
        let form = if places > 2 { Form::Triple } else { Form::Address };
        self.forward(trace, form, &target, evidence);
    }

    /// Somewhere that connections are forwarded to; a fact only where it is the agent's port.
    pub(super) fn forward(&mut self, trace: &Trace, form: Form, target: &Text, evidence: &str) {
        let Some((local, host)) = target.literal().and_then(|target| to_agent(form, target)) else { return };
        let agent = knowledge::agent().port.to_string();
        let host = Text::from(host);
        let class = loopback::classify(&host);
        if let Some(local) = &local {
            self.tunnels.push(local.clone());
            // Under its own port a read is still seen.
            if *local == agent {
                return;
            }
        }
        let forward = Forward { class, host, port: Text::from(agent), local: local.map(Text::from) };
        self.find(trace, Fact::Forward(forward), evidence.to_owned(), None);
    }
}

/// The local port and the host that a word names, where the port behind it is the agent's.
fn to_agent(form: Form, target: &str) -> Option<(Option<String>, String)> {
    let agent = knowledge::agent().port.to_string();
    if !target.contains(agent.as_str()) {
        return None;
    }
    let target = target.split("/tcp").next().unwrap_or(target);
    match form {
        Form::Pair => {
            let (local, remote) = target.rsplit_once(':')?;
            let local = local.rsplit(':').next().unwrap_or(local);
            (remote == agent).then(|| (Some(local.to_owned()), "localhost".to_owned()))
        }
        Form::Triple => {
            let (rest, port) = target.rsplit_once([':', '/'])?;
            // `[::1]` has colons of its own.
            let (rest, host) = match rest.strip_suffix(']').and_then(|rest| rest.rsplit_once('[')) {
                Some((rest, host)) => (rest.trim_end_matches(':'), format!("[{host}]")),
                None => rest.rsplit_once([':', '/', ' ']).map(|(rest, host)| (rest, host.to_owned()))?,
            };
            let local = rest.rsplit([':', ' ']).next().unwrap_or(rest);
            (port == agent).then(|| (Some(local.to_owned()), host))
        }
        Form::Address => address(target, &agent).map(|host| (None, host)),
    }
}

/// The host of an address with this port, of a URL, or of a port alone.
fn address(target: &str, agent: &str) -> Option<String> {
    // `reverse:http://localhost:2773@8080`, `Host=…,Port=…`, `TCP:host:2773,fork`
    target.split([',', '@', ' ', '=']).find_map(|part| {
        let part = ["reverse:", "tcp:", "TCP:", "http:", "tcp4:"]
            .iter()
            .find_map(|kind| part.strip_prefix(kind).filter(|rest| !rest.starts_with('/')))
            .unwrap_or(part);
        if part == agent || part.strip_prefix(':') == Some(agent) {
            return Some("localhost".to_owned());
        }
        // `tcp://:9000/localhost:2773`
        let places = [Some(part), part.rsplit_once('/').map(|(_, end)| end)];
        places.into_iter().flatten().find_map(|place| {
            let request = url::request(&Text::from(place))?;
            let is_agent = request.port.literal() == Some(agent) && request.class != HostClass::Unknown;
            is_agent.then(|| request.host.to_string())
        })
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ways_to_the_agent_are_told_by_their_form() {
        for (form, target, expected) in [
            (Form::Pair, "9000:2773", Some("9000 localhost")),
            (Form::Pair, "127.0.0.1:9000:2773/tcp", Some("9000 localhost")),
            (Form::Pair, "2773:80", None),
            (Form::Triple, "9000:localhost:2773", Some("9000 localhost")),
            (Form::Triple, "*:9000:127.0.0.1:2773", Some("9000 127.0.0.1")),
            (Form::Triple, "9000:[::1]:2773", Some("9000 [::1]")),
            (Form::Triple, "9000 localhost:2773", Some("9000 localhost")),
            (Form::Triple, "2773:localhost:5432", None),
            (Form::Address, "2773", Some(" localhost")),
            (Form::Address, "http://127.1:2773/", Some(" 127.1")),
            (Form::Address, "reverse:http://localhost:2773@8080", Some(" localhost")),
            (Form::Address, "TCP:127.0.0.1:2773,fork", Some(" 127.0.0.1")),
            (Form::Address, "tcp://:9000/localhost:2773", Some(" localhost")),
            (Form::Address, "localhost:12773", None),
        ] {
            let found =
                to_agent(form, target).map(|(local, host)| format!("{} {host}", local.unwrap_or_default()));
            assert_eq!(found.as_deref(), expected, "{target}");
        }
    }
}
