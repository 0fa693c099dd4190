//! HTTP requests by clients that no table names: a call whose name says that it fetches, of a URL; and paths
//! behind the base URL that a client was made for.

use super::EffectKind;
use super::http::{http, sent_headers};
use super::object::{Args, Object, Val};
use super::reader::Reader;
use crate::value::Value;

/// What the name of such a call begins with, in small letters.
const VERBS: &[&str] = &[
    "get", "post", "put", "patch", "head", "request", "fetch", "ofetch", "wretch", "open", "read",
    "download", "goto", "load", "urlopen", "retrieve", "send", "navigate", "visit", "stream", "execute",
    "exchange", "call", "do", "query", "pipe", "scan", "from_url", "ky", "got", "axios", "curl", "wget",
    "req_",
];

/// Names under which a client is given the base of its URLs.
const BASES: &[&str] = &[
    "base_url",
    "base_uri",
    "baseURL",
    "baseUrl",
    "prefixUrl",
    "prefix_url",
    "BaseAddress",
    "BaseUrl",
    "url",
    "host",
];

impl Reader<'_> {
    /// The request that a call of `callee` sends, where its name and its arguments say that it sends one.
    pub(super) fn fetched(&self, callee: &Object, args: &Args) -> Option<EffectKind> {
        let name = callee.last().to_ascii_lowercase();
        let own = self.scope.function(&callee.path).is_some();
        if own || !VERBS.iter().any(|verb| name.starts_with(verb)) {
            return None;
        }
        let texts = || args.positional.iter().take(3).filter(|val| matches!(val, Val::Text(_)));
        let named = args.by_name(&["url", "uri", "Uri"]);
        if let Some(url) = texts().chain(named).map(|val| self.url(val)).find(is_url) {
            return Some(http(url, sent_headers(callee, args)));
        }
        let path =
            args.by_name(&["path", "uri", "url"]).or_else(|| texts().next()).map(|val| self.url(val))?;
        path.alternatives().iter().any(|text| text.known_prefix().starts_with('/')).then_some(())?;
        let url = self.based(callee, path.clone());
        (url != path).then(|| http(url, sent_headers(callee, args)))
    }

    /// `url`, behind the base that the client was made for where it is only a path.
    pub(super) fn based(&self, callee: &Object, url: Value) -> Value {
        let whole = url.alternatives().iter().all(|text| {
            let known = text.known_prefix();
            known.contains("://") || known.is_empty()
        });
        if whole {
            return url;
        }
        let made = match &callee.receiver {
            Some(Val::Object(client)) => self.base(client),
            _ => self.base(callee),
        };
        match made {
            Some(base) => {
                let ends =
                    base.alternatives().iter().any(|text| text.literal().is_some_and(|t| t.ends_with('/')));
                let begins = url.alternatives().iter().any(|text| text.known_prefix().starts_with('/'));
                let between = if ends || begins { "" } else { "/" };
                base.concat(Value::from(between)).concat(url)
            }
            None => url,
        }
    }

    /// The base URL that `client` was made with, or that was set on it.
    fn base(&self, client: &Object) -> Option<Value> {
        let named = client.args.by_name(BASES).or_else(|| client.prop(BASES)).map(|val| self.url(val));
        let positional = || client.args.positional.iter().map(|val| self.url(val)).find(is_url);
        named.filter(is_url).or_else(positional)
    }
}

fn is_url(url: &Value) -> bool {
    let known = |text: &crate::value::Text| {
        let known = text.known_prefix();
        known.starts_with("http://") || known.starts_with("https://")
    };
    url.alternatives().iter().any(known)
}
