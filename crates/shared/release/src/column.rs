//! What the columns of a table hold: counts, money, or figures.
//!
//! In: labels and kinds. Out: [`Column`], the same before and after suppression and in a release.
//! Absent on purpose: numbers.

/// What a figure is measured in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FigureUnit {
    /// A pure number, such as a ratio or a standardised difference.
    None,
    /// Hundredths, as of a relative change.
    Percent,
    /// Events for each person and year under observation.
    PerPersonYear,
    /// Pounds for each person and year under observation.
    PoundsPerPersonYear,
    /// Points of a score.
    Points,
}

impl FigureUnit {
    /// Every unit.
    pub const ALL: [Self; 5] =
        [Self::None, Self::Percent, Self::PerPersonYear, Self::PoundsPerPersonYear, Self::Points];

    /// Its name in a release.
    pub fn name(self) -> &'static str {
        match self {
            Self::None => "none",
            Self::Percent => "percent",
            Self::PerPersonYear => "per_person_year",
            Self::PoundsPerPersonYear => "pounds_per_person_year",
            Self::Points => "points",
        }
    }

    fn in_words(self) -> &'static str {
        match self {
            Self::None => "",
            Self::Percent => " (%)",
            Self::PerPersonYear => " (per person-year)",
            Self::PoundsPerPersonYear => " (£ per person-year)",
            Self::Points => " (points)",
        }
    }
}

/// How the figures of a column are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct FigureKind {
    /// Decimal places, at most [`crate::DECIMALS_MAX`].
    pub decimals: u8,
    /// What they are measured in.
    pub unit: FigureUnit,
}

/// What the cells of a column are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ColumnKind {
    /// People or events.
    Count,
    /// Whole pounds.
    Money,
    /// Statistics of a comparison, or the ends of their intervals.
    Figure(FigureKind),
}

impl ColumnKind {
    /// What the column's values are measured in, as CSV says it.
    pub fn unit_name(self) -> &'static str {
        match self {
            Self::Count => "count",
            Self::Money => "pounds",
            Self::Figure(kind) => kind.unit.name(),
        }
    }
}

/// One column.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Column {
    /// What a reader sees.
    pub label: String,
    /// The column, to the left of this one, of which this one counts a part (a numerator's denominator). Both are counts.
    pub part_of: Option<usize>,
    /// What its cells are.
    pub kind: ColumnKind,
}

impl Column {
    /// A column of counts.
    pub fn count(label: impl Into<String>) -> Self {
        Self { label: label.into(), part_of: None, kind: ColumnKind::Count }
    }

    /// The same column as a part of one to its left, counted from 0.
    #[must_use]
    pub fn part_of(self, whole: usize) -> Self {
        Self { part_of: Some(whole), ..self }
    }

    /// A column of money.
    pub fn money(label: impl Into<String>) -> Self {
        Self { label: label.into(), part_of: None, kind: ColumnKind::Money }
    }

    /// A column of figures.
    pub fn figure(label: impl Into<String>, kind: FigureKind) -> Self {
        Self { label: label.into(), part_of: None, kind: ColumnKind::Figure(kind) }
    }

    /// The label as people read it, with the unit of its figures. Money has its sign beside each amount.
    pub fn heading(&self) -> String {
        match self.kind {
            ColumnKind::Count | ColumnKind::Money => self.label.clone(),
            ColumnKind::Figure(kind) => format!("{}{}", self.label, kind.unit.in_words()),
        }
    }
}
