//! The inner loop, written once for every instruction set: rows of one side against a slice of 512 of the other.
//!
//! The rows of the other side lie on their side: a slice has one [`Plane`] for each bit position, with that bit of 512 rows.
//! For a row the planes of its set bits are added up, all 512 columns at once, in counters that lie on their side too: one
//! vector for the ones, one for the twos, the fours and so on. A full adder makes a sum and a carry of three vectors with two
//! instructions, so a set bit of the row costs about two instructions for 512 pairs, where comparing word by word costs three
//! for 512 bits of a single pair. The counters are those of Harley and Seal (Warren, Hacker's Delight, 5-1; Muła, Kurz and
//! Lemire 2018), used upright here.
//!
//! In: positions of set bits by row, where the counters of the slice begin, and the slice. Out: [`Candidate`]s, the columns
//! whose counters reach the mark. Nothing is decided here: who is near enough is. In this file `left` is the side whose set
//! bits are added up, and `right` the side that lies in slices, whichever the caller calls left.

/// Right rows in a slice.
pub(crate) const LANES: usize = 512;
/// Words of a plane.
pub(crate) const WORDS: usize = LANES / 64;
/// Positions are added up by so many.
pub(crate) const BLOCK: usize = 16;
/// Planes of counters below those that grow with the number of positions: ones to sixteens.
const LOW: usize = 5;

/// One bit position of 512 right rows, or one plane of their counters.
#[derive(Debug, Clone, Copy)]
#[repr(C, align(64))]
pub(crate) struct Plane(pub(crate) [u64; WORDS]);

impl Plane {
    pub(crate) const EMPTY: Self = Self([0; WORDS]);
}

/// Sixteen positions, four to a word, each as the word of the slice that its plane begins with: loads are what the inner
/// loop has least of, so that one load tells four positions.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Block(pub(crate) [u64; BLOCK / 4]);

/// Positions of set bits of some left rows, the same number for each. A row with fewer is filled up with the plane behind
/// the last position, which is empty.
#[derive(Debug, Default)]
pub(crate) struct Positions {
    blocks: Vec<Block>,
    blocks_per_row: usize,
    /// Positions there are; every block has words of their planes, or of the empty plane behind them.
    bits: usize,
}

impl Positions {
    /// Takes the first `per_row` set bits of each row, in the order of positions.
    ///
    /// # Panics
    /// Unless each row has `bits` bits: no position may lie behind the empty plane.
    pub(crate) fn fill<'a>(&mut self, rows: impl Iterator<Item = &'a [u64]>, bits: usize, per_row: usize) {
        self.blocks_per_row = per_row.div_ceil(BLOCK).max(1);
        self.bits = bits;
        self.blocks.clear();
        let empty = first_word(bits) * 0x0001_0001_0001_0001;
        for row in rows {
            assert_eq!(row.len() * 64, bits, "bits of a row");
            let first = self.blocks.len();
            self.blocks.resize(first + self.blocks_per_row, Block([empty; BLOCK / 4]));
            let mut words = self.blocks[first..].iter_mut().flat_map(|block| &mut block.0);
            let mut set = set_bits(row);
            while let (Some(word), Some(position)) = (words.next(), set.next()) {
                // The word holds the empty plane four times; the bits in which a position differs from it are turned over.
                *word ^= first_word(position) ^ first_word(bits);
                for (at, position) in (1..4).zip(set.by_ref()) {
                    *word ^= (first_word(position) ^ first_word(bits)) << (16 * at);
                }
            }
        }
    }

    /// Positions that a row has, filled up.
    pub(crate) fn per_row(&self) -> usize {
        self.blocks_per_row * BLOCK
    }

    /// Planes of counters that can hold more than all positions together: the highest is set from the mark on.
    pub(crate) fn planes(&self) -> usize {
        (self.per_row().ilog2() as usize + 2).max(LOW + 1)
    }

    /// What a counter must reach.
    pub(crate) fn mark(&self) -> u32 {
        1 << (self.planes() - 1)
    }
}

