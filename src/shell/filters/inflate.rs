//! gzip and zlib, undone: DEFLATE (RFC 1951) in its frames (RFC 1952, RFC 1950).
//!
//! Written out here since it is short: a crate for it would weigh more than it.

use super::call::MAX_OUTPUT;

/// What a gzip file holds, all of its members.
pub(super) fn gunzip(bytes: &[u8]) -> Option<Vec<u8>> {
    let mut out = Vec::new();
    let mut rest = bytes;
    loop {
        let flags = *rest.get(3)?;
        if !rest.starts_with(&[0x1f, 0x8b, 8]) {
            return None;
        }
        let mut at = 10;
        if flags & 4 != 0 {
            at += 2 + usize::from(*rest.get(at)?) + 256 * usize::from(*rest.get(at + 1)?);
        }
        for flag in [8, 16] {
            if flags & flag != 0 {
                at += rest.get(at..)?.iter().position(|&b| b == 0)? + 1;
            }
        }
        at += if flags & 2 != 0 { 2 } else { 0 };
        let used = inflate(rest.get(at..)?, &mut out)?;
        // A check sum and a length follow; what is behind them and is no further member is passed over.
        rest = rest.get(at + used + 8..).unwrap_or_default();
        if !rest.starts_with(&[0x1f, 0x8b]) {
            return Some(out);
        }
    }
}

/// What a zlib stream holds.
pub(super) fn zlib(bytes: &[u8]) -> Option<Vec<u8>> {
    let header = u16::from_be_bytes([*bytes.first()?, *bytes.get(1)?]);
    if header & 0x0f00 != 0x0800 || !header.is_multiple_of(31) {
        return None;
    }
    let mut out = Vec::new();
    inflate(bytes.get(2..)?, &mut out)?;
    Some(out)
}

struct Bits<'b> {
    bytes: &'b [u8],
    at: usize,
    held: u32,
    count: u32,
}

impl Bits<'_> {
    fn take(&mut self, count: u32) -> Option<u32> {
        while self.count < count {
            self.held |= u32::from(*self.bytes.get(self.at)?) << self.count;
            self.at += 1;
            self.count += 8;
        }
        let value = self.held & ((1 << count) - 1);
        self.held >>= count;
        self.count -= count;
        Some(value)
    }

    fn symbol(&mut self, code: &Code) -> Option<usize> {
        let (mut value, mut first, mut index) = (0usize, 0usize, 0usize);
        for count in &code.counts[1..] {
            value |= self.take(1)? as usize;
            if value < first + count {
                return code.symbols.get(index + value - first).copied();
            }
            index += count;
            first = (first + count) << 1;
            value <<= 1;
        }
        None
    }
}

/// A Huffman code: how many codes have each length, and their symbols in order.
struct Code {
    counts: [usize; 16],
    symbols: Vec<usize>,
}

impl Code {
    fn new(lengths: &[u32]) -> Code {
        let mut counts = [0; 16];
        let mut symbols = Vec::new();
        for length in 1..16 {
            for (symbol, _) in lengths.iter().enumerate().filter(|(_, known)| **known == length) {
                counts[length as usize] += 1;
                symbols.push(symbol);
            }
        }
        Code { counts, symbols }
    }
}

/// The order in which the lengths of the code for lengths are given (RFC 1951, 3.2.7).
const ORDER: [usize; 19] = [16, 17, 18, 0, 8, 7, 9, 6, 10, 5, 11, 4, 12, 3, 13, 2, 14, 1, 15];

