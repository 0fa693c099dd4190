//! Tools that pass bytes on, in another form or in part: dd, iconv, gzip and its kin, envsubst.

use super::bytes;
use super::call::{Call, Out};
use super::encode;
use super::inflate;
use super::options;
use crate::value::{Piece, Unknown};

/// `dd`.
pub(super) fn dd(call: &Call) -> Option<String> {
    let (mut input, mut output, mut append) = (None, None, false);
    let (mut size, mut in_size, mut out_size) = (512, None, None);
    let (mut count, mut skip, mut seek) = (None, 0, 0);
    let mut conversion = "";
    for word in call.words {
        let (name, value) = word.split_once('=')?;
        match name {
            "if" => input = Some(value),
            "of" => output = Some(value),
            "bs" => {
                size = number(value)?;
                (in_size, out_size) = (None, None);
            }
            "ibs" => in_size = Some(number(value)?),
            "obs" => out_size = Some(number(value)?),
            "count" => count = Some(number(value)?),
            "skip" | "iseek" => skip = number(value)?,
            "seek" | "oseek" => seek = number(value)?,
            "conv" => conversion = value,
            "status" => {}
            "iflag" if value == "fullblock" => {}
            "oflag" if value == "append" => append = true,
            _ => return None,
        }
    }
    let files: Vec<&str> = input.into_iter().collect();
    let text = call.files(&files)?;
    let whole = skip == 0 && count.is_none() && (conversion.is_empty() || conversion == "notrunc");
    let text = if whole {
        text
    } else {
        let all = bytes::of_text(Some(text).filter(|text| !bytes::has_unknown(text))?.as_str());
        let size = in_size.unwrap_or(size);
        let from = skip.checked_mul(size)?.min(all.len());
        let to = count.map_or(Some(all.len()), |count: usize| Some(from + count.checked_mul(size)?))?;
        let mut part = all[from..to.min(all.len())].to_vec();
        for conversion in conversion.split(',').filter(|word| !word.is_empty()) {
            match conversion {
                "ucase" => part.make_ascii_uppercase(),
                "lcase" => part.make_ascii_lowercase(),
                "swab" => part.chunks_exact_mut(2).for_each(|pair| pair.swap(0, 1)),
                "notrunc" | "fsync" | "noerror" => {}
                _ => return None,
            }
        }
        bytes::to_text(part)
    };
    let _ = out_size;
    let Some(path) = output else { return Some(text) };
    if seek > 0 && !append {
        call.invocation.files.write(path, crate::value::Value::unknown(format!("contents of {path}")));
    } else if append {
        call.invocation.files.append(path, call.text(text).into());
    } else {
        call.invocation.files.write(path, call.text(text).into());
    }
    Some(String::new())
}

fn number(text: &str) -> Option<usize> {
    let (digits, unit) = text.split_at(text.find(|c: char| !c.is_ascii_digit()).unwrap_or(text.len()));
    let unit = match unit {
        "" | "c" => 1,
        "w" => 2,
        "b" => 512,
        "K" | "k" | "KiB" => 1024,
        "M" | "MiB" => 1024 * 1024,
        "kB" | "KB" => 1000,
        _ => return None,
    };
    digits.parse::<usize>().ok()?.checked_mul(unit).filter(|n| *n < 1 << 30)
}

