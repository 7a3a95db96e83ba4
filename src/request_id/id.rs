//! Makes request ids.

use bytes::{Bytes, BytesMut};
use http::HeaderValue;
use std::{
    cell::Cell,
    error, fmt,
    hash::{BuildHasher, RandomState},
    str::FromStr,
    time::{Duration, SystemTime, UNIX_EPOCH},
};

/// The length of an id's text: 62²² is the first power of 62 past 2¹²⁸.
const LEN: usize = 22;
/// The first number that needs all 22 digits.
const LAST_DIGITS: u128 = 62u128.pow(21);
/// `ver` of RFC 9562, section 5.7, in its place.
const VERSION: u128 = 0x7 << 76;
/// `var` of RFC 9562, section 4.1, in its place.
const VARIANT: u128 = 0b10 << 62;
/// The bits of `rand_b`.
const RANDOM: u128 = (1 << 62) - 1;

/// The id of an exchange: 128 bits, written as 22 characters of base62.
///
/// The bits are those of a UUID version 7 ([RFC 9562, section 5.7]): 48 bits of Unix time in milliseconds, 12 bits of
/// the millisecond's fraction (section 6.2, method 3) and 62 random bits. The alphabet is `0-9A-Za-z`, in the order of
/// ASCII. The text is padded with `0` to 22 characters, so ids sort by time both as numbers and as text. The ids that
/// one thread makes always ascend as long as its clock does.
///
/// ```
/// use std::time::{Duration, UNIX_EPOCH};
/// use tower_request_log::RequestId;
///
/// let id: RequestId = "02p5oQZoHTv0zeY5yG21K3".parse()?;
/// assert_eq!(id.timestamp(), UNIX_EPOCH + Duration::from_millis(1_645_557_742_000));
/// assert!(id < RequestId::new());
/// assert_eq!(id.to_string(), "02p5oQZoHTv0zeY5yG21K3");
/// # Ok::<(), tower_request_log::ParseRequestIdError>(())
/// ```
///
/// [RFC 9562, section 5.7]: https://www.rfc-editor.org/rfc/rfc9562#section-5.7
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct RequestId(u128);

impl RequestId {
    /// Makes an id for this moment.
    #[expect(clippy::new_without_default, reason = "two defaults would differ")]
    #[must_use]
    pub fn new() -> Self {
        Self::at(SystemTime::now())
    }

    /// Makes an id for `moment`, which is now.
    pub(crate) fn at(moment: SystemTime) -> Self {
        thread_local! {
            /// The generator's state and the last id that this thread made. Neither has a destructor, so both can be
            /// used until the thread is gone.
            static STATE: Cell<(u64, u128)> = Cell::new((RandomState::new().hash_one(0u8), 0));
        }
        // A clock before 1970 counts as 1970.
        let since_epoch = moment.duration_since(UNIX_EPOCH).unwrap_or_default();
        STATE.with(|state| {
            let (seed, last) = state.get();
            let mut rng = fastrand::Rng::with_seed(seed);
            let id = Self::from_parts(since_epoch, rng.u64(..)).after(Self(last), || rng.u32(..));
            state.set((rng.get_seed(), id.0));
            id
        })
    }

    /// Returns the id of a moment, with the lower 62 bits of `random`.
    pub(crate) fn from_parts(since_epoch: Duration, random: u64) -> Self {
        let nanos = since_epoch.subsec_nanos();
        let millis = since_epoch.as_secs().wrapping_mul(1000).wrapping_add(u64::from(nanos / 1_000_000));
        let fraction = u64::from(nanos % 1_000_000) * 4096 / 1_000_000;
        // The upper bits of the milliseconds fall out.
        let time = u128::from((millis << 16) | fraction) << 64;
        Self(time | VERSION | VARIANT | (u128::from(random) & RANDOM))
    }

    /// Returns this id. If `last` has the same tick (244 ns) and is not below it, returns one that is `step + 1` above
    /// `last` (RFC 9562, section 6.2, method 2).
    fn after(self, last: Self, step: impl FnOnce() -> u32) -> Self {
        if self.0 > last.0 || self.0 >> 64 != last.0 >> 64 {
            return self;
        }
        Self((last.0 & !RANDOM) | ((last.0 + u128::from(step()) + 1) & RANDOM))
    }

    /// Returns when the id was made, to the millisecond.
    #[must_use]
    pub fn timestamp(&self) -> SystemTime {
        UNIX_EPOCH + Duration::from_millis((self.0 >> 80) as u64)
    }

    /// Returns the 128 bits as the big-endian number of a UUID with these bits.
    #[must_use]
    pub fn to_u128(self) -> u128 {
        self.0
    }