/// Undoes DEFLATE; returns how many bytes it took.
fn inflate(bytes: &[u8], out: &mut Vec<u8>) -> Option<usize> {
    let mut bits = Bits { bytes, at: 0, held: 0, count: 0 };
    loop {
        let last = bits.take(1)?;
        match bits.take(2)? {
            0 => {
                bits.count = 0;
                bits.held = 0;
                let length = bits.take(16)?;
                if bits.take(16)? != !length & 0xffff {
                    return None;
                }
                out.extend_from_slice(bytes.get(bits.at..bits.at + length as usize)?);
                bits.at += length as usize;
            }
            1 => {
                let lengths: Vec<u32> = (0..288)
                    .map(|symbol| match symbol {
                        0..144 => 8,
                        144..256 => 9,
                        256..280 => 7,
                        _ => 8,
                    })
                    .collect();
                block(&mut bits, &Code::new(&lengths), &Code::new(&[5; 30]), out)?;
            }
            2 => {
                let (literals, distances) = dynamic(&mut bits)?;
                block(&mut bits, &literals, &distances, out)?;
            }
            _ => return None,
        }
        if out.len() > MAX_OUTPUT {
            return None;
        }
        if last == 1 {
            return Some(bits.at);
        }
    }
}

fn dynamic(bits: &mut Bits) -> Option<(Code, Code)> {
    let literals = bits.take(5)? as usize + 257;
    let distances = bits.take(5)? as usize + 1;
    let given = bits.take(4)? as usize + 4;
    let mut lengths = [0; 19];
    for place in &ORDER[..given] {
        lengths[*place] = bits.take(3)?;
    }
    let code = Code::new(&lengths);
    let mut all: Vec<u32> = Vec::new();
    while all.len() < literals + distances {
        let (value, times) = match bits.symbol(&code)? {
            16 => (*all.last()?, 3 + bits.take(2)?),
            17 => (0, 3 + bits.take(3)?),
            18 => (0, 11 + bits.take(7)?),
            length => (length as u32, 1),
        };
        all.extend(std::iter::repeat_n(value, times as usize));
    }
    Some((Code::new(&all[..literals]), Code::new(all.get(literals..literals + distances)?)))
}

fn block(bits: &mut Bits, literals: &Code, distances: &Code, out: &mut Vec<u8>) -> Option<()> {
    loop {
        match bits.symbol(literals)? {
            256 => return Some(()),
            byte @ 0..256 => out.push(byte as u8),
            symbol => {
                let length = length(symbol, bits)?;
                let distance = distance(bits.symbol(distances)?, bits)?;
                let from = out.len().checked_sub(distance)?;
                for at in from..from + length {
                    out.push(out[at]);
                }
            }
        }
        if out.len() > MAX_OUTPUT {
            return None;
        }
    }
}

/// RFC 1951, 3.2.5: four symbols share each number of extra bits.
fn length(symbol: usize, bits: &mut Bits) -> Option<usize> {
    match symbol {
        257..265 => Some(symbol - 254),
        265..285 => {
            let extra = (symbol - 261) as u32 / 4;
            let base = ((4 + (symbol - 265) % 4) << extra) + 3;
            Some(base + bits.take(extra)? as usize)
        }
        285 => Some(258),
        _ => None,
    }
}

fn distance(symbol: usize, bits: &mut Bits) -> Option<usize> {
    match symbol {
        0..4 => Some(symbol + 1),
        4..30 => {
            let extra = symbol as u32 / 2 - 1;
            let base = ((2 + symbol % 2) << extra) + 1;
            Some(base + bits.take(extra)? as usize)
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_others_compressed_comes_out() {
        // `printf aaaaaaaaaaaaaaaaaaaa | gzip -n`, and a stored block.
        let gzip = [
            0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 3, 0x4b, 0x4c, 0xc4, 4, 0, 0xce, 0x8b, 0x6f, 0x26, 0x14, 0, 0, 0,
        ];
        let stored =
            [0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 3, 1, 2, 0, 0xfd, 0xff, b'h', b'i', 0, 0, 0, 0, 2, 0, 0, 0];
        assert_eq!(gunzip(&stored).as_deref(), Some(&b"hi"[..]));
        assert_eq!(gunzip(&gzip).map(|out| out.len()), Some(20));
        assert_eq!(gunzip(b"hi"), None);
        assert_eq!(gunzip(&gzip[..12]), None);
    }
}