/// The positions of set bits, from the lowest.
fn set_bits(row: &[u64]) -> impl Iterator<Item = usize> {
    let (mut at, mut word) = (0, row[0]);
    std::iter::from_fn(move || {
        while word == 0 {
            at += 1;
            word = *row.get(at)?;
        }
        let position = at * 64 + word.trailing_zeros() as usize;
        word &= word - 1;
        Some(position)
    })
}

/// The word of a slice that a plane begins with: 16 bits, since there are at most 4,097 planes of 8 words.
fn first_word(position: usize) -> u64 {
    (position * WORDS) as u64
}

/// Where counters begin, by left row.
#[derive(Debug, Default)]
pub(crate) struct Starts {
    /// Planes of counters, one after the other.
    pub(crate) planes: Vec<Plane>,
    /// Which of them is a left row's; none if no right row of the slice can be near.
    pub(crate) of_row: Vec<Option<u32>>,
}

/// Left rows against one slice.
#[derive(Clone, Copy)]
pub(crate) struct Job<'a> {
    positions: &'a Positions,
    starts: &'a Starts,
    slice: &'a [Plane],
}

impl<'a> Job<'a> {
    /// Counters begin at `starts` and are found where they reach [`Positions::mark`].
    ///
    /// # Panics
    /// Unless the slice has a plane for each position and one more: the kernels rely on it.
    pub(crate) fn new(positions: &'a Positions, starts: &'a Starts, slice: &'a [Plane]) -> Self {
        assert_eq!(slice.len(), positions.bits + 1, "planes of a slice");
        Self { positions, starts, slice }
    }

    /// Planes of the counters above the sixteens.
    pub(crate) fn high(self) -> usize {
        self.positions.planes() - LOW
    }

    /// Left rows that can have candidates: number, positions, where the counters begin.
    pub(crate) fn rows(self) -> impl Iterator<Item = (usize, &'a [Block], &'a [Plane])> {
        let Starts { planes, of_row } = self.starts;
        let starts = of_row.iter().map(move |of| planes.chunks_exact(self.positions.planes()).nth((*of)? as usize));
        let blocks = self.positions.blocks.chunks_exact(self.positions.blocks_per_row);
        blocks.zip(starts).enumerate().filter_map(|(row, (blocks, start))| Some((row, blocks, start?)))
    }

    /// How many left rows there are.
    pub(crate) fn left_rows(self) -> usize {
        self.starts.of_row.len()
    }

    /// The planes; each word in a block of [`Job::rows`] is the first of one of them.
    pub(crate) fn slice(self) -> &'a [Plane] {
        self.slice
    }
}

/// Right rows whose counters reach the mark with one left row.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Candidate {
    /// Left row, counted from the job's first.
    pub(crate) left: usize,
    /// Which of the slice's 512 right rows, 64 to a word.
    pub(crate) lanes: [u64; WORDS],
}

impl Candidate {
    pub(crate) const NONE: Self = Self { left: 0, lanes: [0; WORDS] };
}