    /// Returns the 22 characters of the text, without an allocation.
    ///
    /// ```
    /// let id: tower_request_log::RequestId = "02p5oQZoHTv0zeY5yG21K3".parse()?;
    /// assert_eq!(&id.encode(), b"02p5oQZoHTv0zeY5yG21K3");
    /// # Ok::<(), tower_request_log::ParseRequestIdError>(())
    /// ```
    #[must_use]
    pub fn encode(self) -> [u8; LEN] {
        let mut text = [b'0'; LEN];
        // Nearly always one zero leads: until the year 3114.
        let zeros = if self.0 < LAST_DIGITS { 1 } else { 0 };
        let room = text.get_mut(zeros..).unwrap_or_default();
        // The buffer holds any such number, so there is no error.
        let digits = base62::encode_bytes(self.0, room).unwrap_or(room.len());
        if digits < room.len() {
            room.rotate_right(room.len() - digits);
        }
        text
    }
}

impl fmt::Display for RequestId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // Letters and digits are always UTF-8.
        f.pad(str::from_utf8(&self.encode()).unwrap_or_default())
    }
}

impl fmt::Debug for RequestId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "RequestId({self})")
    }
}

impl FromStr for RequestId {
    type Err = ParseRequestIdError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        if text.len() != LEN {
            return Err(ParseRequestIdError(Problem::Length));
        }
        base62::decode(text).map_err(|_| ParseRequestIdError(Problem::Digits))?.try_into()
    }
}

/// Takes the number that [`RequestId::to_u128`] returns, or that of any UUID version 7.
///
/// ```
/// use tower_request_log::RequestId;
///
/// let id = RequestId::try_from(0x017f22e2_79b0_7cc3_98c4_dc0c0c07398f_u128)?;
/// assert_eq!(id.to_string(), "02p5oQZoHTv0zeY5yG21K3");
/// assert!(RequestId::try_from(7).unwrap_err().is_version());
/// # Ok::<(), tower_request_log::ParseRequestIdError>(())
/// ```
impl TryFrom<u128> for RequestId {
    type Error = ParseRequestIdError;

    /// Returns an error if the version and variant are not those of a UUID version 7.
    fn try_from(bits: u128) -> Result<Self, ParseRequestIdError> {
        if bits & (0xf << 76) != VERSION || bits & (0b11 << 62) != VARIANT {
            return Err(ParseRequestIdError(Problem::Version));
        }
        Ok(Self(bits))
    }
}

impl From<RequestId> for HeaderValue {
    fn from(id: RequestId) -> Self {
        // Letters and digits are always a header's value.
        Self::from_maybe_shared(kept(&id.encode())).unwrap_or(Self::from_static("-"))
    }
}

/// Copies an id's text behind others of this thread. One allocation serves many ids, and is used again once all of them
/// are gone.
fn kept(id: &[u8]) -> Bytes {
    thread_local! {
        static CHUNK: Cell<BytesMut> = Cell::default();
    }
    /// The bytes allocated at once, a multiple of the length of an id. An id that is kept for long keeps them all.
    const ROOM: usize = 44 * LEN;

    // The chunk is gone at the end of a thread: then a new one serves.
    let mut chunk = CHUNK.try_with(Cell::take).unwrap_or_default();
    if chunk.capacity() < id.len() {
        chunk.reserve(ROOM);
    }
    chunk.extend_from_slice(id);
    let text = chunk.split().freeze();
    let _ = CHUNK.try_with(|kept| kept.set(chunk));
    text
}

/// The error returned when a text or a number is not a [`RequestId`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ParseRequestIdError(Problem);

impl ParseRequestIdError {
    /// Returns whether the text does not have 22 characters.
    #[must_use]
    pub fn is_length(&self) -> bool {
        self.0 == Problem::Length
    }

    /// Returns whether the text is not base62, or has more than 128 bits.
    #[must_use]
    pub fn is_digits(&self) -> bool {
        self.0 == Problem::Digits
    }

    /// Returns whether the bits are not those of a UUID version 7.
    #[must_use]
    pub fn is_version(&self) -> bool {
        self.0 == Problem::Version
    }
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Problem {
    Length,
    Digits,
    Version,
}

impl fmt::Display for ParseRequestIdError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self.0 {
            Problem::Length => "a request id has 22 characters",
            Problem::Digits => "a request id is 128 bits of base62",
            Problem::Version => "a request id has the version and variant of a UUID version 7",
        })
    }
}

