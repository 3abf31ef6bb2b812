//! A row holds codes, bounded whole numbers and dates; there is no text in it.

use counterfoil_model::{EventRow, PersonRef, Value};

fn row(text: Box<[Option<String>]>) -> EventRow {
    EventRow { person: PersonRef(1), event: 0, date: 0, values: text }
}

fn main() {
    let _ = Value::Text("free text");
}