/// `iconv` between encodings of Unicode.
pub(super) fn iconv(call: &Call) -> Option<String> {
    let parsed = options::parse(call.words, "f:t:cs", &[("from-code", 'f'), ("to-code", 't')])?;
    let name = |letter| {
        let name = parsed.value(letter).unwrap_or("UTF-8").to_uppercase();
        name.split("//").next().unwrap_or("").replace(['-', '_'], "")
    };
    let all = call.bytes(&parsed.operands)?;
    let text: String = match name('f').as_str() {
        "UTF8" | "ASCII" | "USASCII" => String::from_utf8(all).ok()?,
        "LATIN1" | "ISO88591" => all.into_iter().map(char::from).collect(),
        from @ ("UTF16LE" | "UTF16BE" | "UCS2LE" | "UCS2BE") => {
            let pair = |pair: &[u8]| [pair[0], pair[1]];
            let read = if from.ends_with("LE") { u16::from_le_bytes } else { u16::from_be_bytes };
            if all.len() % 2 != 0 {
                return None;
            }
            char::decode_utf16(all.chunks_exact(2).map(|unit| read(pair(unit))))
                .collect::<Result<_, _>>()
                .ok()?
        }
        _ => return None,
    };
    let bytes = match name('t').as_str() {
        "UTF8" => text.into_bytes(),
        "ASCII" | "USASCII" if text.is_ascii() => text.into_bytes(),
        "LATIN1" | "ISO88591" => text.chars().map(|c| u8::try_from(c as u32).ok()).collect::<Option<_>>()?,
        "UTF16LE" => text.encode_utf16().flat_map(u16::to_le_bytes).collect(),
        "UTF16BE" => text.encode_utf16().flat_map(u16::to_be_bytes).collect(),
        _ => return None,
    };
    Some(bytes::to_text(bytes))
}

/// The character that a text begins with which a compressor or a cipher made here. What those print is not known, but
/// whoever undoes it gets the text back.
const SEALED: char = '\u{10f6f0}';

/// Compressors and ciphers. gzip and zlib are undone for good; of the others only what this command made.
pub(super) fn packed(call: &Call) -> Option<String> {
    let words = call.words;
    let has = |names: &[&str]| words.iter().any(|word| names.contains(word));
    let short = |letter: char| {
        words.iter().any(|w| w.starts_with('-') && !w.starts_with("--") && w[1..].contains(letter))
    };
    let (family, undoes) = match call.program {
        "gunzip" | "zcat" | "gzcat" => ("gzip", true),
        "gzip" | "pigz" => ("gzip", short('d') || has(&["--decompress", "--uncompress"])),
        "bunzip2" | "bzcat" => ("bzip2", true),
        "bzip2" | "pbzip2" | "lbzip2" => ("bzip2", short('d') || has(&["--decompress"])),
        "unxz" | "xzcat" | "unlzma" | "lzcat" => ("xz", true),
        "xz" | "lzma" => ("xz", short('d') || has(&["--decompress"])),
        "unzstd" | "zstdcat" => ("zstd", true),
        "zstd" => ("zstd", short('d') || has(&["--decompress"])),
        "lz4cat" | "unlz4" => ("lz4", true),
        "lz4" => ("lz4", short('d') || has(&["--decompress"])),
        "brotli" => ("brotli", short('d') || has(&["--decompress"])),
        "zlib-flate" => ("zlib", has(&["-uncompress"])),
        "openssl" => match *words.first()? {
            "zlib" => ("zlib", has(&["-d"])),
            "enc" => ("cipher", has(&["-d"])),
            _ => return None,
        },
        "gpg" | "age" => ("cipher", has(&["-d", "--decrypt"])),
        _ => return None,
    };
    let mut paths: Vec<&str> = words.iter().copied().filter(|w| !w.starts_with('-')).collect();
    if family == "cipher" || call.program == "openssl" {
        // Their operands are names and keys.
        paths = words.windows(2).filter(|pair| pair[0] == "-in").map(|pair| pair[1]).collect();
    }
    if call.program == "zlib-flate" {
        paths.clear();
    }
    // Without -c a file is replaced by another: that is not followed.
    let to_output = paths.is_empty()
        || call.program.ends_with("cat")
        || short('c')
        || has(&["--stdout", "--to-stdout"])
        || family == "cipher";
    if !to_output {
        return in_place(call, family, undoes, &paths);
    }
    let text = call.exact(&paths)?;
    if undoes { opened(family, &text) } else { Some(sealed(family, &text)) }
}