impl error::Error for ParseRequestIdError {}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(nanos: u64, random: u64) -> RequestId {
        RequestId::from_parts(Duration::from_nanos(nanos), random)
    }

    /// The example of RFC 9562, appendix A.6: 017F22E2-79B0-7CC3-98C4-DC0C0C07398F.
    #[test]
    fn bits_are_those_of_the_rfc() {
        let bits = 0x017F22E2_79B0_7CC3_98C4_DC0C0C07398F;
        // 0xCC3 of 4096 of a millisecond.
        let id = at(1_645_557_742_000_000_000 + 797_608, 0x18C4_DC0C_0C07_398F);
        assert_eq!(id.to_u128(), bits);
        assert_eq!(id.timestamp(), UNIX_EPOCH + Duration::from_millis(1_645_557_742_000));
        assert_eq!(id.to_string(), "02p5oQZoHTv0zeY5yG21K3");
        assert_eq!(format!("{id:?}"), "RequestId(02p5oQZoHTv0zeY5yG21K3)");
    }

    #[test]
    fn text_is_padded_and_fixed() {
        assert_eq!(at(0, 0).to_string(), "000000002dwHTRTFRxWLTM");
        assert_eq!(at(0, 0).to_u128(), 0x0000_0000_0000_7000_8000_0000_0000_0000);
        assert_eq!(RequestId(0).encode(), *b"0000000000000000000000");
        assert_eq!(RequestId(u128::MAX).encode(), *b"7n42DGM5Tflk9n8mt7Fhc7");
        assert_eq!(format!("{:>24}", at(0, 0)), "  000000002dwHTRTFRxWLTM");
    }

    #[test]
    fn ids_and_their_texts_sort_by_time() {
        let ids: Vec<_> =
            [0, 250, 999_999, 1_000_000, 1_700_000_000_000_000_000].map(|nanos| at(nanos, u64::MAX - nanos)).into();
        let texts: Vec<_> = ids.iter().map(RequestId::to_string).collect();
        assert!(ids.is_sorted_by(|a, b| a < b), "{texts:?}");
        assert!(texts.is_sorted_by(|a, b| a < b), "{texts:?}");
    }

    #[test]
    fn ids_of_one_thread_ascend() {
        let ids: Vec<_> = (0..10_000).map(|_| RequestId::new()).collect();
        assert!(ids.is_sorted_by(|a, b| a < b));
        assert!(ids.iter().all(|id| id.to_string().parse() == Ok(*id)));
    }

    #[test]
    fn an_id_of_the_same_tick_is_above_the_last() {
        let last = at(1_000, 500);
        assert_eq!(at(1_000, 400).after(last, || 9), at(1_000, 510));
        assert_eq!(at(1_000, 501).after(last, || 9), at(1_000, 501));
        assert_eq!(at(999_000, 1).after(last, || 9), at(999_000, 1));
        // A clock that was set back is believed.
        assert_eq!(at(0, 1).after(last, || 9), at(0, 1));
        // Version and variant survive a carry.
        assert_eq!(at(1_000, 0).after(at(1_000, u64::MAX), || 0), at(1_000, 0));
    }

    #[test]
    fn texts_in_one_chunk_are_apart() {
        let ids: Vec<_> = (0..200).map(|_| RequestId::new()).collect();
        let texts: Vec<HeaderValue> = ids.iter().map(|id| (*id).into()).collect();
        assert!(ids.iter().zip(&texts).all(|(id, text)| text == id.to_string().as_str()));
    }

    #[test]
    fn threads_do_not_share_their_random_bits() {
        let ids = [(); 2].map(|()| std::thread::spawn(RequestId::new)).map(|thread| thread.join().unwrap());
        assert_ne!(ids[0].to_u128() & RANDOM, ids[1].to_u128() & RANDOM);
    }

    #[test]
    fn timestamp_is_now() {
        let before = SystemTime::now() - Duration::from_millis(1);
        let id = RequestId::new();
        assert!(before <= id.timestamp() && id.timestamp() <= SystemTime::now());
    }

    #[test]
    fn what_is_no_id_is_refused() {
        let error = |text: &str| text.parse::<RequestId>().unwrap_err().to_string();
        assert_eq!(error(""), "a request id has 22 characters");
        assert_eq!(error("02p5oQZoHTv0zeY5yG21K"), "a request id has 22 characters");
        assert_eq!(error("02p5oQZoHTv0zeY5yG21K3Q"), "a request id has 22 characters");
        assert_eq!(error("02p5oQZoHTv0zeY5yG21_Q"), "a request id is 128 bits of base62");
        assert_eq!(error("02p5oQZoHTv0zeY5yG21é"), "a request id is 128 bits of base62");
        assert_eq!(error("zzzzzzzzzzzzzzzzzzzzzz"), "a request id is 128 bits of base62");
        assert_eq!(error("ccbYQHB1xzwqWkjvyKV5i9"), "a request id is 128 bits of base62");
        assert_eq!(error("0000000000000000000000"), "a request id has the version and variant of a UUID version 7");
    }

    #[test]
    fn numbers_are_ids_where_their_texts_are() {
        let id = RequestId::new();
        assert_eq!(RequestId::try_from(id.to_u128()), Ok(id));
        for bits in [0, u128::MAX, id.to_u128() ^ (1 << 76), id.to_u128() ^ (1 << 62)] {
            assert!(RequestId::try_from(bits).unwrap_err().is_version());
        }
    }

    #[test]
    fn errors_tell_their_kind() {
        let kinds = |text: &str| {
            let error = text.parse::<RequestId>().unwrap_err();
            [error.is_length(), error.is_digits(), error.is_version()]
        };
        assert_eq!(kinds(""), [true, false, false]);
        assert_eq!(kinds("zzzzzzzzzzzzzzzzzzzzzz"), [false, true, false]);
        assert_eq!(kinds("0000000000000000000000"), [false, false, true]);
    }
}