/// Writes `scan`, which finds the candidates of a job, over the operations of the module that calls it: `Word` with
/// `WIDTH` words of 64 bits, `load`, `plane`, `xor`, `and`, `add` (sum and carry), `any` and `words`. A macro, because a
/// function with target features is inlined only into one with the same features, and a trait cannot have any.
macro_rules! scan_over_these {
    ($(#[$features:meta])*) => {
        /// Finds the candidates of a job; what was found before is forgotten.
        $(#[$features])*
        pub(crate) fn scan(job: Job<'_>, found: &mut Vec<Candidate>) {
            match job.high() {
                1 => scan_of::<1>(job, found),
                2 => scan_of::<2>(job, found),
                3 => scan_of::<3>(job, found),
                4 => scan_of::<4>(job, found),
                5 => scan_of::<5>(job, found),
                6 => scan_of::<6>(job, found),
                7 => scan_of::<7>(job, found),
                8 => scan_of::<8>(job, found),
                _ => scan_of::<9>(job, found),
            }
        }

        $(#[$features])*
        fn scan_of<const HIGH: usize>(job: Job<'_>, found: &mut Vec<Candidate>) {
            found.clear();
            found.resize(job.left_rows(), Candidate::NONE);
            let mut next = 0;
            for (left, blocks, start) in job.rows() {
                let mut lanes = [0; crate::scan::WORDS];
                let mut is_any = false;
                for (pass, lanes) in lanes.as_chunks_mut::<WIDTH>().0.iter_mut().enumerate() {
                    let enough = count::<HIGH>(job.slice(), pass, blocks, start);
                    is_any |= any(enough);
                    *lanes = words(enough);
                }
                // Written in any case and kept where something was found: a jump here could not be foreseen.
                found[next] = Candidate { left, lanes };
                next += usize::from(is_any);
            }
            found.truncate(next);
        }

        /// Adds up the planes of these positions; gives the highest plane of the counters.
        #[inline]
        $(#[$features])*
        fn count<const HIGH: usize>(slice: &[Plane], pass: usize, blocks: &[Block], start: &[Plane]) -> Word {
            let mut low = [plane(&start[0], pass); 5];
            for (at, counter) in low.iter_mut().enumerate().skip(1) {
                *counter = plane(&start[at], pass);
            }
            let mut high = [low[0]; HIGH];
            for (at, counter) in high.iter_mut().enumerate() {
                *counter = plane(&start[low.len() + at], pass);
            }
            let (pairs, single) = blocks.as_chunks::<2>();
            for pair in pairs {
                let first = sixteen(slice, pass, &pair[0], &mut low);
                let second = sixteen(slice, pass, &pair[1], &mut low);
                let (sum, mut carry) = add(low[4], first, second);
                low[4] = sum;
                for counter in &mut high {
                    (*counter, carry) = (xor(*counter, carry), and(*counter, carry));
                }
            }
            if let Some(block) = single.first() {
                let mut carry = sixteen(slice, pass, block, &mut low);
                carry = and(low[4], carry);
                for counter in &mut high {
                    (*counter, carry) = (xor(*counter, carry), and(*counter, carry));
                }
            }
            high[HIGH - 1]
        }

        /// Adds sixteen planes to the ones, twos, fours and eights; gives the carry, in sixteens. As a tree and not as a
        /// chain, so that one block waits for the block before in one place a plane.
        #[inline]
        $(#[$features])*
        fn sixteen(slice: &[Plane], pass: usize, block: &Block, low: &mut [Word; 5]) -> Word {
            let [at0, at4, at8, at12] = block.0;
            let (a, a2) = add(load(slice, pass, at0), load(slice, pass, at0 >> 16), load(slice, pass, at0 >> 32));
            let (b, b2) = add(load(slice, pass, at0 >> 48), load(slice, pass, at4), load(slice, pass, at4 >> 16));
            let (c, c2) = add(load(slice, pass, at4 >> 32), load(slice, pass, at4 >> 48), load(slice, pass, at8));
            let (abc, d2) = add(a, b, c);
            let (d, e2) = add(load(slice, pass, at8 >> 16), load(slice, pass, at8 >> 32), load(slice, pass, at8 >> 48));
            let (e, f2) = add(load(slice, pass, at12), load(slice, pass, at12 >> 16), load(slice, pass, at12 >> 32));
            let (def, g2) = add(d, e, load(slice, pass, at12 >> 48));
            let (ones, h2) = add(abc, def, low[0]);
            let (i, i4) = add(a2, b2, c2);
            let (j, j4) = add(d2, e2, f2);
            let (k, k4) = add(g2, i, j);
            let (twos, l4) = add(h2, k, low[1]);
            let (m, m8) = add(i4, j4, k4);
            let (fours, n8) = add(l4, m, low[2]);
            let (eights, carry) = add(m8, n8, low[3]);
            [low[0], low[1], low[2], low[3]] = [ones, twos, fours, eights];
            carry
        }
    };
}
pub(crate) use scan_over_these;