fn sealed(family: &str, text: &str) -> String {
    format!("{SEALED}{family}:{}{SEALED}", encode::base64(&bytes::of_text(text)))
}

fn opened(family: &str, text: &str) -> Option<String> {
    if let Some(sealed) = text.trim_end().strip_prefix(SEALED) {
        let inner = sealed.strip_suffix(SEALED)?.strip_prefix(family)?.strip_prefix(':')?;
        return crate::encoded::base64(inner).map(bytes::to_text);
    }
    let all = bytes::of_text(text);
    match family {
        "gzip" => inflate::gunzip(&all).map(bytes::to_text),
        "zlib" => inflate::zlib(&all).map(bytes::to_text),
        _ => None,
    }
}

/// `gzip x` makes `x.gz`, `gunzip x.gz` makes `x`.
fn in_place(call: &Call, family: &str, undoes: bool, paths: &[&str]) -> Option<String> {
    let suffix = match family {
        "gzip" => ".gz",
        "bzip2" => ".bz2",
        "xz" => ".xz",
        "zstd" => ".zst",
        "lz4" => ".lz4",
        "brotli" => ".br",
        _ => return None,
    };
    for path in paths {
        let text = call.exact(&[path])?;
        let (name, text) = if undoes {
            ((*path).strip_suffix(suffix)?.to_owned(), opened(family, &text)?)
        } else {
            (format!("{path}{suffix}"), sealed(family, &text))
        };
        call.invocation.files.write(&name, call.text(text).into());
    }
    Some(String::new())
}

/// `envsubst`: variables in a text become what the environment holds.
pub(super) fn envsubst(call: &Call) -> Option<crate::value::Text> {
    let only: Option<Vec<&str>> = match call.words {
        [] => None,
        [list] => Some(
            list.split(|c: char| !c.is_ascii_alphanumeric() && c != '_').filter(|n| !n.is_empty()).collect(),
        ),
        _ => return None,
    };
    let text = call.stdin()?;
    let mut pieces = Vec::new();
    let mut rest = text.as_str();
    let push = |pieces: &mut Vec<Piece>, text: &str| pieces.extend(call.text(text.to_owned()).pieces());
    while let Some(at) = rest.find('$') {
        push(&mut pieces, &rest[..at]);
        rest = &rest[at + 1..];
        let braced = rest.starts_with('{');
        let name_text = &rest[usize::from(braced)..];
        let end = name_text.find(|c: char| !c.is_ascii_alphanumeric() && c != '_').unwrap_or(name_text.len());
        let name = &name_text[..end];
        let closed = !braced || name_text[end..].starts_with('}');
        let wanted = !name.is_empty()
            && !name.starts_with(|c: char| c.is_ascii_digit())
            && closed
            && only.as_ref().is_none_or(|only| only.contains(&name));
        if !wanted {
            push(&mut pieces, "$");
            continue;
        }
        rest = &name_text[end + usize::from(braced)..];
        match call.invocation.environment.iter().find(|(known, _)| known == name) {
            Some((_, crate::value::Value::One(value))) => {
                call.budget.produce(value.known_len()).ok()?;
                pieces.extend(value.clone().pieces());
            }
            _ => pieces.push(Piece::Unknown(Unknown { what: format!("${name}"), splits: false })),
        }
    }
    push(&mut pieces, rest);
    Some(crate::value::Text::from_pieces(pieces))
}

/// `yes`: a line again and again; the first of them are known.
pub(super) fn yes(call: &Call) -> Option<crate::value::Text> {
    let line = if call.words.is_empty() { "y".to_owned() } else { call.words.join(" ") };
    let mut out = Out::default();
    for _ in 0..(16_384 / (line.len() + 1)).clamp(8, 4_096) {
        out.line(&line)?;
    }
    let more = Piece::Unknown(Unknown { what: "more of yes".to_owned(), splits: false });
    Some(crate::value::Text::from_pieces([Piece::Literal(out.done()), more]))
}
