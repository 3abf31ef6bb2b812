//! CLKs made by clkhash 0.18.3, and one of its own tests, bit for bit.

#![allow(clippy::unwrap_used, reason = "a test may stop at the first surprise")]

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use counterfoil_clkhash::{ClkhashSchema, Encoder, Secret};
use serde_json::{Value, json};
use zeroize::Zeroizing;

fn encode(schema: &Value, secret: &str, rows: &[Vec<&str>]) -> Vec<String> {
    let schema = ClkhashSchema::parse(&schema.to_string()).unwrap();
    let secret = Secret::new(Zeroizing::new(secret.as_bytes().to_vec())).unwrap();
    let encoder = Encoder::new(&schema, secret).unwrap();
    let alone = rows.iter().map(|row| STANDARD.encode(encoder.encode(row).unwrap())).collect();
    // A worker that remembers gives the same, the second time too.
    let mut worker = encoder.worker();
    for _ in 0..2 {
        let mut clk = Vec::new();
        for row in rows {
            worker.encode(row, &mut clk).unwrap();
        }
        let together: Vec<String> = clk.chunks(schema.clk_bytes()).map(|clk| STANDARD.encode(clk)).collect();
        assert_eq!(together, alone);
    }
    alone
}

fn texts(value: &Value) -> Vec<&str> {
    value.as_array().unwrap().iter().map(|text| text.as_str().unwrap()).collect()
}

#[test]
fn fifty_four_configurations() {
    let file: Value = serde_json::from_str(include_str!("../vectors/clkhash-vectors.json")).unwrap();
    let rows: Vec<Vec<&str>> = file["rows"].as_array().unwrap().iter().map(texts).collect();
    let vectors = file["vectors"].as_array().unwrap();
    assert_eq!((vectors.len(), rows.len()), (54, 3));
    for vector in vectors {
        let mut schema = file["schema_base"].clone();
        schema["clkConfig"]["l"] = vector["l"].clone();
        schema["clkConfig"]["kdf"] = vector["kdf"].clone();
        schema["clkConfig"]["xor_folds"] = vector["xor_folds_programmatic"].clone();
        let hash = match vector["hash"].as_str().unwrap() {
            "blake" => json!({ "type": "blakeHash" }),
            "double" => json!({ "type": "doubleHash" }),
            "doubleNS" => json!({ "type": "doubleHash", "prevent_singularity": true }),
            other => panic!("{other}"),
        };
        for feature in schema["features"].as_array_mut().unwrap() {
            if let Some(hashing) = feature.get_mut("hashing") {
                hashing["hash"] = hash.clone();
            }
        }
        let clks = encode(&schema, vector["secret"].as_str().unwrap(), &rows);
        assert_eq!(clks, texts(&vector["clks"]), "{} {}", vector["hash"], vector["l"]);
    }
}

#[test]
fn the_record_worked_out_step_by_step() {
    let file: Value = serde_json::from_str(include_str!("../vectors/clkhash-intermediate.json")).unwrap();
    let row = texts(&file["row"]);
    let clks = encode(&file["schema"], file["secret"].as_str().unwrap(), &[row]);
    assert_eq!(clks, [file["clk"].as_str().unwrap()]);
    assert_eq!(clks, ["ASIAACgIACAEBIBBAAMAEA=="]);
}

/// `TestComplexSchemaChanges.test_encoding_regression` of clkhash's `tests/test_clk.py`: version 1, with weights and a pattern.
#[test]
fn the_regression_test_of_clkhash() {
    let format = |kind: &str, more: Value| {
        let mut format = json!({ "type": kind });
        format.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        format
    };
    let schema = json!({
        "version": 1,
        "clkConfig": {
            "l": 1024,
            "k": 30,
            "kdf": {
                "type": "HKDF",
                "hash": "SHA256",
                "salt": "SCbL2zHNnmsckfzchsNkZY9XoHk96P/G5nUBrM7ybymlEFsMV6PAeDZCNp3rfNUPCtLDMOGQHG4pCQpfhiHCyA==",
                "info": "c2NoZW1hX2V4YW1wbGU=",
                "keySize": 64
            },
            "hash": { "type": "doubleHash" }
        },
        "features": [
            { "identifier": "name", "format": format("string", json!({ "encoding": "utf-8", "case": "upper" })),
              "hashing": { "ngram": 2, "weight": 2 } },
            { "identifier": "id", "format": format("string", json!({ "encoding": "ascii", "pattern": r"[a-z][a-z][a-z]\d\d\d" })),
              "hashing": { "ngram": 1, "positional": true } },
            { "identifier": "dob", "format": format("date", json!({ "format": "%Y-%m-%d" })),
              "hashing": { "ngram": 2, "positional": true, "weight": 0.5 } },
            { "identifier": "gender", "format": format("enum", json!({ "values": ["M", "F"] })),
              "hashing": { "ngram": 1, "positional": false } },
            { "identifier": "children", "format": format("integer", json!({ "maximum": 20 })),
              "hashing": { "ngram": 1, "positional": true } }
        ]
    });
    let rows =
        [vec!["KÉVIN", "kev007", "1963-12-13", "M", "1"], vec!["JOHN HOWARD, ESQ.", "stv534", "1992-02-29", "M", "16"]];
    let expected = [
        "SU9+/O/Jzzi0sfzH8K2l3+qfhn8Ky3jVI21DVdH9j2fXE++JH8GcQGSeYxDZFxALCAT8CHwYJyQcRT3MhUQOFWcOf5fWdr6ofh6DYy8iv////weyunbMahfV9RMWkRwQ\
         mBL3fjreUVOCS9D9kAbQC2XgULidKCTHd9ZpbPJ91eE=",
        "Pfl1/d7/31/+9u9x9zv//76/83//0v1Xt/dX/3X/e79XP7vd+Xfkf//2/9Xb/7Fd73e9f/n0f/c7Vb99B/X29d8997Pz/vJ87X/X/vcX9vt1d+/+5bP1fvfevnfX8d/f\
         /j0XPL7f999kc/28/3d4c7t/9b/+Pf411/f2+3z1d/s=",
    ];
    assert_eq!(encode(&schema, "chicken", &rows), expected);
}
